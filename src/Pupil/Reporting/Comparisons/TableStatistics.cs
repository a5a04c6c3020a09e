using Pupil.Experiments.Runs;
using Pupil.Reporting.Statistics;

namespace Pupil.Reporting.Comparisons;

/// <summary>The statistics of one table.</summary>
/// <param name="Recipe">The recipe.</param>
/// <param name="Weights">The kind of weights that are tested.</param>
/// <param name="Pooled">The deviation pooled over the students of all rows; null where none can be estimated.</param>
/// <param name="Differences">The differences in the table's cells.</param>
internal sealed record TableStatistics(
    RecipeTable Recipe, TableWeights Weights, PooledDeviation? Pooled, IReadOnlyDictionary<TableCell, MeanDifference> Differences)
{
    /// <summary>Computes the statistics of a recipe with one kind of weights.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="weights">The kind of weights.</param>
    /// <param name="hasBlocks">Whether the seeds draw images, which all rows of a seed have in common.</param>
    public static TableStatistics Of(RecipeTable recipe, TableWeights weights, bool hasBlocks)
    {
        RunGroup[] groups = [.. recipe.Rows.SelectMany(row => row.Students.Select(row.GroupOf)).OfType<RunGroup>()
            .Where(group => weights.Scores(group) is not null)];
        IReadOnlyList<double>[] scores = [.. groups.Select(group => weights.Scores(group)!)];
        // While runs are missing, the deviation includes what the seeds add to all rows: the intervals are too wide then.
        bool isComplete = groups.All(group => group.Seeds.SequenceEqual(groups[0].Seeds));
        var pooled = hasBlocks && isComplete && PooledDeviation.OfBlocks(scores) is { } blocks ? blocks : PooledDeviation.Of(scores);
        var table = new TableStatistics(recipe, weights, pooled, new Dictionary<TableCell, MeanDifference>());
        return table with { Differences = table.Compute() };
    }

    /// <summary>Returns the difference between two groups; null where one has no result.</summary>
    public MeanDifference? Between(RunGroup? row, RunGroup? baseline) =>
        row is not null && baseline is not null && Weights.Scores(row) is { } own && Weights.Scores(baseline) is { } other
            ? MeanDifference.Between(own, other, Pooled) : null;

    private Dictionary<TableCell, MeanDifference> Compute()
    {
        // The difference of the student alone to kd stands in the line of kd.
        var found = from baseline in Enum.GetValues<Baseline>()
                    let other = baseline == Baseline.Alone ? Recipe.Alone : Recipe.Distillation
                    where other is not null
                    from row in Recipe.Rows
                    where row != other && (row != Recipe.Alone || baseline == Baseline.Alone)
                    from student in row.Students
                    let difference = Between(row.GroupOf(student), other.GroupOf(student))
                    where difference is not null
                    select (Cell: new TableCell(row.Row.Name, student, baseline), Difference: difference);
        return found.ToDictionary(entry => entry.Cell, entry => entry.Difference);
    }
}

/// <summary>A cell of a table that holds a difference.</summary>
/// <param name="Row">The name of the row.</param>
/// <param name="Student">The name of the student.</param>
/// <param name="Baseline">The row that is subtracted.</param>
internal sealed record TableCell(string Row, string Student, Baseline Baseline);

/// <summary>The row that others are compared with in a table.</summary>
internal enum Baseline
{
    /// <summary>The student without a teacher.</summary>
    Alone,

    /// <summary>Plain knowledge distillation, <c>kd</c>.</summary>
    Distillation,
}

/// <summary>The weights that are tested, last or best; each kind has its own table.</summary>
/// <param name="Name">Their name in tables.</param>
/// <param name="Scores">Selects the test score of each run with these weights; null where a run has none.</param>
internal sealed record TableWeights(string Name, Func<RunGroup, IReadOnlyList<double>?> Scores)
{
    /// <summary>The weights of the last epoch.</summary>
    public static TableWeights Last { get; } = new("last epoch", group => [.. group.LastBySeed.Values]);

    /// <summary>The weights of the epoch that is best on held-out images.</summary>
    public static TableWeights Best { get; } = new("best on held-out", group => group.BestBySeed is { } best ? [.. best.Values] : null);

    /// <summary>Returns the kinds of weights that a recipe's runs have.</summary>
    public static IEnumerable<TableWeights> OfRecipe(RecipeTable recipe) =>
        recipe.Rows.Any(row => row.Networks.Any(network => network.Group?.Best is not null)) ? [Last, Best] : [Last];
}
