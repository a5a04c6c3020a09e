using System.Globalization;
using Pupil.Core;
using Pupil.Distillation;
using Pupil.Experiments.Runs;
using Pupil.Reporting.Content;
using Pupil.Training;

namespace Pupil.Reporting.Charts;

/// <summary>The charts over the epochs of a report's runs: accuracy, every term of the losses, attention in the box.</summary>
/// <param name="groups">The runs, those that differ only in their seeds together.</param>
internal sealed class ReportCharts(IReadOnlyList<ReportGroup> groups)
{
    private const string Epoch = "epoch";

    // No run has as many; a record from elsewhere may.
    private const int Most = 40, LongestStage = 40;

    private bool IsSingle => groups.Count == 1;

    /// <summary>Accuracy of all students, and of each student beside what learns with it: the paper's figure 5.</summary>
    public IEnumerable<Chart> Accuracy()
    {
        foreach (var (part, words, of) in Parts())
        {
            var students = Lines(group => group.Networks.Where(network => group.RoleOf(network) != NetworkRole.Companion), of, 100);
            if (!IsSingle && students.Count > 0)
                yield return new($"{part}-accuracy", $"{words} accuracy of the students", Epoch, $"{words} accuracy, %", students) { Note = Band };
            foreach (var (group, i) in groups.Select((group, i) => (group, i)).Where(entry => entry.group.Networks.Any(network => entry.group.RoleOf(network) == NetworkRole.Companion) || IsSingle))
            {
                var lines = group.Networks.Select(network => Line(group, network, of, 100, group.NameOf(network, alone: true))).OfType<ChartSeries>().ToList();
                if (Alone is { } alone && alone != group && lines.Count > 0)
                    lines.AddRange(alone.Networks.Select(network => Line(alone, network, of, 100, alone.Label)).OfType<ChartSeries>());
                if (lines.Count > 0)
                    yield return new($"{part}-accuracy-{i + 1}", $"{group.Label}: {words.ToLowerInvariant()} accuracy of all networks", Epoch, $"{words} accuracy, %", lines) { Note = Band };
            }
        }
    }

    /// <summary>What falls while nothing is measured: the cross-entropy of each network with the labels, or else what its loss begins with.</summary>
    public IEnumerable<Chart> Loss()
    {
        var lines = groups.SelectMany(group => group.Networks.Select(network => (group, Term: LossOf(group, network))))
            .Select(entry => entry.Term is { } term ? Term(entry.group, term) : null).OfType<ChartSeries>().ToList();
        if (lines.Count > 0)
            yield return new("loss", "Loss on the training images", Epoch, "first term of the loss, unweighted", lines)
            {
                Note = $"Accuracy is measured after fewer than two epochs so far. The term is the cross-entropy with the labels where a network has one. {Band}".TrimEnd(),
            };
    }

    /// <summary>Every term of every loss, before its weight, mean over an epoch's images.</summary>
    public IEnumerable<Chart> Terms()
    {
        var names = groups.SelectMany(TermsOf).Distinct().ToList();
        var terms = names.GroupBy(name => name.InOwner).ToList();
        foreach (var (term, i) in terms.Take(Most).Select((term, i) => (term, i)))
        {
            List<ChartSeries> found = [.. groups.SelectMany(group => term.Select(name => Term(group, name))).OfType<ChartSeries>()];
            if (found.Count > 0)
                yield return new($"term-{i + 1}", $"Term {term.Key}", Epoch, $"{term.Key}, unweighted", found) { Note = $"{Band} {Rest(terms.Count, "terms")}".Trim() };
        }
    }

