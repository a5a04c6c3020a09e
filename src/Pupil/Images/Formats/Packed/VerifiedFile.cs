using Pupil.Core;

namespace Pupil.Images.Formats.Packed;

/// <summary>
/// Remembers in the cache folder that the fingerprints of a large file were verified, so that each state of it (size and time of its
/// last change) is read once.
/// </summary>
internal sealed class VerifiedFile
{
    private readonly string? _stamp;

    /// <summary>Creates the memory of a file; without a folder for it, every opening verifies.</summary>
    /// <param name="path">The file.</param>
    /// <param name="context">Names the cache folder.</param>
    public VerifiedFile(string path, LoadContext context)
    {
        var file = new FileInfo(path);
        try
        {
            string folder = context.FolderOfCache(Environment.GetEnvironmentVariable);
            _stamp = Path.Combine(folder, "verified", Hash.OfText($"{file.FullName}\0{file.Length}\0{file.LastWriteTimeUtc.Ticks}")[..32]);
        }
        catch (UserErrorException)
        {
            // There is no home folder.
        }
    }

    /// <summary>Whether this state of the file was verified.</summary>
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
