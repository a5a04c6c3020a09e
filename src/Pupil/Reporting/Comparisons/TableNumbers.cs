using System.Globalization;
using nietras.SeparatedValues;
using Pupil.Core;
using Pupil.Experiments.Comparisons;
using Pupil.Experiments.Runs;
using Pupil.Reporting.Statistics;

namespace Pupil.Reporting.Comparisons;

/// <summary>
/// Writes a comparison's numbers as CSV. Shares are 0…1, and so are differences of shares; an empty field is a missing number. Shares are
/// accuracies; if some are mAP, the column <c>score</c> says which. The score of an expert is in the columns of the best weights, because
/// it is computed with the weights that the method uses.
/// </summary>
internal static class TableNumbers
{
    /// <summary>Returns a line for each network of each row and recipe, and one for each expert.</summary>
    public static string Rows(ComparisonTable comparison)
    {
        var statistics = ComparisonStatistics.Of(comparison);
        int seeds = comparison.Comparison.Seeds.Count;
        return Write(
            from recipe in comparison.Recipes
            let networks = recipe.Rows.SelectMany(row => row.Networks.Select(network => Line(recipe, row, network, seeds, statistics)))
            from line in networks.Concat(recipe.Experts.Select(expert => Line(recipe, expert)))
            select line.Concat(Score(comparison, recipe.ScoreName)));
    }

    /// <summary>Returns a line for each contrast, recipe and student.</summary>
    public static string Contrasts(ComparisonTable comparison) => Write(ComparisonStatistics.Of(comparison).Contrasts.Select(Line));

    /// <summary>Returns a line for each network of each cell, and one for each unfinished cell.</summary>
    public static string Cells(ComparisonTable comparison) => Write(
        from state in comparison.Cells
        from result in state.Summary?.Networks.Select(result => (NetworkResult?)result) ?? [null]
        select Line(state, result).Concat(Score(comparison, result?.Last.Test.ScoreName)));

    private static IEnumerable<(string, object?)> Line(
        RecipeTable recipe, TableRow row, TableNetwork network, int seeds, ComparisonStatistics statistics) =>
    [
        ("recipe", recipe.Name), ("row", row.Row.Name), ("method", row.Settings.Method.MethodName), ("network", network.Name),
        .. About(network.Group?.Network, row.Runs is [var run, ..] ? run.Data : null),
        ("seeds_wanted", seeds), ("seeds", row.Runs.Count),
        .. Accuracy("last", network.Group?.Last), .. Differences("last", statistics.Find(recipe, TableWeights.Last), row, network),
        .. Accuracy("best", network.Group?.Best), .. Differences("best", statistics.Find(recipe, TableWeights.Best), row, network),
        ("training_seconds", network.Group?.Seconds.Mean), ("images_per_second", network.Group?.ImagesPerSecond.Mean),
        .. Published(network.Published),
    ];

    private static IEnumerable<(string, object?)> Line(RecipeTable recipe, TableExpert expert) =>
    [
        ("recipe", recipe.Name), ("row", expert.Rows.Count == 0 ? null : string.Join("; ", expert.Rows.Select(row => row.Row.Name))),
        ("method", null), ("network", expert.Network.Name),
        .. About(expert.Network, recipe.Rows.SelectMany(row => row.Runs).FirstOrDefault()?.Data),
        ("seeds_wanted", null), ("seeds", expert.Test.Count),
        .. Accuracy("last", null), .. Differences("last", null),
        .. Accuracy("best", expert.Accuracy), .. Differences("best", null),
        ("training_seconds", null), ("images_per_second", null),
        .. Published(expert.Published),
    ];

    private static IEnumerable<(string, object?)> Line(CellState state, NetworkResult? result)
    {
        var (cell, run) = (state.Cell, state.Summary);
        return
        [
            ("recipe", cell.RecipeName), ("row", cell.Row.Name), ("seed", cell.Settings.Seed),
            ("state", StateOf(state)),
            ("method", cell.Settings.Method.MethodName), ("network", result?.Network.Name), .. About(result?.Network, run?.Data),
            ("last_epoch", result?.Last.Epoch), ("last_share", result?.Last.Test.Score),
            ("last_heldout_share", result?.Last.HeldOut?.Score),
            ("best_epoch", result?.Best?.Epoch), ("best_share", result?.Best?.Test.Score),
            ("best_heldout_share", result?.Best?.HeldOut?.Score),
            ("expert_share", run?.Expert?.Test?.Score), ("test_images", run?.Images.Test), ("train_images", run?.Images.Train),
            ("training_seconds", run?.TrainingSeconds), ("evaluation_seconds", run?.EvaluationSeconds),
            // Of the process, which may have run other cells before this one.
            ("process_peak_memory_bytes", run?.PeakMemory), ("failure", state.Failure ?? state.Damage),
        ];
    }

