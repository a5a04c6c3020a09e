using Pupil.Experiments.Runs;
using Pupil.Reporting.Content;
using Pupil.Training;

namespace Pupil.Reporting.Page;

/// <summary>What the networks cost: size, multiply-adds, latency.</summary>
internal static class CostTable
{
    private const int Names = 3;

    /// <summary>Each architecture once for its role.</summary>
    public static Html OfReport(ReportContent content)
    {
        bool alone = content.Groups.Count == 1;
        var summaries = content.Groups.SelectMany(group => group.Finished).ToList();
        var all = from entry in content.Groups
                  from summary in entry.Finished
                  from network in summary.Networks.Select(result => (result.Network, result.Latency))
                      .Concat(summary.OtherExperts.Prepend(summary.Expert).OfType<ExpertResult>().Select(expert => (expert.Network, expert.Latency)))
                  select (Name: entry.NameOf(network.Network.Name, alone), network.Network, network.Latency);
        var rows = all.GroupBy(entry => (entry.Network.Role, entry.Network.Architecture)).OrderBy(entries => entries.Key.Role)
            .Select(entries => Row([.. entries.Select(entry => entry.Name).Distinct()], entries.First().Network, [.. entries.Select(entry => entry.Latency).OfType<Latency>()])).ToList();
        if (rows.Count == 0)
            return Html.Empty;
        var table = HtmlTable.OfRows("Size and speed", ["network", "architecture", "parameters", "multiply-adds an image", "ms an image, median", "ms, 95th percentile"], rows);
        return summaries.Any(summary => summary.Networks.Any(result => result.Latency is not null))
            ? Html.Format($"{table}<p class=\"note\">Latency: one image at a time, measured at the end of each run with its threads; the median over the runs. It compares networks only where nothing else ran beside them.</p>\n")
            : table;
    }

    private static IEnumerable<Html> Row(string[] names, RunNetwork network, Latency[] latencies)
    {
        yield return Html.Format($"{string.Join(", ", names.Take(Names))}{(names.Length > Names ? FormattableString.Invariant($" and {names.Length - Names} more") : "")}");
        yield return Html.Format($"{network.Architecture}");
        yield return Html.Format($"{network.Cost.Parameters:N0}");
        yield return Html.Format($"{network.Cost.MultiplyAdds:N0}");
        yield return Time(latency => latency.Median);
        yield return Time(latency => latency.Percentile95);

        Html Time(Func<Latency, double> of) => latencies.Length == 0 ? Html.Format($"–") : Html.Format($"{latencies.Select(of).Order().ElementAt(latencies.Length / 2):0.00}");
    }
}
