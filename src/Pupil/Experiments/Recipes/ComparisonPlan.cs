namespace Pupil.Experiments.Recipes;

/// <summary>A comparison with all its cells, read and checked.</summary>
internal sealed class ComparisonPlan
{
    internal ComparisonPlan(Comparison comparison, IReadOnlyList<PlannedRecipe> recipes, IReadOnlyList<ComparisonCell> cells) =>
        (Comparison, Recipes, Cells) = (comparison, recipes, cells);

    /// <summary>The comparison, with the row <c>alone</c> if it was added.</summary>
    public Comparison Comparison { get; }

    /// <summary>The recipes, each with another name.</summary>
    public IReadOnlyList<PlannedRecipe> Recipes { get; }

    /// <summary>The cells in the order of work: all rows of one seed before the next seed, so that rows can be compared early.</summary>
    public IReadOnlyList<ComparisonCell> Cells { get; }
}

/// <summary>A recipe of a comparison.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Text">Its original text. A preset may complete it differently for each row, so values are replaced later.</param>
internal sealed record PlannedRecipe(string Name, string Text);

/// <summary>One run of a comparison.</summary>
/// <param name="RecipeName">The name of its recipe in the comparison.</param>
/// <param name="Row">Its row.</param>
/// <param name="Settings">The complete recipe of its run, with its seed.</param>
internal sealed record ComparisonCell(string RecipeName, ComparisonRow Row, Recipe Settings)
{
    /// <summary>Its path in the folder of cells: <c>RECIPE/ROW/seed-N</c>.</summary>
    public string Path => $"{RecipeName}/{Row.Name}/seed-{Settings.Seed}";

    /// <inheritdoc/>
    public override string ToString() => Path;
}
