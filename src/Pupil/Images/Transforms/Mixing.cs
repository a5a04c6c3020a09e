using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using MathNet.Numerics.Distributions;
using Pupil.Core;

namespace Pupil.Images.Transforms;

/// <summary>
/// Every image of a batch is mixed with another one of it: as a weighted mean (mixup; Zhang et al. 2018), or by a rectangle of the other (CutMix; Yun
/// et al. 2019). A share λ of it stays, one for the whole batch, drawn from Beta(α, α). Where both are asked for, one is drawn for each batch, as in timm.
/// </summary>
public sealed record Mixing
{
    /// <summary>α of mixup; 0: no mixup. Default 0.</summary>
    [Description("Alpha of mixup, whose shares are drawn from Beta(alpha, alpha), for example 0.2; 0: no mixup."), Range(0.0, 100.0)]
    public double MixUp { get; init; }

    /// <summary>α of CutMix; 0: no CutMix. Default 0.</summary>
    [Description("Alpha of CutMix, whose shares are drawn from Beta(alpha, alpha), for example 1; 0: no CutMix."), Range(0.0, 100.0)]
    public double CutMix { get; init; }

    /// <summary>The share of batches that are mixed. Default 1.</summary>
    [Description("The share of batches that are mixed."), Range(0.0, 1.0)]
    public double Probability { get; init; } = 1;

    /// <summary>Checks that something is asked for.</summary>
    /// <exception cref="UserErrorException">Nothing is.</exception>
    internal void Check()
    {
        if (MixUp == 0 && CutMix == 0)
            throw new UserErrorException("mixes nothing: mixUp and cutMix are 0; set one of them, or take it away (null).");
    }

    /// <summary>How one batch is mixed, or null where it is not.</summary>
    /// <param name="seed">The recipe's.</param>
    /// <param name="epoch">1, 2, 3 …</param>
    /// <param name="step">0, 1, 2 …</param>
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
        // So small an α gives nothing but 0 and 1; both gammas it is made of can then be too small for a double.
        if (!double.IsFinite(share))
            share = random.Next(2);
        int[] partners = random.Permutation(count);
        if (!cuts)
            return new Mixture(partners, share, null);
        var box = Rectangle(random, share, height, width);
        // What is cut off at the border stays.
        double area = (double)(box.Right - box.Left) * (box.Bottom - box.Top);
        return new Mixture(partners, 1 - area / ((double)height * width), box);
    }

    // Of the image's proportions, its middle anywhere in the image, cut off at the border.
    private static BoundingBox Rectangle(StreamRandom random, double share, int height, int width)
    {
        double side = Math.Sqrt(1 - share);
        int cutHeight = (int)(height * side), cutWidth = (int)(width * side);
        int top = random.Next(height) - cutHeight / 2, left = random.Next(width) - cutWidth / 2;
        return new(Math.Max(0, left), Math.Max(0, top), Math.Min(width, left + cutWidth), Math.Min(height, top + cutHeight));
    }
}
