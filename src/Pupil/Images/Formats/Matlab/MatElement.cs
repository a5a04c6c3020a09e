namespace Pupil.Images.Formats.Matlab;

/// <summary>The position of a variable in a MATLAB file.</summary>
/// <param name="Stream">The file.</param>
/// <param name="Path">The file's name in errors.</param>
/// <param name="IsBigEndian">Whether numbers are big-endian.</param>
/// <param name="Start">The offset of the variable, or of the compressed data that contain it.</param>
/// <param name="Length">The number of these bytes.</param>
/// <param name="IsCompressed">Whether the bytes are compressed.</param>
internal sealed record MatElement(Stream Stream, string Path, bool IsBigEndian, long Start, long Length, bool IsCompressed)
{
    /// <summary>Opens a reader at the variable's flags.</summary>
    public MatReader Open()
    {
        Stream.Position = Start;
        return IsCompressed
            ? MatReader.Inflate(Stream, Length, IsBigEndian, Path)
            : MatReader.Plain(Stream, Length, IsBigEndian, Path);
    }
}
