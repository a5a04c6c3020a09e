using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Pupil.Core;
using Pupil.Images.Transforms.PixelOperations;

namespace Pupil.Images.Transforms;

/// <summary>Random changes of colour, in a random order: torchvision's <c>ColorJitter</c> on Pillow's images. Grey images have no colour to change.</summary>
public sealed record ColourJitter
{
    /// <summary>b: brightness is multiplied by 1 − b … 1 + b, at least 0. Default 0: not at all.</summary>
    [Description("Brightness is multiplied by 1 - this to 1 + this; 0: not at all."), Range(0.0, 10.0)]
    public double Brightness { get; init; }

    /// <summary>c: distances from the mean grey are multiplied by 1 − c … 1 + c, at least 0. Default 0: not at all.</summary>
    [Description("Contrast is multiplied by 1 - this to 1 + this; 0: not at all."), Range(0.0, 10.0)]
    public double Contrast { get; init; }

    /// <summary>s: distances from the pixel's own grey are multiplied by 1 − s … 1 + s, at least 0. Default 0: not at all.</summary>
    [Description("Saturation is multiplied by 1 - this to 1 + this; 0: not at all."), Range(0.0, 10.0)]
    public double Saturation { get; init; }

    /// <summary>h: hues are turned by −h … h of the circle, 0…½. Default 0: not at all.</summary>
    [Description("Hues are turned by up to this share of the circle, either way; 0: not at all."), Range(0.0, 0.5)]
    public double Hue { get; init; }

    /// <summary>Checks that something is asked for.</summary>
    /// <exception cref="UserErrorException">Nothing is.</exception>
    internal void Check()
    {
        if (Brightness == 0 && Contrast == 0 && Saturation == 0 && Hue == 0)
            throw new UserErrorException("changes nothing: brightness, contrast, saturation and hue are 0; set one of them, or take it away (null).");
    }

    /// <summary>What happens to one image in one epoch: factors of brightness, contrast and saturation, turns of the hue, and the order of the four.</summary>
    internal (double Brightness, double Contrast, double Saturation, double Hue, int[] Order) Draw(long seed, int epoch, int index)
    {
        var random = RandomStream.FromKey(RandomStream.Purpose.Colour, seed, epoch, index);
        int[] order = [0, 1, 2, 3];
        random.Shuffle(order);
        return (Factor(Brightness, ref random), Factor(Contrast, ref random), Factor(Saturation, ref random), random.Between(-Hue, Hue), order);

        static double Factor(double range, ref RandomStream random) => random.Between(Math.Max(0, 1 - range), 1 + range);
    }

    /// <summary>Changes an image.</summary>
    internal void Apply(Raster image, long seed, int epoch, int index)
    {
        var (brightness, contrast, saturation, hue, order) = Draw(seed, epoch, index);
        foreach (int which in order)
        {
            switch (which)
            {
                case 0 when Brightness > 0:
                    Enhancement.Brightness(image, brightness);
                    break;
                case 1 when Contrast > 0:
                    Enhancement.Contrast(image, contrast);
                    break;
                case 2 when Saturation > 0:
                    Enhancement.Saturation(image, saturation);
                    break;
                case 3 when Hue > 0:
                    PixelOperations.Hue.Shift(image, hue);
                    break;
            }
        }
    }
}
