using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using MathNet.Numerics.Distributions;
using Pupil.Core;

namespace Pupil.Images.Transforms;

/// <summary>
/// The options of mixing each image of a batch with another one of it. Mixup (Zhang et al. 2018) takes a weighted mean, CutMix (Yun et
/// al. 2019) a rectangle of the other image. The share λ that stays is drawn from Beta(α, α), once per batch. Where both are on, one
/// of them is drawn for each batch, as in timm.
/// </summary>
public sealed record Mixing
{
    /// <summary>α of mixup, 0…100; 0 for no mixup. Default 0.</summary>
    [Description("Alpha of mixup, whose shares are drawn from Beta(alpha, alpha), for example 0.2; 0 for no mixup."), Range(0.0, 100.0)]
    public double MixUp { get; init; }

    /// <summary>α of CutMix, 0…100; 0 for no CutMix. Default 0.</summary>
    [Description("Alpha of CutMix, whose shares are drawn from Beta(alpha, alpha), for example 1; 0 for no CutMix."), Range(0.0, 100.0)]
    public double CutMix { get; init; }

    /// <summary>The share of batches that are mixed, 0…1. Default 1.</summary>
    [Description("The share of batches that are mixed."), Range(0.0, 1.0)]
    public double Probability { get; init; } = 1;

    /// <summary>Checks that mixup or CutMix is on.</summary>
    /// <exception cref="UserErrorException">Both values are 0.</exception>
    internal void Check()
    {
        if (MixUp == 0 && CutMix == 0)
            throw new UserErrorException("found 0 for mixUp and cutMix, expected one of them above 0; set one, or mixing to null.");
    }

    /// <summary>Draws the mixture of one batch; null where the batch is not mixed.</summary>
    /// <param name="seed">The recipe's seed.</param>
    /// <param name="epoch">The epoch, from 1.</param>
    /// <param name="step">The step in the epoch, from 0.</param>
    /// <param name="count">N, the images in the batch.</param>
    /// <param name="height">H, in pixels.</param>
    /// <param name="width">W, in pixels.</param>
    internal Mixture? Draw(long seed, int epoch, int step, int count, int height, int width)
    {
        var random = new StreamRandom(RandomStream.FromKey(RandomStream.Purpose.Mixing, seed, epoch, step));
        if (random.NextDouble() >= Probability)
            return null;
        bool cuts = CutMix > 0 && (MixUp == 0 || random.NextDouble() < 0.5);
        double share = Beta.Sample(random, cuts ? CutMix : MixUp, cuts ? CutMix : MixUp);
        // A tiny α gives only 0 and 1; both gamma variates of the sample can then underflow to 0.
        if (!double.IsFinite(share))
            share = random.Next(2);
        int[] partners = random.Permutation(count);
        if (!cuts)
            return new Mixture(partners, share, null);
        var box = Rectangle(random, share, height, width);
        // The part of the rectangle outside the border does not replace anything.
        double area = (double)(box.Right - box.Left) * (box.Bottom - box.Top);
        return new Mixture(partners, 1 - area / ((double)height * width), box);
    }

    // A rectangle of the image's proportions with its middle anywhere in the image, clipped at the border.
    private static BoundingBox Rectangle(StreamRandom random, double share, int height, int width)
    {
        double side = Math.Sqrt(1 - share);
        int cutHeight = (int)(height * side), cutWidth = (int)(width * side);
        int top = random.Next(height) - cutHeight / 2, left = random.Next(width) - cutWidth / 2;
        return new(Math.Max(0, left), Math.Max(0, top), Math.Min(width, left + cutWidth), Math.Min(height, top + cutHeight));
    }
}
