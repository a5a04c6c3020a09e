namespace Pupil.Cli.Download;

/// <summary>Gets all files of a data set into a folder.</summary>
/// <param name="set">The data set.</param>
/// <param name="folder">The folder of all data; the files go to their paths in it.</param>
/// <param name="from">
/// Null for where the files are published; else a mirror (the address of a folder, ending in <c>/</c>), a file's full address, or a
/// local file or folder. Where one file of several is named, the others are looked for beside it.
/// </param>
/// <param name="options">How patient downloads are; defaults if null.</param>
public sealed class DataFetch(KnownDataSet set, string folder, string? from = null, DownloadOptions? options = null)
{
    /// <summary>Gets the files, one after another. Those that are there with the right checksum stay as they are.</summary>
    /// <param name="progress">Who is told, on the thread that works.</param>
    /// <param name="stop">Ends it; finished files and the partial one stay, and the next call goes on.</param>
    /// <returns>Where the files are.</returns>
    /// <exception cref="UserErrorException">
    /// A file cannot be got, is another than expected, or cannot be written; or one of its name is there already that is another.
    /// </exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public async Task<IReadOnlyList<string>> RunAsync(IProgress<DownloadProgress>? progress = null, CancellationToken stop = default)
    {
        var sources = FileSource.Of(set, from);
        var targets = set.Files.Select(file => file.In(folder)).ToList();
        using var downloader = new Downloader(options);
        foreach (var (file, source, target) in set.Files.Zip(sources, targets))
        {
            stop.ThrowIfCancellationRequested();
            if (await IsThereAsync(file, target, stop))
                progress?.Report(new DownloadKept(file.Name, target));
            else if (source is LocalSource local)
                await Task.Run(() => LocalCopy.Run(local.Path, target, file, progress, stop), stop);
            else
                await downloader.DownloadAsync(((AddressSource)source).Address, target, file.Checksum, file.Bytes, progress, stop);
        }
        return targets;
    }

    private static async Task<bool> IsThereAsync(KnownFile file, string target, CancellationToken stop)
    {
        if (!File.Exists(target))
            return false;
        long length = new FileInfo(target).Length;
        if (file.Bytes is long bytes && length != bytes)
            throw Another(target, $"{length:N0} bytes", $"{bytes:N0}");
        string found = await file.Checksum.OfFileAsync(target, stop);
        return found == file.Checksum.Hex ? true : throw Another(target, $"{file.Checksum.Name} {found}", file.Checksum.Hex);
    }
    // It may be somebody's own: it is not ours to replace.
    private static UserErrorException Another(string target, string found, string expected) =>
        new($"{target}: is there already with {found}, expected {expected}; move it away or delete it, and run the same command again.");
}
