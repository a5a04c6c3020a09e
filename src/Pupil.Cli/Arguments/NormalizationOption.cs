using System.CommandLine;
using System.Globalization;
using Pupil.Images.Transforms;

namespace Pupil.Cli.Arguments;

/// <summary>The option for the normalisation of the training images of a foreign network.</summary>
/// <param name="otherwise">The help text for the default.</param>
internal sealed class NormalizationOption(string otherwise)
{
    private const string ImageNet = "imagenet", Name = "--normalization";

    /// <summary>The option.</summary>
    public Option<string?> Option { get; } = new(Name)
    {
        Description = $"Normalisation of its training images: {ImageNet}, or means and deviations of the channels, where white is 1 "
            + $"(0.49,0.48,0.45/0.2,0.2,0.2). {otherwise}",
        HelpName = "WHAT",
    };

    /// <summary>Reads the normalisation; null if the option is not given.</summary>
    public Normalization? Read(ParseResult parsed)
    {
        if (parsed.GetValue(Option) is not { } text)
            return null;
        if (text == ImageNet)
            return Normalization.ImageNet;
        double[][] parts = [.. text.Split('/').Select(part => part.Split(',').Select(Number).ToArray())];
        bool isWhole = parts is [{ } means, { } deviations] && means.Length == deviations.Length
            && means.All(double.IsFinite) && deviations.All(value => value > 0);
        return isWhole
            ? new Normalization { Mean = parts[0], Deviation = parts[1] }
            : throw new UserErrorException($"{Name}: found '{text}', expected '{ImageNet}', or as many means as deviations: "
                + "0.49,0.48,0.45/0.2,0.2,0.2.");

        static double Number(string part) =>
            double.TryParse(part, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) ? value : double.NaN;
    }
}
