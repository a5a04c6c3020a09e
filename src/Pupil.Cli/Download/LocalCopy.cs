using Pupil.Core;

namespace Pupil.Cli.Download;

/// <summary>Copies a local file of a data set.</summary>
internal static class LocalCopy
{
    private const int BufferBytes = 1 << 20;

    /// <summary>Copies and checks a file; the target is written only if the checksum is right.</summary>
    /// <exception cref="UserErrorException">The source cannot be read or is another file, or the target cannot be written.</exception>
    /// <exception cref="OperationCanceledException">The copy was cancelled.</exception>
    public static void Run(string source, string target, KnownFile file, IProgress<DownloadProgress>? progress, CancellationToken stop)
    {
        using var turn = PartialFile.Take(target);
        using var input = Open(source);
        long length = input.Length;
        if (file.Bytes is long expected && length != expected)
        {
            throw new UserErrorException($"{source}: found {length:N0} bytes, expected {expected:N0}: "
                + $"it is not {file.Name}, or not all of it, and was not copied; get it again.");
        }
        progress?.Report(new DownloadStarted(file.Name, source, 0, length));
        AtomicFile.Write(target, output =>
        {
            using var hash = file.Checksum.Start();
            byte[] buffer = new byte[BufferBytes];
            long done = 0;
            while (Read(source, input, buffer) is > 0 and var count)
            {
                stop.ThrowIfCancellationRequested();
                hash.AppendData(buffer, 0, count);
                output.Write(buffer, 0, count);
                progress?.Report(new DownloadAdvanced(file.Name, done += count, length));
            }
            string found = Convert.ToHexStringLower(hash.GetHashAndReset());
            if (found != file.Checksum.Hex)
            {
                throw new UserErrorException($"{source}: found {file.Checksum.Name} {found}, expected {file.Checksum.Hex}: "
                    + $"it is not {file.Name}, or is damaged, and was not copied; get it again.");
            }
        });
        progress?.Report(new DownloadFinished(file.Name, target, length));
    }

    private static FileStream Open(string source)
    {
        try { return RegularFile.OpenRead(source, buffer: 1, options: FileOptions.SequentialScan); }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException) { throw Explain(source, error); }
    }

    private static int Read(string source, FileStream input, byte[] buffer)
    {
        try { return input.Read(buffer); }
        catch (IOException error) { throw Explain(source, error); }
    }

    private static UserErrorException Explain(string source, Exception error) =>
        new($"{source}: cannot be read ({error.Message}); check its permissions and the disk.", error);
}
