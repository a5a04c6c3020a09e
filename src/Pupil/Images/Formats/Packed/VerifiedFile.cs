using Pupil.Core;

namespace Pupil.Images.Formats.Packed;

/// <summary>
/// Remembers in the cache folder that the fingerprints of large files were verified, so that each state of them (sizes and times of their
/// last changes) is read once.
/// </summary>
internal sealed class VerifiedFile
{
    private readonly string? _stamp;

    /// <summary>Creates the memory of files; without a folder for it, every opening verifies.</summary>
    /// <param name="paths">The files.</param>
    /// <param name="context">Names the cache folder.</param>
    public VerifiedFile(IEnumerable<string> paths, LoadContext context)
    {
        try
        {
            string folder = context.FolderOfCache(Environment.GetEnvironmentVariable);
            var states = paths.Select(path => new FileInfo(path))
                .Select(file => $"{file.FullName}\0{file.Length}\0{file.LastWriteTimeUtc.Ticks}");
            _stamp = Path.Combine(folder, "verified", Hash.OfText(string.Join('\n', states))[..32]);
        }
        catch (Exception error) when (error is UserErrorException or IOException)
        {
            // There is no home folder, or a file has gone meanwhile.
        }
    }

    /// <summary>Whether this state of the files was verified.</summary>
    public bool IsKnown => File.Exists(_stamp);

    /// <summary>Remembers it, where the folder can be written to.</summary>
    public void Remember()
    {
        if (_stamp is null)
            return;
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_stamp)!);
            File.WriteAllText(_stamp, "");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The next opening verifies again.
        }
    }
}
