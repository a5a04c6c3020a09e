using Pupil.Experiments.Recipes;
using Pupil.Images;
using Pupil.Images.Transforms;

namespace Pupil.Reporting.Descriptions;

/// <summary>Black images in place of a recipe's own, for computing a training step without data.</summary>
internal static class StandInData
{
    private const int Images = 64;

    /// <summary>Makes a few black images of the form, with labels 0, 1 … in turn.</summary>
    public static PreparedData OfForm(DataOptions options, DataForm form)
    {
        options.Input?.Check(form.Height, form.Width);
        byte[] pixels = new byte[Images * form.Height * form.Width * form.Channels];
        var labels = Enumerable.Range(0, Images).Select(i => i % form.Classes);
        string[] classes = [.. Enumerable.Range(0, form.Classes).Select(i => $"{i}")];
        var set = form.Labelling == Labelling.One
            ? new ImageSet("stand-in", pixels, [.. labels], classes, form.Height, form.Width, form.Channels)
            : new ImageSet(
                "stand-in", pixels, [.. labels.Select(label => new[] { label })], classes, form.Height, form.Width, form.Channels);
        double[] halves = [.. Enumerable.Repeat(0.5, form.Channels)];
        var plain = new Normalization { Mean = halves, Deviation = halves };
        var all = ImageSubset.All(set);
        return new PreparedData(new DataSplits("stand-in", set, set), all, null, all, plain) { Input = options.Input };
    }
}
