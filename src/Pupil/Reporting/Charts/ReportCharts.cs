using System.Globalization;
using Pupil.Core;
using Pupil.Distillation;
using Pupil.Experiments.Runs;
using Pupil.Reporting.Content;
using Pupil.Training;

namespace Pupil.Reporting.Charts;

/// <summary>The charts over the epochs of a report's runs: accuracy, terms of the losses, attention in the object's box.</summary>
/// <param name="groups">The runs, those that differ only in their seeds together.</param>
internal sealed class ReportCharts(IReadOnlyList<ReportGroup> groups)
{
    private const string Epoch = "epoch";

    // Pupil's own runs have fewer charts; a foreign record may have any number.
    private const int Most = 40, LongestStage = 40;

    private string ScoreName => string.Join(" or ", groups.Select(group => group.ScoreName).Distinct());

    private bool IsSingle => groups.Count == 1;

    /// <summary>The accuracy or mAP of all students, and of each student and its companions: the paper's figure 5.</summary>
    public IEnumerable<Chart> Accuracy()
    {
        foreach (var (part, words, of) in Parts())
        {
            var students = Lines(group => group.Networks.Where(network => group.RoleOf(network) != NetworkRole.Companion), of, 100);
            if (!IsSingle && students.Count > 0)
            {
                string title = $"{words} {ScoreName} of the students";
                yield return new($"{part}-accuracy", title, Epoch, $"{words} {ScoreName}, %", students) { Note = Band };
            }
            var indexed = groups.Select((group, i) => (group, i)).Where(entry => IsSingle || HasCompanion(entry.group));
            foreach (var (group, i) in indexed)
            {
                var lines = LinesOf(group, network => group.NameOf(network, alone: true));
                if (Alone is { } alone && alone != group && lines.Count > 0)
                    lines.AddRange(LinesOf(alone, _ => alone.Label));
                if (lines.Count == 0)
                    continue;
                string title = $"{group.Label}: {words.ToLowerInvariant()} {group.ScoreName} of all networks";
                yield return new($"{part}-accuracy-{i + 1}", title, Epoch, $"{words} {group.ScoreName}, %", lines) { Note = Band };
            }

            List<ChartSeries> LinesOf(ReportGroup group, Func<string, string> label) =>
                [.. group.Networks.Select(network => Line(group, network, of, 100, label(network))).OfType<ChartSeries>()];
        }
    }

    /// <summary>The loss while no accuracy is measured: each network's cross-entropy with the labels, or else its first term.</summary>
    public IEnumerable<Chart> Loss()
    {
        var lines = groups.SelectMany(group => group.Networks.Select(network => (group, Term: LossOf(group, network))))
            .Select(entry => entry.Term is { } term ? Term(entry.group, term) : null).OfType<ChartSeries>().ToList();
        if (lines.Count > 0)
            yield return new("loss", "Loss on the training images", Epoch, "first term of the loss, unweighted", lines)
            {
                Note = "The accuracy of fewer than two epochs is measured so far. "
                    + $"The term is the cross-entropy with the labels where a network has one. {Band}".TrimEnd(),
            };
    }

    /// <summary>Every unweighted term of every loss, mean over an epoch's images.</summary>
    public IEnumerable<Chart> Terms()
    {
        var names = groups.SelectMany(TermsOf).Distinct().ToList();
        var terms = names.GroupBy(name => name.InOwner).ToList();
        foreach (var (term, i) in terms.Take(Most).Select((term, i) => (term, i)))
        {
            List<ChartSeries> found = [.. groups.SelectMany(group => term.Select(name => Term(group, name))).OfType<ChartSeries>()];
            if (found.Count == 0)
                continue;
            string note = $"{Band} {Rest(terms.Count, "terms")}".Trim();
            yield return new($"term-{i + 1}", $"Term {term.Key}", Epoch, $"{term.Key}, unweighted", found) { Note = note };
        }
    }

    /// <summary>The share of attention in the object's box, one chart for each stage.</summary>
    public IEnumerable<Chart> Focus()
    {
        var accuracies = groups.SelectMany(group => group.Runs).SelectMany(run => run.Epochs)
            .SelectMany(epoch => epoch.HeldOut.Values.Concat(epoch.Test.Values));
        var stages = accuracies.SelectMany(accuracy => accuracy.Focus?.Keys ?? []).Distinct().ToList();
        foreach (var (part, words, _) in Parts().Take(1))
        {
            var taken = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
            foreach (string stage in stages.Take(Most))
            {
                var lines = Lines(group => group.Networks, ShareIn(part, stage), 100);
                if (lines.Count == 0)
                    continue;
                string name = $"focus-{part}-{(stage.Length > LongestStage ? stage[..LongestStage] : stage)}";
                string title = $"{stage}: attention in the object's box, {words.ToLowerInvariant()} images";
                var chart = new Chart(name, title, Epoch, "attention in the object's box, %", lines)
                {
                    Note = $"{Band} {Rest(stages.Count, "stages")}".Trim(),
                };
                // The names of two stages may differ only in characters that file names do not allow.
                for (int i = 2; !taken.Add(chart.Name); i++)
                    chart = chart with { Name = string.Create(CultureInfo.InvariantCulture, $"{name}-{i}") };
                yield return chart;
            }
        }
    }

