namespace Pupil.Images.Formats.Trees;

/// <summary>Opens and reads files of data sets so that whatever is wrong with them is an error for a person.</summary>
internal static class DataFile
{
    /// <summary>Deflate, the method of gzip and zlib, makes at most so many bytes of one: 258 repeated ones take two bits.</summary>
    private const long MostExpansion = 1032;

    // Small tables and the end of the data come on top of the expansion in very short files.
    private const long ShortFileSlack = 1024;

    /// <summary>Opens a file for reading.</summary>
    /// <param name="path">The file.</param>
    /// <param name="expected">What it should be, for the error.</param>
    /// <exception cref="UserErrorException">There is no such file, or it cannot be opened.</exception>
    public static FileStream Open(string path, string expected)
    {
        FileStream? file = null;
        try
        {
            file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.SequentialScan);
            if (file.CanSeek)
                return file;
            throw new IOException("It is a pipe or a device.");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            file?.Dispose();
            throw new UserErrorException($"{path}: cannot be read ({error.Message}); expected {expected}.", error);
        }
    }

    /// <summary>Reads until the bytes are full or the stream ends.</summary>
    /// <returns>How many bytes came.</returns>
    /// <exception cref="UserErrorException">The medium fails, or compressed data break their rules.</exception>
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

    /// <summary>The most bytes that so many compressed ones can hold.</summary>
    public static long MostInflated(long compressed) => MostExpansion * compressed + ShortFileSlack;

    /// <summary>The error for a file that breaks a rule of its format.</summary>
    public static UserErrorException Broken(string path, string found, string expected, Exception? cause = null)
    {
        string message = $"{path}: found {found}, expected {expected}; the file is damaged, incomplete or another one: get it again.";
        return cause is null ? new(message) : new(message, cause);
    }
}