    /// <summary>The share of attention in the object's box, a chart for each stage.</summary>
    public IEnumerable<Chart> Focus()
    {
        var stages = groups.SelectMany(group => group.Runs).SelectMany(run => run.Epochs)
            .SelectMany(epoch => epoch.HeldOut.Values.Concat(epoch.Test.Values)).SelectMany(accuracy => accuracy.Focus?.Keys ?? []).Distinct().ToList();
        foreach (var (part, words, _) in Parts().Take(1))
        {
            var taken = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
            foreach (string stage in stages.Take(Most))
            {
                Func<EpochRecord, string, double?> share = (epoch, network) => AccuracyOf(part, epoch).GetValueOrDefault(network)?.Focus?.GetValueOrDefault(stage)?.InBox;
                var lines = Lines(group => group.Networks, share, 100);
                if (lines.Count == 0)
                    continue;
                string name = $"focus-{part}-{(stage.Length > LongestStage ? stage[..LongestStage] : stage)}";
                var chart = new Chart(name, $"{stage}: attention in the object's box, {words.ToLowerInvariant()} images", Epoch, "attention in the box, %", lines)
                {
                    Note = $"{Band} {Rest(stages.Count, "stages")}".Trim(),
                };
                // Two stages may differ in what no file's name can say.
                for (int i = 2; !taken.Add(chart.Name); i++)
                    chart = chart with { Name = string.Create(CultureInfo.InvariantCulture, $"{name}-{i}") };
                yield return chart;
            }
        }
    }

    private ReportGroup? Alone => groups.FirstOrDefault(group => group.Recipe?.Method.MethodName == "supervised");

    private static IEnumerable<TermName> TermsOf(ReportGroup group) => group.Runs.SelectMany(run => run.Epochs).SelectMany(epoch => epoch.Terms.Keys).Distinct();

    private static TermName? LossOf(ReportGroup group, string network)
    {
        TermName[] terms = [.. TermsOf(group).Where(name => name.Owner == network)];
        return terms.Length == 0 ? null : terms.FirstOrDefault(name => name.Name == "cross-entropy", terms[0]);
    }

    private static string Rest(int count, string what) => count <= Most ? "" : FormattableString.Invariant($"The first {Most} of {count} {what} are shown.");

    private string Band => groups.Any(group => group.Runs.Count > 1) ? "Lines are means over the seeds, bands ± one sample deviation." : "";

    // What was measured after at least two epochs.
    private IEnumerable<(string Part, string Words, Func<EpochRecord, string, double?> Of)> Parts()
    {
        foreach (var (part, words) in new[] { ("test", "Test"), ("held-out", "Held-out") })
        {
            if (groups.Any(group => group.Runs.Any(run => run.Epochs.Count(epoch => AccuracyOf(part, epoch).Count > 0) > 1)))
                yield return (part, words, (epoch, network) => AccuracyOf(part, epoch).GetValueOrDefault(network)?.Top1);
        }
    }

    private static IReadOnlyDictionary<string, Accuracy> AccuracyOf(string part, EpochRecord epoch) => part == "test" ? epoch.Test : epoch.HeldOut;

    private List<ChartSeries> Lines(Func<ReportGroup, IEnumerable<string>> networks, Func<EpochRecord, string, double?> value, double scale) =>
        [.. groups.SelectMany(group => networks(group).Select(network => Line(group, network, value, scale, group.NameOf(network, IsSingle)))).OfType<ChartSeries>()];

    private ChartSeries? Line(ReportGroup group, string network, Func<EpochRecord, string, double?> value, double scale, string label) =>
        Over(group, label, epoch => scale * value(epoch, network), network);

    private ChartSeries? Term(ReportGroup group, TermName name) =>
        Over(group, group.NameOf(name.Owner, IsSingle), epoch => epoch.Terms.TryGetValue(name, out double value) ? value : null, name.Owner);

    // The mean over the seeds that have the epoch.
    private ChartSeries? Over(ReportGroup group, string label, Func<EpochRecord, double?> value, string network)
    {
        var points = group.Runs.SelectMany(run => run.Epochs).GroupBy(epoch => epoch.Epoch).OrderBy(epochs => epochs.Key)
            .Select(epochs => (Epoch: epochs.Key, Values: epochs.Select(value).OfType<double>().ToList())).Where(point => point.Values.Count > 0)
            .Select(point => (point.Epoch, Spread: Spread.OfValues(point.Values))).ToList();
        return points.Count == 0 ? null : new(label, [.. points.Select(point => (double)point.Epoch)], [.. points.Select(point => point.Spread.Mean)])
        {
            Deviation = points.Any(point => point.Spread.Deviation is not null) ? [.. points.Select(point => point.Spread.Deviation ?? 0)] : null,
            IsDashed = group.RoleOf(network) == NetworkRole.Companion,
            Tint = ReportContent.TintOf(groups, group, network),
        };
    }
}
