namespace Pupil.Cli.Download;

/// <summary>Gets all files of a data set into a folder: downloads them, or copies local ones.</summary>
/// <param name="set">The data set.</param>
/// <param name="folder">The folder of all data; the files go to their paths in it.</param>
/// <param name="from">
/// The source: a mirror (the address of a folder, which ends in <c>/</c>), a file's full address, or a local file or folder. If it names
/// one file of several, the others must be in the same folder. Null for the published addresses.
/// </param>
/// <param name="options">The limits of downloads; null for the defaults.</param>
internal sealed class DataFetch(KnownDataSet set, string folder, string? from = null, DownloadOptions? options = null)
{
    /// <summary>Gets the files one after another. Existing files with the right checksum are kept.</summary>
    /// <param name="progress">Receives events on the working thread; null for none.</param>
    /// <param name="stop">Cancels; finished files and the partial one stay, and the next call continues.</param>
    /// <returns>The paths of the files.</returns>
    /// <exception cref="UserErrorException">
    /// A file cannot be downloaded or written, or has other content than expected; or another file of its name exists.
    /// </exception>
    /// <exception cref="OperationCanceledException">The call was cancelled.</exception>
    public async Task<IReadOnlyList<string>> RunAsync(IProgress<DownloadProgress>? progress = null, CancellationToken stop = default)
    {
        var sources = FileSource.SourcesOf(set, from);
        var targets = set.Files.Select(file => file.In(folder)).ToList();
        using var downloader = new Downloader(options);
        foreach (var (file, source, target) in set.Files.Zip(sources, targets))
        {
            stop.ThrowIfCancellationRequested();
            if (await ExistsAsync(file, target, stop))
                progress?.Report(new DownloadKept(file.Name, target));
            else if (source is LocalSource local)
                await Task.Run(() => LocalCopy.Run(local.Path, target, file, progress, stop), stop);
            else
                await downloader.DownloadAsync(((AddressSource)source).Address, target, file.Checksum, file.Bytes, progress, stop);
        }
        return targets;
    }

    private static async Task<bool> ExistsAsync(KnownFile file, string target, CancellationToken stop)
    {
        if (!File.Exists(target))
            return false;
        long length = new FileInfo(target).Length;
        if (file.Bytes is long bytes && length != bytes)
            throw Another(target, $"{length:N0} bytes", $"{bytes:N0}");
        string found = await file.Checksum.OfFileAsync(target, stop);
        return found == file.Checksum.Hex ? true : throw Another(target, $"{file.Checksum.Name} {found}", file.Checksum.Hex);
    }

    // The existing file may be the user's own: it is not replaced.
    private static UserErrorException Another(string target, string found, string expected) =>
        new($"{target}: exists already with {found}, expected {expected}; move it away or delete it, and run the same command again.");
}
