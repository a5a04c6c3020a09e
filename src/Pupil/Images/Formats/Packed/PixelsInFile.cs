namespace Pupil.Images.Formats.Packed;

/// <summary>The slots of images in the packed file itself.</summary>
/// <param name="file">The file.</param>
/// <param name="start">The place of the first slot.</param>
internal sealed class PixelsInFile(FileStream file, long start) : PackedPixels
{
    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<byte> bytes, long place) => RandomAccess.Write(file.SafeFileHandle, bytes, start + place);

    /// <inheritdoc/>
    public override void Read(Span<byte> target, long place) => Read(file, target, start + place);
}
