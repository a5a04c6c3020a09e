using Pupil.Images;
using Pupil.Images.Formats.Pictures;
using Pupil.Inference.Pictures;

namespace Pupil.Experiments.Planning;

/// <summary>The sizes, proportions and colours of a set's pictures.</summary>
/// <param name="Side">The median of the pictures' shorter sides, in pixels.</param>
/// <param name="Long">The share of pictures that a square crop cuts by more than a third.</param>
/// <param name="IsGrey">Whether all of them are grey.</param>
internal sealed record ImageForm(int Side, double Long, bool IsGrey)
{
    private const int Sampled = 200;
    private const double MostCut = 1.0 / 3;

    /// <summary>The sides of network inputs that are considered, in pixels.</summary>
    public static IReadOnlyList<int> Sides { get; } = [32, 64, 96];

    /// <summary>Reads some pictures of a source.</summary>
    public static ImageForm FromSource(PictureSource source)
    {
        var sample = source.Sample(Sampled);
        int[] sides = [.. sample.Sizes.Select(size => Math.Min(size.Height, size.Width)).Order()];
        double cut = sample.Sizes.Count == 0 ? 0 : (double)sample.Sizes.Count(IsCut) / sample.Sizes.Count;
        return new ImageForm(sides.Length == 0 ? Sides[^1] : sides[sides.Length / 2], cut, sample.IsGrey);
    }

    /// <summary>Describes images that are stored in one size.</summary>
    public static ImageForm FromImages(ImageSet images) => new(Math.Min(images.Height, images.Width), 0, images.Channels == 1);

    /// <summary>The sides that fit the pictures: those that need no enlarging by more than a quarter, the smallest always.</summary>
    public IReadOnlyList<int> Candidates => [.. Sides.Where(Fits)];

    /// <summary>
    /// The side of the pictures in memory. It may be half as large again as the network's input, so that parts of a picture are sharp.
    /// </summary>
    public int Stored => Sides.Append(3 * Sides[0] / 2).Where(Fits).Max();

    private bool Fits(int side) => side == Sides[0] || side <= 1.25 * Side;

    private static bool IsCut(PictureSize size) =>
        1 - (double)Math.Min(size.Height, size.Width) / Math.Max(size.Height, size.Width) > MostCut;
}
