using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Pupil.Core;

namespace Pupil.Images.Transforms;

/// <summary>
/// The options of cutout (DeVries and Taylor 2017): random squares of the normalised image are set to 0, the mean. The centres are
/// uniform over the image; squares are clipped at its border.
/// </summary>
public sealed record Cutout
{
    /// <summary>The side of a square in pixels of the network input, 1…512. Default 16 (the paper: CIFAR-10 16, CIFAR-100 8).</summary>
    [Description("The side of a square in pixels of the network input."), Range(1, 512)]
    public int Size { get; init; } = 16;

    /// <summary>The number of squares, 1…64; they may overlap. Default 1.</summary>
    [Description("The number of squares; they may overlap."), Range(1, 64)]
    public int Count { get; init; } = 1;

    /// <summary>Draws the squares of one image of H×W pixels in one epoch, clipped at its border.</summary>
    internal IEnumerable<BoundingBox> Draw(long seed, int epoch, int index, int height, int width)
    {
        var random = RandomStream.FromKey(RandomStream.Purpose.Cutout, seed, epoch, index);
        for (int i = 0; i < Count; i++)
        {
            int top = random.Next(height) - Size / 2, left = random.Next(width) - Size / 2;
            yield return new(Math.Max(0, left), Math.Max(0, top), Math.Min(width, left + Size), Math.Min(height, top + Size));
        }
    }

    /// <summary>Sets the squares of an image to 0.</summary>
    /// <param name="numbers">The image: H×W×C normalised numbers.</param>
    /// <param name="width">W, in pixels.</param>
    /// <param name="channels">C.</param>
    /// <param name="squares">The squares.</param>
    internal static void Apply(Span<float> numbers, int width, int channels, IEnumerable<BoundingBox> squares)
    {
        foreach (var square in squares)
        {
            for (int row = square.Top; row < square.Bottom; row++)
                numbers.Slice((row * width + square.Left) * channels, (square.Right - square.Left) * channels).Clear();
        }
    }
}
