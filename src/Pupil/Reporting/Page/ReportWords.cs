using Pupil.Core;
using Pupil.Reporting.Content;
using static System.FormattableString;

namespace Pupil.Reporting.Page;

/// <summary>What was done, in one paragraph.</summary>
internal static class ReportWords
{
    /// <summary>The paragraph: a sentence for each setting, so that a run and that of its expert do not share one.</summary>
    public static Html About(ReportContent content)
    {
        var recipe = content.Runs.Select(run => run.Recipe).FirstOrDefault(recipe => recipe is not null);
        string about = recipe?.About is { Length: > 0 } words && content.Comparison is null ? words : content.Comparison is { About: [var first, ..] } ? first : "";
        string trainings = string.Join(" ", content.Groups.GroupBy(SettingOf).Select(same => Training([.. same])));
        int finished = content.Runs.Count(run => run.Summary is not null), all = content.Runs.Count();
        return Html.Format($"<p class=\"about\" dir=\"auto\">{about}{(about.Length > 0 ? " " : "")}{trainings} Finished runs: {finished} of {all}. The test split selected nothing.</p>\n");
    }

    private static (string Data, int Train, string Training) SettingOf(ReportGroup group) => (group.Part,
        group.Finished is [var first, ..] ? first.Images.Train : 0,
        group.Recipe is { } recipe ? Invariant($"{Count(recipe.Training.Epochs, "epoch")} at batch {recipe.Training.BatchSize}") : "");

    private static string Training(IReadOnlyList<ReportGroup> groups)
    {
        string[] methods = [.. groups.Select(group => group.Label).Distinct()];
        string[] students = [.. groups.SelectMany(group => group.Recipe?.Students ?? []).Select(student => student.Network.Architecture).Distinct()];
        string[] seeds = [.. groups.SelectMany(group => group.Runs).Select(run => run.Seed).Where(seed => seed >= 0).Distinct().Order().Select(seed => Invariant($"{seed}"))];
        var summary = groups.SelectMany(group => group.Finished).FirstOrDefault();
        string part = groups[0].Part.Length == 0 ? "" : $"{groups[0].Part}: ";
        string who = students.Length == 0 ? "A student was" : $"{string.Join(" and ", students)} {(students.Length == 1 ? "was" : "were")}";
        string data = summary is null ? "" : Invariant($" on {summary.Images.Train:N0} images of {summary.Data} ({summary.Images.HeldOut:N0} held out, {summary.Images.Test:N0} to test with)");
        string time = SettingOf(groups[0]).Training is { Length: > 0 } training ? $" for {training}" : "";
        string how = methods.Length == 1 ? $"by {methods[0]}" : Invariant($"in {methods.Length} ways");
        string seed = seeds.Length == 0 ? "" : $", seed{(seeds.Length == 1 ? "" : "s")} {string.Join(", ", seeds)}";
        return $"{part}{who} trained{data}{time}, {how}{seed}.{Expert(groups)}";
    }

    private static string Expert(IReadOnlyList<ReportGroup> groups) => groups.SelectMany(group => group.Finished).Select(run => run.Expert).FirstOrDefault(found => found is not null) switch
    {
        null => groups.SelectMany(group => group.Recipe?.ExpertsRead ?? []).FirstOrDefault() is { File: null } options ? $" The expert is {options.Network.Architecture}." : "",
        { Test: null } stranger => $" The expert, {stranger.Network.Architecture}, knows other classes and teaches by its stages.",
        { Test: var test } teacher => Invariant($" The expert, {teacher.Network.Architecture}, has a test accuracy of {100 * test.Top1:0.00} %."),
    };

    private static string Count(int number, string what) => Invariant($"{number} {what}{(number == 1 ? "" : "s")}");

    /// <summary>A share of test images in percent, over seeds.</summary>
    public static string Percent(Spread? spread) => spread is null ? "–" : spread.Deviation is double deviation
        ? Invariant($"{100 * spread.Mean:0.00} ± {100 * deviation:0.00}")
        : Invariant($"{100 * spread.Mean:0.00}");
}
