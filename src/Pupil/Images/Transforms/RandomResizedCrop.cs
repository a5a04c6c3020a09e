using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Pupil.Core;

namespace Pupil.Images.Transforms;

/// <summary>
/// The options of a random resized crop ("Inception" crop; Szegedy et al. 2015). A part of random size, proportions and position is
/// scaled to the input size. The algorithm is that of torchvision: ten tries, then the largest central part of allowed proportions.
/// </summary>
public sealed record RandomResizedCrop
{
    private const int Tries = 10;

    /// <summary>The smallest share of the image's area in the crop, 0.0001…1. Default 0.08.</summary>
    [Description("The smallest share of the image's area in the crop."), Range(0.0001, 1.0)]
    public double MinimumScale { get; init; } = 0.08;

    /// <summary>The largest share of the image's area in the crop, 0.0001…1. Default 1.</summary>
    [Description("The largest share of the image's area in the crop."), Range(0.0001, 1.0)]
    public double MaximumScale { get; init; } = 1;

    /// <summary>The smallest width divided by height, 0.01…100. Default 3/4.</summary>
    [Description("The smallest proportion, width divided by height."), Range(0.01, 100.0)]
    public double MinimumRatio { get; init; } = 3.0 / 4;

    /// <summary>The largest width divided by height, 0.01…100. Default 4/3.</summary>
    [Description("The largest proportion, width divided by height."), Range(0.01, 100.0)]
    public double MaximumRatio { get; init; } = 4.0 / 3;

    /// <summary>Checks the options that depend on each other.</summary>
    /// <exception cref="UserErrorException">A minimum is above its maximum.</exception>
    internal void Check()
    {
        if (MinimumScale > MaximumScale)
            throw new UserErrorException($"minimumScale: found {MinimumScale}, expected at most maximumScale, {MaximumScale}; "
                + "change one of them.");
        if (MinimumRatio > MaximumRatio)
            throw new UserErrorException($"minimumRatio: found {MinimumRatio}, expected at most maximumRatio, {MaximumRatio}; "
                + "change one of them.");
    }

    /// <summary>Draws the crop of one image of H×W pixels in one epoch, in whole pixels.</summary>
    internal BoundingBox Draw(long seed, int epoch, int index, int height, int width)
    {
        var random = RandomStream.FromKey(RandomStream.Purpose.ResizedCrop, seed, epoch, index);
        for (int attempt = 0; attempt < Tries; attempt++)
        {
            double area = (double)height * width * random.Between(MinimumScale, MaximumScale);
            double ratio = Math.Exp(random.Between(Math.Log(MinimumRatio), Math.Log(MaximumRatio)));
            int cropWidth = (int)Math.Round(Math.Sqrt(area * ratio)), cropHeight = (int)Math.Round(Math.Sqrt(area / ratio));
            if (cropWidth <= 0 || cropWidth > width || cropHeight <= 0 || cropHeight > height)
                continue;
            int top = random.Next(height - cropHeight + 1), left = random.Next(width - cropWidth + 1);
            return new(left, top, left + cropWidth, top + cropHeight);
        }
        return Central(height, width);
    }

    /// <summary>Returns the largest central part of allowed proportions.</summary>
    internal BoundingBox Central(int height, int width)
    {
        double ratio = (double)width / height;
        int cropHeight = ratio < MinimumRatio ? Math.Max(1, (int)Math.Round(width / MinimumRatio)) : height;
        int cropWidth = ratio > MaximumRatio ? Math.Max(1, (int)Math.Round(height * MaximumRatio)) : width;
        int top = (height - cropHeight) / 2, left = (width - cropWidth) / 2;
        return new(left, top, left + cropWidth, top + cropHeight);
    }
}
