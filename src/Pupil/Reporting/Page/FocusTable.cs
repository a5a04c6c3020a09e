using Pupil.Experiments.Runs;
using Pupil.Reporting.Content;
using Pupil.Reporting.Statistics;
using Pupil.Training;

namespace Pupil.Reporting.Page;

/// <summary>The table of the share of attention inside the object's box, for each stage, on the test split.</summary>
internal static class FocusTable
{
    /// <summary>Makes a table with a row for each network; empty where the images have no boxes.</summary>
    public static Html OfReport(ReportContent content)
    {
        var rows = new List<IEnumerable<Html>>();
        var stages = new List<string>();
        double area = 0;
        foreach (var (label, results) in Networks(content))
        {
            var focuses = results.Select(accuracy => accuracy.Focus).OfType<IReadOnlyDictionary<string, StageFocus>>()
                .Where(focus => focus.Count > 0).ToList();
            if (focuses.Count == 0)
                continue;
            if (stages.Count == 0)
                stages.AddRange(focuses[0].Keys);
            area = focuses[0].Values.First().BoxArea;
            var cells = stages.SelectMany(stage =>
                Cells([.. focuses.Select(focus => focus.GetValueOrDefault(stage)).OfType<StageFocus>()]));
            rows.Add([Html.Format($"{label}"), .. cells]);
        }
        if (rows.Count == 0)
            return Html.Empty;
        string[] columns = ["", .. stages.SelectMany(stage => new[] { $"{stage}: in the box, %", $"{stage}: hits, %" })];
        return Html.Format($"""
            {HtmlTable.OfRows("Attention inside the object's box, test split, last epoch", columns, rows)}
            <p class="note">In the box: the share of a stage's attention (channel mean of squared activations) inside the object's box,
            mean over the test images; uniform attention has {100 * area:0.0} %.
            Hits: the share of images whose largest attention has its centre in the box (the pointing game).
            Mean over the seeds ± half the 95 % interval by Student's t; with one seed, ± half the interval over the images.</p>

            """);
    }

    private static IEnumerable<(string Label, IReadOnlyList<Accuracy> Results)> Networks(ReportContent content)
    {
        bool alone = content.Groups.Count == 1;
        var experts = new HashSet<string>();
        foreach (var group in content.Groups)
        {
            foreach (var network in RunGroup.Over(group.Finished))
                yield return (group.NameOf(network.Network.Name, alone), [.. network.Results.Select(result => result.Last.Test)]);
            var found = group.Finished.Select(run => run.Expert).FirstOrDefault(found => found is not null);
            if (found is { Test: { } test } expert && experts.Add(expert.Network.Architecture))
                yield return (expert.Network.Name, [test]);
        }
    }

    private static IEnumerable<Html> Cells(StageFocus[] seeds)
    {
        if (seeds.Length == 0)
            return [Html.Format($"–"), Html.Format($"–")];
        double shareOfImages = 1.96 * seeds[0].InBoxDeviation / Math.Sqrt(seeds[0].Images);
        double hitsOfImages = 1.96 * Math.Sqrt(seeds[0].Hits * (1 - seeds[0].Hits) / seeds[0].Images);
        return [Cell([.. seeds.Select(seed => seed.InBox)], shareOfImages), Cell([.. seeds.Select(seed => seed.Hits)], hitsOfImages)];

        static Html Cell(double[] values, double otherwise) => MeanInterval.OfValues(values) is var mean
            ? Html.Format($"{100 * mean.Mean:0.0} ± {100 * (mean.HalfWidth ?? otherwise):0.0}") : Html.Empty;
    }
}
