using Pupil.Inference.Pictures;

namespace Pupil.Images.Formats.Pictures;

/// <summary>The options by which pictures are decoded to squares.</summary>
/// <param name="Size">The side of a square, in pixels.</param>
/// <param name="Fit">How a picture becomes a square.</param>
/// <param name="Channels">1 (grey) or 3 (RGB).</param>
/// <param name="SkipBroken">Whether broken pictures are left out.</param>
internal sealed record PictureOptions(int Size, PictureFit Fit, int Channels, bool SkipBroken);