    private ReportGroup? Alone => groups.FirstOrDefault(group => group.Recipe?.Method.MethodName == "supervised");

    private static bool HasCompanion(ReportGroup group) => group.Networks.Any(network => group.RoleOf(network) == NetworkRole.Companion);

    private static Func<EpochRecord, string, double?> ShareIn(string part, string stage) =>
        (epoch, network) => AccuracyOf(part, epoch).GetValueOrDefault(network)?.Focus?.GetValueOrDefault(stage)?.InBox;

    private static IEnumerable<TermName> TermsOf(ReportGroup group) =>
        group.Runs.SelectMany(run => run.Epochs).SelectMany(epoch => epoch.Terms.Keys).Distinct();

    private static TermName? LossOf(ReportGroup group, string network)
    {
        TermName[] terms = [.. TermsOf(group).Where(name => name.Owner == network)];
        return terms.Length == 0 ? null : terms.FirstOrDefault(name => name.Name == TermName.Labels, terms[0]);
    }

    private static string Rest(int count, string what) =>
        count <= Most ? "" : FormattableString.Invariant($"The first {Most} of {count} {what} are shown.");

    private string Band =>
        groups.Any(group => group.Runs.Count > 1) ? "Lines are means over the seeds, bands ± one sample deviation." : "";

    // The splits whose accuracy is measured after at least two epochs.
    private IEnumerable<(string Part, string Words, Func<EpochRecord, string, double?> Of)> Parts()
    {
        foreach (var (part, words) in new[] { ("test", "Test"), ("held-out", "Held-out") })
        {
            if (groups.Any(group => group.Runs.Any(run => run.Epochs.Count(epoch => AccuracyOf(part, epoch).Count > 0) > 1)))
                yield return (part, words, (epoch, network) => AccuracyOf(part, epoch).GetValueOrDefault(network)?.Score);
        }
    }

    private static IReadOnlyDictionary<string, Accuracy> AccuracyOf(string part, EpochRecord epoch) =>
        part == "test" ? epoch.Test : epoch.HeldOut;

    private List<ChartSeries> Lines(
        Func<ReportGroup, IEnumerable<string>> networks, Func<EpochRecord, string, double?> value, double scale)
    {
        var all = from entry in groups
                  from network in networks(entry)
                  select Line(entry, network, value, scale, entry.NameOf(network, IsSingle));
        return [.. all.OfType<ChartSeries>()];
    }

    private ChartSeries? Line(ReportGroup group, string network, Func<EpochRecord, string, double?> value, double scale, string label) =>
        Over(group, label, epoch => scale * value(epoch, network), network);

    private ChartSeries? Term(ReportGroup group, TermName name) =>
        Over(group, group.NameOf(name.Owner, IsSingle), epoch => ValueIn(epoch, name), name.Owner);

    private static double? ValueIn(EpochRecord epoch, TermName name) => epoch.Terms.TryGetValue(name, out double value) ? value : null;

    // The mean over the seeds that have recorded the epoch.
    private ChartSeries? Over(ReportGroup group, string label, Func<EpochRecord, double?> value, string network)
    {
        var points = group.Runs.SelectMany(run => run.Epochs).GroupBy(epoch => epoch.Epoch).OrderBy(epochs => epochs.Key)
            .Select(epochs => (Epoch: epochs.Key, Values: epochs.Select(value).OfType<double>().ToList()))
            .Where(point => point.Values.Count > 0)
            .Select(point => (point.Epoch, Spread: Spread.OfValues(point.Values))).ToList();
        if (points.Count == 0)
            return null;
        return new(label, [.. points.Select(point => (double)point.Epoch)], [.. points.Select(point => point.Spread.Mean)])
        {
            Deviation = points.Any(point => point.Spread.Deviation is not null)
                ? [.. points.Select(point => point.Spread.Deviation ?? 0)] : null,
            IsDashed = group.RoleOf(network) == NetworkRole.Companion,
            Tint = ReportContent.TintOf(groups, group, network),
        };
    }
}
