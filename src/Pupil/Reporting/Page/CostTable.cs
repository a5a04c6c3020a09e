using Pupil.Experiments.Runs;
using Pupil.Reporting.Content;
using Pupil.Training;

namespace Pupil.Reporting.Page;

/// <summary>The table of the networks' costs: parameters, multiply-adds, latency.</summary>
internal static class CostTable
{
    private const int Names = 3;
    private const string LatencyNote = "Latency: one image at a time, measured at the end of each run with its threads; "
        + "the median over the runs. "
        + "Values are comparable only if no other program ran at the same time.";

    /// <summary>Makes a table with one row for each architecture and role.</summary>
    public static Html OfReport(ReportContent content)
    {
        bool alone = content.Groups.Count == 1;
        var summaries = content.Groups.SelectMany(group => group.Finished).ToList();
        var all = from entry in content.Groups
                  from summary in entry.Finished
                  from network in summary.Networks.Select(result => (result.Network, result.Latency)).Concat(ExpertsOf(summary))
                  select (Name: entry.NameOf(network.Network.Name, alone), network.Network, network.Latency);
        var rows = all.GroupBy(entry => (entry.Network.Role, entry.Network.Architecture)).OrderBy(entries => entries.Key.Role)
            .Select(entries => Row([.. entries.Select(entry => entry.Name).Distinct()], entries.First().Network,
                [.. entries.Select(entry => entry.Latency).OfType<Latency>()])).ToList();
        if (rows.Count == 0)
            return Html.Empty;
        string[] columns =
            ["network", "architecture", "parameters", "multiply-adds an image", "ms an image, median", "ms, 95th percentile"];
        var table = HtmlTable.OfRows("Size and speed", columns, rows);
        bool isMeasured = summaries.Any(summary => summary.Networks.Any(result => result.Latency is not null));
        return isMeasured ? Html.Format($"{table}<p class=\"note\">{LatencyNote}</p>\n") : table;
    }

    private static IEnumerable<(RunNetwork Network, Latency? Latency)> ExpertsOf(RunSummary summary) =>
        summary.OtherExperts.Prepend(summary.Expert).OfType<ExpertResult>().Select(expert => (expert.Network, expert.Latency));

    private static IEnumerable<Html> Row(string[] names, RunNetwork network, Latency[] latencies)
    {
        string more = names.Length > Names ? FormattableString.Invariant($" and {names.Length - Names} more") : "";
        yield return Html.Format($"{string.Join(", ", names.Take(Names))}{more}");
        yield return Html.Format($"{network.Architecture}");
        yield return Html.Format($"{network.Cost.Parameters:N0}");
        yield return Html.Format($"{network.Cost.MultiplyAdds:N0}");
        yield return Time(latency => latency.Median);
        yield return Time(latency => latency.Percentile95);

        Html Time(Func<Latency, double> of) => latencies.Length == 0 ? Html.Format($"–")
            : Html.Format($"{latencies.Select(of).Order().ElementAt(latencies.Length / 2):0.00}");
    }
}
