using Pupil.Core;
using Pupil.Experiments.Runs;

namespace Pupil.Reporting.Comparisons;

/// <summary>With which weights students are tested: each has a table of its own.</summary>
/// <param name="Name">What tables call them.</param>
/// <param name="Test">Test accuracy with them.</param>
/// <param name="Difference">The difference between two rows with them.</param>
internal sealed record ReportWeights(string Name, Func<RunGroup, Spread?> Test, Func<Differences, PairedDifference?> Difference)
{
    public static ReportWeights Last { get; } = new("last epoch", group => group.Last, differences => differences.Last);

    public static ReportWeights Best { get; } = new("best on held-out", group => group.Best, differences => differences.Best);

    /// <summary>Those that a recipe's runs have.</summary>
    public static IEnumerable<ReportWeights> In(RecipeReport recipe) =>
        recipe.Rows.Any(row => row.Networks.Any(network => network.Group?.Best is not null)) ? [Last, Best] : [Last];
}
