namespace Pupil.Images.Formats.Trees;

/// <summary>Opens and reads files of data sets, and turns every failure into a user error.</summary>
internal static class DataFile
{
    /// <summary>The largest expansion by deflate, the method of gzip and zlib: 258 repeated bytes take two bits.</summary>
    private const long MostExpansion = 1032;

    // Allows for small tables and the end of the data, which count in very short files.
    private const long ShortFileSlack = 1024;

    /// <summary>Opens a file for reading.</summary>
    /// <param name="path">The file.</param>
    /// <param name="expected">The expected kind of file, for the error.</param>
    /// <exception cref="UserErrorException">The file is missing or cannot be opened.</exception>
    public static FileStream Open(string path, string expected)
    {
        try
        {
            return RegularFile.OpenRead(path, buffer: 1 << 16, options: FileOptions.SequentialScan);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new UserErrorException($"{path}: cannot be read ({error.Message}); expected {expected}.", error);
        }
    }

    /// <summary>Reads until the buffer is full or the stream ends.</summary>
    /// <returns>The number of bytes read.</returns>
    /// <exception cref="UserErrorException">The disk fails, or compressed data are invalid.</exception>
    public static int Fill(Stream stream, Span<byte> bytes, string path)
    {
        try
        {
            return stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        }
        catch (InvalidDataException error)
        {
            throw Broken(path, "compressed data that break the rules of their format", "whole ones", error);
        }
        catch (IOException error)
        {
            throw new UserErrorException($"{path}: cannot be read ({error.Message}); expected a sound file: get it again.", error);
        }
    }

    /// <summary>Returns the largest number of bytes that <paramref name="compressed"/> bytes can inflate to.</summary>
    public static long MostInflated(long compressed) => MostExpansion * compressed + ShortFileSlack;

    /// <summary>Returns the error for a file that breaks a rule of its format.</summary>
    public static UserErrorException Broken(string path, string found, string expected, Exception? cause = null)
    {
        string message = $"{path}: found {found}, expected {expected}; the file is damaged, incomplete or another one: get it again.";
        return cause is null ? new(message) : new(message, cause);
    }
}
