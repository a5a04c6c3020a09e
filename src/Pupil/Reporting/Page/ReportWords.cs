using Pupil.Core;
using Pupil.Reporting.Content;

namespace Pupil.Reporting.Page;

/// <summary>What was done, in one paragraph.</summary>
internal static class ReportWords
{
    /// <summary>The paragraph.</summary>
    public static Html About(ReportContent content)
    {
        var summary = content.Runs.Select(run => run.Summary).FirstOrDefault(summary => summary is not null);
        var recipe = content.Runs.Select(run => run.Recipe).FirstOrDefault(recipe => recipe is not null);
        int finished = content.Runs.Count(run => run.Summary is not null), all = content.Runs.Count();
        string[] methods = [.. content.Groups.Select(group => group.Label).Distinct()];
        string students = string.Join(", ", content.Groups.SelectMany(group => group.Recipe?.Students ?? []).Select(student => student.Network.Architecture).Distinct());
        string data = summary is null ? "" : FormattableString.Invariant($" on {summary.Images.Train:N0} images of {summary.Data} ({summary.Images.HeldOut:N0} held out, {summary.Images.Test:N0} to test with)");
        string training = recipe is null ? "" : FormattableString.Invariant($" for {recipe.Training.Epochs} epochs at batch {recipe.Training.BatchSize}");
        string expert = content.Runs.Select(run => run.Summary?.Expert).FirstOrDefault(found => found is not null) switch
        {
            null => "",
            { Test: null } stranger => FormattableString.Invariant($" The expert, {stranger.Network.Architecture}, knows other classes and taught by its stages."),
            { Test: var test } teacher => FormattableString.Invariant($" The expert, {teacher.Network.Architecture}, gets {100 * test.Top1:0.00} % of the test images right."),
        };
        string about = recipe?.About is { Length: > 0 } words && content.Comparison is null ? $"{words} " : content.Comparison is { About: [var first, ..] } ? $"{first} " : "";
        string seeds = string.Join(", ", content.Runs.Select(run => run.Seed).Where(seed => seed >= 0).Distinct().Order());
        return Html.Format($"<p class=\"about\" dir=\"auto\">{about}{(students.Length == 0 ? "A student" : students)} was trained{data}{training}, {(methods.Length == 1 ? $"by {methods[0]}" : $"in {methods.Length} ways")}, seed{(seeds.Contains(',', StringComparison.Ordinal) ? "s" : "")} {seeds}.{expert} Finished runs: {finished} of {all}. The test split selected nothing.</p>\n");
    }

    /// <summary>A share of test images in percent, over seeds.</summary>
    public static string Percent(Spread? spread) => spread is null ? "–" : spread.Deviation is double deviation
        ? FormattableString.Invariant($"{100 * spread.Mean:0.00} ± {100 * deviation:0.00}")
        : FormattableString.Invariant($"{100 * spread.Mean:0.00}");
}
