using Pupil.Experiments.Recipes;
using Pupil.Images;
using Pupil.Images.Transforms;

namespace Pupil.Reporting.Descriptions;

/// <summary>Images of nothing in place of a recipe's own, for looking at what would be done with them.</summary>
internal static class StandInData
{
    private const int Images = 64;

    /// <summary>A few black images of the form, one class after the other.</summary>
    public static PreparedData Of(DataOptions options, DataForm form)
    {
        options.Input?.Check(form.Height, form.Width);
        var set = new ImageSet("stand-in", new byte[Images * form.Height * form.Width * form.Channels], [.. Enumerable.Range(0, Images).Select(i => i % form.Classes)],
            [.. Enumerable.Range(0, form.Classes).Select(i => $"{i}")], form.Height, form.Width, form.Channels);
        var plain = new Normalization { Mean = [.. Enumerable.Repeat(0.5, form.Channels)], Deviation = [.. Enumerable.Repeat(0.5, form.Channels)] };
        var all = ImageSubset.All(set);
        return new PreparedData(new DataSplits("stand-in", set, set), all, null, all, plain) { Input = options.Input };
    }
}
