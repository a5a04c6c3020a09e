using Pupil.Experiments.Recipes;
using Pupil.Reporting.Statistics;

namespace Pupil.Reporting.Comparisons;

/// <summary>
/// The differences of a comparison with their intervals and probabilities, in two families: the contrasts that were named before the first
/// result, and all differences of the tables. Each family is corrected for its size.
/// </summary>
/// <param name="Tables">The statistics of each table: recipe and kind of weights.</param>
/// <param name="Contrasts">The contrasts of each recipe.</param>
internal sealed record ComparisonStatistics(IReadOnlyList<TableStatistics> Tables, IReadOnlyList<ContrastResult> Contrasts)
{
    /// <summary>Computes the statistics of a comparison.</summary>
    public static ComparisonStatistics Of(ComparisonTable comparison)
    {
        TableStatistics[] tables = [.. from recipe in comparison.Recipes
                                       from weights in TableWeights.OfRecipe(recipe)
                                       select TableStatistics.Of(recipe, weights, comparison.Comparison.Parts == SeedParts.PerSeed)];
        var adjusted = new Queue<MeanDifference>(Holm.Adjust([.. tables.SelectMany(table => table.Differences.Values)]));
        return new([.. tables.Select(WithAdjusted)], ContrastsOf(comparison, tables));

        TableStatistics WithAdjusted(TableStatistics table) =>
            table with { Differences = table.Differences.ToDictionary(difference => difference.Key, _ => adjusted.Dequeue()) };
    }

    /// <summary>Returns the statistics of a recipe with one kind of weights; null where its runs have no such weights.</summary>
    public TableStatistics? Find(RecipeTable recipe, TableWeights weights) =>
        Tables.FirstOrDefault(table => table.Recipe == recipe && table.Weights == weights);

    /// <summary>The number of differences in the tables that have an interval.</summary>
    public int Intervals => Tables.Sum(table => table.Differences.Values.Count(difference => difference.Test is not null));

    private static IReadOnlyList<ContrastResult> ContrastsOf(ComparisonTable comparison, TableStatistics[] tables)
    {
        List<ContrastResult> found = [.. from recipe in comparison.Recipes
                                         let table = tables.Last(table => table.Recipe == recipe)
                                         from contrast in comparison.Comparison.Contrasts
                                         from result in Of(table, contrast)
                                         select result];
        var named = found.FindAll(result => !result.Contrast.Exploratory);
        // All that were named count, also those without a result yet.
        MeanDifference[] tested = [.. named.Select(result => result.Difference).OfType<MeanDifference>()];
        var adjusted = new Queue<MeanDifference>(Holm.Adjust(tested, named.Count));
        return
        [
            .. named.Select(result => result.Difference is null ? result : result with { Difference = adjusted.Dequeue() }),
            .. found.Where(result => result.Contrast.Exploratory),
        ];
    }

    private static IEnumerable<ContrastResult> Of(TableStatistics table, Contrast contrast)
    {
        TableRow row = Row(contrast.Row), baseline = Row(contrast.Baseline);
        string[] students = [.. row.Students.Intersect(baseline.Students)];
        return students.Select(student => new ContrastResult(table, contrast, row, baseline, students.Length > 1 ? student : null,
            table.Between(row.GroupOf(student), baseline.GroupOf(student))));

        TableRow Row(string name) => table.Recipe.Rows.First(row => row.Row.Name == name);
    }
}

/// <summary>The difference of two rows that the comparison names.</summary>
/// <param name="Table">The statistics of its recipe, with the weights that are best on held-out images where some are held out.</param>
/// <param name="Contrast">The contrast.</param>
/// <param name="Row">The row.</param>
/// <param name="Baseline">The row that is subtracted.</param>
/// <param name="Student">The student; null where the rows have one in common.</param>
/// <param name="Difference">The difference; null while a row has no result.</param>
internal sealed record ContrastResult(
    TableStatistics Table, Contrast Contrast, TableRow Row, TableRow Baseline, string? Student, MeanDifference? Difference);
