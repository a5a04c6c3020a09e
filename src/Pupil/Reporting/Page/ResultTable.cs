using Pupil.Core;
using Pupil.Experiments.Runs;
using Pupil.Reporting.Content;
using static System.FormattableString;

namespace Pupil.Reporting.Page;

/// <summary>The table of results of runs outside a comparison.</summary>
internal static class ResultTable
{
    /// <summary>Makes a table with a row for each network over its seeds; experts come last in each group.</summary>
    public static Html OfReport(ReportContent content)
    {
        var rows = new List<(string Name, RunNetwork Network, string Seeds, string Last, string Best, AloneDifference? ToAlone)>();
        bool alone = content.Groups.Count == 1;
        foreach (var group in content.Groups)
        {
            string part = group.Part.Length == 0 ? "" : $"{group.Part}: ";
            foreach (var network in RunGroup.Over(group.Finished))
            {
                rows.Add((part + group.NameOf(network.Network.Name, alone), network.Network, Invariant($"{group.Finished.Count}"),
                    ReportWords.Percent(network.Last), ReportWords.Percent(network.Best),
                    AloneDifference.OfStudent(content, group, network)));
            }
            // All seeds of a group have the same experts, and so have most groups.
            foreach (var expert in group.Finished.Take(1).SelectMany(run => run.OtherExperts.Prepend(run.Expert).OfType<ExpertResult>()))
            {
                string test = ReportWords.Percent(expert.Test is { } accuracy ? Spread.OfValues([accuracy.Score]) : null);
                var row = (part + expert.Network.Name, expert.Network, "", test, "–", (AloneDifference?)null);
                if (!rows.Contains(row))
                    rows.Add(row);
            }
        }
        if (rows.Count == 0)
            return Html.Empty;
        var differences = rows.Select(row => row.ToAlone).OfType<AloneDifference>().ToList();
        bool isCompared = differences.Count > 0;
        // The accuracies are beside the name because small screens show the first columns only.
        string[] columns =
        [
            "network", "test %, last epoch", "test %, best on held-out",
            .. isCompared ? ["− alone"] : Array.Empty<string>(),
            "architecture", "seeds",
        ];
        string scores = string.Join(" or ", content.Groups.Select(group => group.ScoreName).Distinct());
        var table = HtmlTable.OfRows($"Test {scores} in percent: mean ± sample deviation over the seeds", columns,
            rows.Select(row => Cells(row.Name, row.Last, row.Best, row.ToAlone, row.Network.Architecture, row.Seeds)));
        return differences.Count == 0 ? table : Html.Format($"{table}<p class=\"note\">{Note(differences)}</p>\n");

        IEnumerable<Html> Cells(string name, string last, string best, AloneDifference? toAlone, string architecture, string seeds)
        {
            string[] cells = [name, last, best, .. isCompared ? [Points(toAlone)] : Array.Empty<string>(), architecture, seeds];
            return cells.Select(text => Html.Format($"{text}"));
        }
    }

    private static string Points(AloneDifference? difference) => difference is null ? "–"
        : Invariant($"{100 * difference.Mean:+0.00;−0.00;0.00}{Interval(difference.HalfWidth)}");

    private static string Interval(double? halfWidth) => halfWidth is double half ? Invariant($" ± {100 * half:0.00}") : "";

    private static string Note(List<AloneDifference> differences) =>
        "− alone: the difference to the same student without a teacher, in percentage points, ± half its 95 % interval. "
        + "The weights are those that are best on the held-out images, or else those of the last epoch. The interval is that of "
        + (differences.All(difference => !difference.IsOfImages) ? "the runs over the seeds, by Student's t or Welch's, each for itself."
            : differences.All(difference => difference.IsOfImages)
                ? "the sampling of test images only, because there is one seed: an example, not a finding."
                : "the runs over the seeds, by Student's t or Welch's; with one seed, that of the sampling of test images only.");
}
