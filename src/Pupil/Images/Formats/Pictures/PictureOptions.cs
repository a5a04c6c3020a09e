using Pupil.Inference.Pictures;

namespace Pupil.Images.Formats.Pictures;

/// <summary>How pictures are decoded.</summary>
/// <param name="Size">The side of the squares they become.</param>
/// <param name="Fit">How they become squares.</param>
/// <param name="Channels">1 or 3.</param>
/// <param name="SkipBroken">Whether broken ones are left out.</param>
internal sealed record PictureOptions(int Size, PictureFit Fit, int Channels, bool SkipBroken);
