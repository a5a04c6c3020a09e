using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Pupil.Core;

namespace Pupil.Images.Transforms;

/// <summary>
/// Squares of the image are put out (DeVries and Taylor 2017): after normalisation they are 0, which is the mean. Their centres lie anywhere in the
/// image; what hangs over its border is cut off.
/// </summary>
public sealed record Cutout
{
    /// <summary>The side of a square, in pixels of the input. Default 16 (CIFAR-10 in the paper; 8 for CIFAR-100).</summary>
    [Description("The side of a square that is put out, in pixels of the image that the network sees."), Range(1, 512)]
    public int Size { get; init; } = 16;

    /// <summary>How many squares. Default 1.</summary>
    [Description("How many squares are put out; they may overlap."), Range(1, 64)]
    public int Count { get; init; } = 1;

    /// <summary>The squares of one image in one epoch, cut off at the border.</summary>
    internal IEnumerable<BoundingBox> Draw(long seed, int epoch, int index, int height, int width)
    {
        var random = RandomStream.FromKey(RandomStream.Purpose.Cutout, seed, epoch, index);
        for (int i = 0; i < Count; i++)
        {
            int top = random.Next(height) - Size / 2, left = random.Next(width) - Size / 2;
            yield return new(Math.Max(0, left), Math.Max(0, top), Math.Min(width, left + Size), Math.Min(height, top + Size));
        }
    }

    /// <summary>Puts the squares out.</summary>
    /// <param name="numbers">H×W×C normalised numbers.</param>
    /// <param name="width">W.</param>
    /// <param name="channels">C.</param>
    /// <param name="squares">Which.</param>
    internal static void Apply(Span<float> numbers, int width, int channels, IEnumerable<BoundingBox> squares)
    {
        foreach (var square in squares)
        {
            for (int row = square.Top; row < square.Bottom; row++)
                numbers.Slice((row * width + square.Left) * channels, (square.Right - square.Left) * channels).Clear();
        }
    }
}
