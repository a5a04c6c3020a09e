namespace Pupil.Images.Formats.Svhn;

/// <summary>Where a variable lies in a MATLAB file.</summary>
/// <param name="Stream">The file.</param>
/// <param name="Path">Its name in errors.</param>
/// <param name="IsBigEndian">Whether its numbers have their highest byte first.</param>
/// <param name="Start">Where the variable, or the compressed data that hold it, begin.</param>
/// <param name="Length">Their bytes.</param>
/// <param name="IsCompressed">Whether they are compressed.</param>
internal sealed record MatElement(Stream Stream, string Path, bool IsBigEndian, long Start, long Length, bool IsCompressed)
{
    /// <summary>Starts reading at the variable's flags.</summary>
    public MatReader Open()
    {
        Stream.Position = Start;
        return IsCompressed
            ? MatReader.Inflate(Stream, Length, IsBigEndian, Path)
            : MatReader.Plain(Stream, Length, IsBigEndian, Path);
    }
}
