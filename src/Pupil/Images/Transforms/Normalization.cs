using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Pupil.Images.Transforms;

/// <summary>
/// The statistics of normalisation, (value − mean) / deviation for each channel, on the scale where black is 0 and white is 1.
/// </summary>
public sealed record Normalization
{
    /// <summary>The normalisation with which most networks for ImageNet are trained.</summary>
    internal static Normalization ImageNet => new() { Mean = [0.485, 0.456, 0.406], Deviation = [0.229, 0.224, 0.225] };

    /// <summary>The mean of each channel, C numbers up to 1.</summary>
    [Description("The mean of each channel, where 0 is black and 1 is white."), MinLength(1)]
    public required double[] Mean { get; init; }

    /// <summary>The standard deviation of each channel, C numbers above 0.</summary>
    [Description("The standard deviation of each channel, on the same scale."), MinLength(1)]
    public required double[] Deviation { get; init; }

    /// <summary>
    /// Computes mean and population standard deviation of each channel over all pixels of the images, from exact counts of the bytes.
    /// </summary>
    public static Normalization OfImages(ImageSubset images)
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
            // The deviation of a channel of one value would be zero, and normalisation would divide by it.
            deviation[channel] = Math.Max(Math.Sqrt(Math.Max(0, squares / pixelsPerChannel - average * average)) / 255, 1.0 / 255);
        }
        return new Normalization { Mean = mean, Deviation = deviation };
    }

    /// <summary>Checks that the statistics fit images of C channels.</summary>
    /// <exception cref="UserErrorException">The number of channels differs, a mean is above 1, or a deviation is not above 0.</exception>
    public void Check(int channels)
    {
        if (Mean.Length != channels || Deviation.Length != channels)
        {
            throw new UserErrorException($"normalization: found {Mean.Length} means and {Deviation.Length} deviations, "
                + $"expected {channels} of each, one for every channel of the images; give as many.");
        }
        if (Mean.Any(value => value > 1))
            throw new UserErrorException($"normalization: found a mean of {Mean.Max()}, expected at most 1, which is white; "
                + "divide means and deviations by 255.");
        if (Deviation.Any(value => value <= 0))
            throw new UserErrorException("normalization: found a deviation of 0 or less, expected more than 0 for every channel; "
                + "raise it.");
    }

    /// <summary>Returns the normalised value of every byte of every channel, at [channel · 256 + byte].</summary>
    internal float[] Table()
    {
        var table = new float[Mean.Length * 256];
        for (int i = 0; i < table.Length; i++)
            table[i] = (float)(((i & 255) / 255.0 - Mean[i >> 8]) / Deviation[i >> 8]);
        return table;
    }
}
