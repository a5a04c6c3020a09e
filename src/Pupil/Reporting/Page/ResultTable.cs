using Pupil.Core;
using Pupil.Experiments.Runs;
using Pupil.Reporting.Content;
using static System.FormattableString;

namespace Pupil.Reporting.Page;

/// <summary>The results of runs by themselves.</summary>
internal static class ResultTable
{
    /// <summary>A row for each network, seeds together; experts after them.</summary>
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
                    ReportWords.Percent(network.Last), ReportWords.Percent(network.Best), AloneDifference.OfStudent(content, group, network)));
            }
            // Every seed of a group has the same experts, and so have most groups.
            foreach (var expert in group.Finished.Take(1).SelectMany(run => run.OtherExperts.Prepend(run.Expert).OfType<ExpertResult>()))
            {
                var row = (part + expert.Network.Name, expert.Network, "", ReportWords.Percent(expert.Test is { } test ? Spread.OfValues([test.Top1]) : null), "–", (AloneDifference?)null);
                if (!rows.Contains(row))
                    rows.Add(row);
            }
        }
        if (rows.Count == 0)
            return Html.Empty;
        var differences = rows.Select(row => row.ToAlone).OfType<AloneDifference>().ToList();
        // What people look for first is beside the name: small screens show no more.
        string[] columns = ["network", "test %, last epoch", "test %, best on held-out", .. differences.Count == 0 ? Array.Empty<string>() : ["− alone"], "architecture", "seeds"];
        var table = HtmlTable.OfRows("Test accuracy in percent: mean ± sample deviation over the seeds", columns, rows.Select(row =>
            new[] { row.Name, row.Last, row.Best }.Concat(differences.Count == 0 ? [] : [Points(row.ToAlone)]).Append(row.Network.Architecture).Append(row.Seeds)
                .Select(text => Html.Format($"{text}"))));
        return differences.Count == 0 ? table : Html.Format($"{table}<p class=\"note\">{Note(differences)}</p>\n");
    }

    private static string Points(AloneDifference? difference) => difference is null ? "–"
        : Invariant($"{100 * difference.Mean:+0.00;−0.00;0.00}{(difference.HalfWidth is double half ? Invariant($" ± {100 * half:0.00}") : "")}");

    private static string Note(List<AloneDifference> differences) =>
        "− alone: the difference to the same student without a teacher in points, with the weights that are best on held-out images where there are some, else with the last, ± half its 95 % interval: "
        + (differences.All(difference => !difference.IsOfImages) ? "over the seeds, seed by seed, by Student's t."
            : differences.All(difference => difference.IsOfImages) ? "by the chance of the test images alone, since there is one seed: an example, not a finding."
            : "over the seeds, seed by seed, by Student's t; with one seed by the chance of the test images alone.");
}