    private static IEnumerable<(string, object?)> Score(ComparisonTable comparison, string? name) =>
        comparison.Recipes.Any(recipe => recipe.ScoreName != "accuracy") ? [("score", name)] : [];

    private static string StateOf(CellState state) => state.Summary is not null ? "finished"
        : state.Damage is not null ? "damaged"
        : state.Failure is not null ? "failed"
        : state.EpochsDone > 0 ? "begun" : "missing";

    private static IEnumerable<(string, object?)> About(RunNetwork? network, string? data) =>
    [
        ("role", network?.Role.ToString().ToLowerInvariant()), ("architecture", network?.Architecture), ("data", data),
        ("parameters", network?.Cost.Parameters), ("multiply_adds", network?.Cost.MultiplyAdds),
    ];

    private static IEnumerable<(string, object?)> Accuracy(string weights, Spread? test) =>
        [($"{weights}_share_mean", test?.Mean), ($"{weights}_share_deviation", test?.Deviation)];

    private static IEnumerable<(string, object?)> Differences(
        string weights, TableStatistics? statistics, TableRow? row = null, TableNetwork? network = null) =>
    [
        .. Difference($"{weights}_minus_alone_", Find(statistics, row, network, Baseline.Alone)),
        .. Difference($"{weights}_minus_kd_", Find(statistics, row, network, Baseline.Distillation)),
    ];

    private static MeanDifference? Find(TableStatistics? statistics, TableRow? row, TableNetwork? network, Baseline baseline) =>
        network is { IsStudent: true } ? statistics?.Differences.GetValueOrDefault(new(row!.Row.Name, network.Name, baseline)) : null;

    private static IEnumerable<(string, object?)> Difference(string prefix, MeanDifference? difference) =>
    [
        ($"{prefix}share", difference?.Mean), ($"{prefix}half_width_95", difference?.Test?.HalfWidth),
        ($"{prefix}probability", difference?.Test?.Probability), ($"{prefix}probability_holm", difference?.Adjusted),
        ($"{prefix}degrees", difference?.Test?.Degrees),
    ];

    private static IEnumerable<(string, object?)> Line(ContrastResult result) =>
    [
        ("recipe", result.Table.Recipe.Name), ("contrast", result.Contrast.Rows), ("student", result.Student),
        ("weights", result.Table.Weights.Name), ("exploratory", result.Contrast.Exploratory ? "yes" : "no"),
        .. Difference("", result.Difference), ("pooled_deviation_share", result.Table.Pooled?.Deviation),
        ("pooled_degrees", result.Table.Pooled?.Degrees), ("equal_deviations_probability", result.Table.Pooled?.Equality),
    ];

    private static IEnumerable<(string, object?)> Published(IReadOnlyList<PublishedNumber> numbers) =>
    [
        ("published_shares", string.Join("; ", numbers.Select(number => FormattableString.Invariant($"{number.Accuracy:0.0000}")))),
        ("published_sources", string.Join("; ", numbers.Select(Source))),
    ];

    private static string Source(PublishedNumber number) => number.Table.Source + (number.IsVerified ? "" : " (unverified)");

    /// <summary>Returns lines of named values as CSV.</summary>
    internal static string Write(IEnumerable<IEnumerable<(string Column, object? Value)>> lines)
    {
        using var writer = Sep.New(',')
            .Writer(options => options with { Escape = true, CultureInfo = CultureInfo.InvariantCulture }).ToText();
        foreach (var line in lines)
        {
            using var row = writer.NewRow();
            foreach (var (column, value) in line)
                row[column].Set(Convert.ToString(value, CultureInfo.InvariantCulture) ?? "");
        }
        return writer.ToString();
    }
}
