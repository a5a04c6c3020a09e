using Pupil.Core;
using Pupil.Experiments.Runs;
using Pupil.Reporting.Content;

namespace Pupil.Reporting.Page;

/// <summary>The results of runs by themselves.</summary>
internal static class ResultTable
{
    /// <summary>A row for each network, seeds together; experts after them.</summary>
    public static Html OfReport(ReportContent content)
    {
        var rows = new List<IEnumerable<Html>>();
        foreach (var group in content.Groups)
        {
            RunSummary[] done = [.. group.Runs.Select(run => run.Summary).OfType<RunSummary>()];
            foreach (var network in RunGroup.Over(done))
                rows.Add(Row(group.FullLabel, network.Network, done.Length, ReportWords.Percent(network.Last), ReportWords.Percent(network.Best)));
            if (done.Select(run => run.Expert).FirstOrDefault(expert => expert is not null) is { } expert)
                rows.Add(Row(group.FullLabel, expert.Network, 0, ReportWords.Percent(expert.Test is { } test ? Spread.OfValues([test.Top1]) : null), "–"));
        }
        return rows.Count == 0 ? Html.Empty : HtmlTable.OfRows("Test accuracy in percent: mean ± sample deviation over the seeds",
            ["method", "network", "architecture", "seeds", "test %, last epoch", "test %, best on held-out"], rows);

        static IEnumerable<Html> Row(string label, RunNetwork network, int seeds, string last, string best) =>
            [Html.Format($"{label}"), Html.Format($"{network.Name}"), Html.Format($"{network.Architecture}"), Html.Format($"{(seeds == 0 ? "" : seeds.ToString(System.Globalization.CultureInfo.InvariantCulture))}"), Html.Format($"{last}"), Html.Format($"{best}")];
    }
}
