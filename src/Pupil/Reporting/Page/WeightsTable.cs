using Pupil.Experiments.Runs;
using Pupil.Reporting.Content;

namespace Pupil.Reporting.Page;

/// <summary>The table of the trained weights from which networks started.</summary>
internal static class WeightsTable
{
    /// <summary>Makes a table with a row for each network that did not start with random weights; empty where all did.</summary>
    public static Html OfReport(ReportContent content)
    {
        bool alone = content.Groups.Count == 1;
        var rows = (
            from entry in content.Groups
            from summary in entry.Finished
            from network in summary.Networks.Select(result => result.Network)
            where network.Weights is not null
            select Cells(entry.NameOf(network.Name, alone), network)).Distinct().ToList();
        return rows.Count == 0 ? Html.Empty : HtmlTable.OfRows("Trained weights at the start", ["network", "file", "tensors", "changes"],
            rows.Select(row => new[] { row.Name, row.File, row.Tensors, row.Changes }.Select(text => Html.Format($"{text}"))));
    }

    private static (string Name, string File, string Tensors, string Changes) Cells(string name, RunNetwork network)
    {
        var weights = network.Weights!;
        return (name, weights.File, FormattableString.Invariant($"{weights.Tensors} of {weights.AllTensors}"),
            weights.Changes.Count == 0 ? "none" : string.Join("; ", weights.Changes));
    }
}
