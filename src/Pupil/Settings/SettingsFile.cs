using System.Text;

namespace Pupil.Settings;

/// <summary>Reads the text of a recipe file.</summary>
internal static class SettingsFile
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Returns the text of a file in UTF-8 of at most 1 MiB.</summary>
    /// <exception cref="UserErrorException">The file is missing, unreadable, too large or not UTF-8.</exception>
    public static string ReadText(string path)
    {
        if (Directory.Exists(path))
            throw new UserErrorException($"{path}: found a folder, expected a recipe file.");
        var bytes = ReadBytes(path);
        if (bytes is [0xFF, 0xFE, ..] or [0xFE, 0xFF, ..])
            throw new UserErrorException($"{path}: found UTF-16 text, expected UTF-8; save the file as UTF-8.");
        try
        {
            return Strict.GetString(bytes);
        }
        catch (DecoderFallbackException problem)
        {
            var line = bytes.AsSpan(0, Math.Clamp(problem.Index, 0, bytes.Length)).Count((byte)'\n') + 1;
            throw new UserErrorException(
                $"{path}:{line}: found bytes that are not UTF-8, expected UTF-8; save the file as UTF-8.", problem);
        }
    }

    private static byte[] ReadBytes(string path)
    {
        try
        {
            using var stream = RegularFile.OpenRead(path, FileShare.ReadWrite | FileShare.Delete);
            var bytes = new byte[SourceText.MaximumBytes + 1]; // not the length, which may change while the file is read
            var count = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            return count <= SourceText.MaximumBytes
                ? bytes[..count]
                : throw new UserErrorException($"{path}: found more than {SourceText.MaximumBytes:N0} bytes, expected a recipe file.");
        }
        catch (Exception problem) when (problem is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new UserErrorException($"{path}: found no such file, expected a recipe file; check the path.", problem);
        }
        catch (UnauthorizedAccessException problem)
        {
            throw new UserErrorException($"{path}: found no permission to read it, expected a readable recipe file.", problem);
        }
        catch (Exception problem) when (problem is IOException or ArgumentException or NotSupportedException)
        {
            throw new UserErrorException($"{Wording.OneLine(path)}: cannot be read: {Wording.OneLine(problem.Message)}", problem);
        }
    }
}
