using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Pupil.Images.Transforms;

/// <summary>What is subtracted from and divided out of each channel, on the scale where black is 0 and white is 1.</summary>
public sealed record Normalization
{
    /// <summary>The mean of each channel.</summary>
    [Description("The mean of each channel, where 0 is black and 1 is white."), MinLength(1)]
    public required double[] Mean { get; init; }

    /// <summary>The standard deviation of each channel.</summary>
    [Description("The standard deviation of each channel, on the same scale."), MinLength(1)]
    public required double[] Deviation { get; init; }

    /// <summary>The mean and (population) standard deviation of every channel over all pixels of the images. Exact: counted in whole numbers.</summary>
    public static Normalization Of(ImageSubset images)
    {
        int channels = images.Set.Channels;
        var counts = new long[channels, 256];
        foreach (int index in images.Indices)
        {
            var pixels = images.Set.Image(index);
            for (int i = 0; i < pixels.Length; i++)
                counts[i % channels, pixels[i]]++;
        }
        double pixelsPerChannel = (double)images.Count * images.Set.Height * images.Set.Width;
        var mean = new double[channels];
        var deviation = new double[channels];
        for (int channel = 0; channel < channels; channel++)
        {
            double sum = 0, squares = 0;
            for (int value = 0; value < 256; value++)
            {
                sum += (double)counts[channel, value] * value;
                squares += (double)counts[channel, value] * value * value;
            }
            double average = sum / pixelsPerChannel;
            mean[channel] = average / 255;
            // A channel of one single value would divide by zero.
            deviation[channel] = Math.Max(Math.Sqrt(Math.Max(0, squares / pixelsPerChannel - average * average)) / 255, 1.0 / 255);
        }
        return new Normalization { Mean = mean, Deviation = deviation };
    }

    /// <summary>Checks that the statistics fit the images.</summary>
    /// <exception cref="UserErrorException">Another number of channels, or a deviation that is not above 0.</exception>
    public void Check(int channels)
    {
        if (Mean.Length != channels || Deviation.Length != channels)
        {
            throw new UserErrorException($"normalization: found {Mean.Length} means and {Deviation.Length} deviations, "
                + $"expected {channels} of each: one for every channel of the images.");
        }
        if (Mean.Any(value => value > 1))
            throw new UserErrorException($"normalization: found a mean of {Mean.Max()}, but white is 1; divide means and deviations by 255.");
        if (Deviation.Any(value => value <= 0))
            throw new UserErrorException("normalization: found a deviation of 0 or less, expected more than 0 for every channel.");
    }

    /// <summary>What every byte of every channel becomes: [channel · 256 + byte].</summary>
    internal float[] Table()
    {
        var table = new float[Mean.Length * 256];
        for (int i = 0; i < table.Length; i++)
            table[i] = (float)(((i & 255) / 255.0 - Mean[i >> 8]) / Deviation[i >> 8]);
        return table;
    }
}
