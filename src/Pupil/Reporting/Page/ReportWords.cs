using Pupil.Core;
using Pupil.Experiments.Recipes;
using Pupil.Experiments.Runs;
using Pupil.Reporting.Comparisons;
using Pupil.Reporting.Content;
using static System.FormattableString;

namespace Pupil.Reporting.Page;

/// <summary>The summary of a report in one paragraph.</summary>
internal static class ReportWords
{
    /// <summary>Makes the paragraph, with a sentence for each setting, because a run and its expert's run may differ in theirs.</summary>
    public static Html About(ReportContent content)
    {
        var recipe = content.Runs.Select(run => run.Recipe).FirstOrDefault(recipe => recipe is not null);
        string about = content.Comparison is null ? recipe?.About ?? "" : content.Comparison.About is [var first, ..] ? first : "";
        string trainings = string.Join(" ", content.Groups.GroupBy(SettingOf).Select(same => Training([.. same])));
        int finished = content.Runs.Count(run => run.Summary is not null), all = content.Runs.Count();
        string text = $"{about}{(about.Length > 0 ? " " : "")}{trainings}";
        string measured = recipe?.Data.Measure == MeasuredPart.HeldOut
            ? "These are the runs of a search: what is called test here are the held-out images, which also chose the epochs."
            : "No selection used the test split.";
        return Html.Format($"""
            <p class="about" dir="auto">{text} Finished runs: {finished} of {all}. {measured}</p>

            """);
    }

    private static (string Data, int Train, string Training) SettingOf(ReportGroup group) => (group.Part,
        group.Finished is [var first, ..] ? first.Images.Train : 0,
        group.Recipe is { Training: var training }
            ? Invariant($"{TableLabels.Epochs(training)} at batch size {training.BatchSize}") : "");

    private static string Training(IReadOnlyList<ReportGroup> groups)
    {
        string[] methods = [.. groups.Select(group => group.Label).Distinct()];
        var asked = groups.SelectMany(group => group.Recipe?.Students ?? []);
        string[] students = [.. asked.Select(student => student.Network.Architecture).Distinct()];
        var runs = groups.SelectMany(group => group.Runs);
        string[] seeds = [.. runs.Select(run => run.Seed).Where(seed => seed >= 0).Distinct().Order().Select(seed => Invariant($"{seed}"))];
        var summary = groups.SelectMany(group => group.Finished).FirstOrDefault();
        string part = groups[0].Part.Length == 0 ? "" : $"{groups[0].Part}: ";
        string who = students.Length == 0 ? "A student was" : $"{string.Join(" and ", students)} {(students.Length == 1 ? "was" : "were")}";
        string data = summary is null ? ""
            : Invariant($" on {summary.Images.Train:N0} images of {summary.Data} ")
            + Invariant($"({summary.Images.HeldOut:N0} held out, {summary.Images.Test:N0} for testing)");
        string time = SettingOf(groups[0]).Training is { Length: > 0 } training ? $" for {training}" : "";
        string how = methods.Length == 1 ? $"method {methods[0]}" : Invariant($"{methods.Length} methods");
        var early = groups.SelectMany(group => group.Finished).Where(run => run.StoppedEarly).ToList();
        string stopped = early.Count == 0 ? ""
            : Invariant($" Stopped early: {early.Count} of {groups.Sum(group => group.Finished.Count)} runs, ")
            + Invariant($"after {Range(early.Min(run => run.Epochs), early.Max(run => run.Epochs))}.");
        string seed = seeds.Length == 0 ? "" : $", seed{(seeds.Length == 1 ? "" : "s")} {string.Join(", ", seeds)}";
        return $"{part}{who} trained{data}{time}, {how}{seed}.{stopped}{Expert(groups)}";
    }

    private static string Expert(IReadOnlyList<ReportGroup> groups)
    {
        var found = groups.SelectMany(group => group.Finished).Select(run => run.Expert).FirstOrDefault(found => found is not null);
        if (found is null)
        {
            return groups.SelectMany(group => group.Recipe?.ExpertsRead ?? []).FirstOrDefault() is { File: null } options
                ? $" The expert is {options.Network.Architecture}." : "";
        }
        string name = found.Network.Architecture;
        if (found.Test is not { } test)
            return $" The expert, {name}, was trained on other classes; the method uses its stages.";
        // Seeds that draw their own images have an expert each.
        double[] scores = [.. groups.SelectMany(group => group.Finished).Select(run => run.Expert).OfType<ExpertResult>()
            .Where(expert => expert.Network == found.Network).DistinctBy(expert => expert.File)
            .Select(expert => expert.Test?.Score).OfType<double>()];
        return scores.Length == 1 ? Invariant($" The expert, {name}, has a test {test.ScoreName} of {100 * test.Score:0.00} %.")
            : Invariant($" The {scores.Length} experts, {name}, have a test {test.ScoreName} of {Percent(Spread.OfValues(scores))} %.");
    }

    private static string Range(int least, int most) => least == most ? Count(least, "epoch") : Invariant($"{least} to {most} epochs");

    private static string Count(int number, string what) => Invariant($"{number} {what}{(number == 1 ? "" : "s")}");

    /// <summary>Returns a share of test images in percent, over seeds.</summary>
    public static string Percent(Spread? spread) => spread is null ? "–" : spread.Deviation is double deviation
        ? Invariant($"{100 * spread.Mean:0.00} ± {100 * deviation:0.00}")
        : Invariant($"{100 * spread.Mean:0.00}");
}
