namespace Pupil.Experiments.Recipes;

/// <summary>A comparison whose every cell has been read and checked.</summary>
public sealed class ComparisonPlan
{
    internal ComparisonPlan(Comparison comparison, IReadOnlyList<PlannedRecipe> recipes, IReadOnlyList<ComparisonCell> cells) =>
        (Comparison, Recipes, Cells) = (comparison, recipes, cells);

    /// <summary>The comparison, with the row <c>alone</c> if it was added.</summary>
    public Comparison Comparison { get; }

    /// <summary>Its recipes, each with another name.</summary>
    public IReadOnlyList<PlannedRecipe> Recipes { get; }

    /// <summary>The cells in the order of work: all rows of one seed before the next seed, so that rows can be compared early.</summary>
    public IReadOnlyList<ComparisonCell> Cells { get; }
}

/// <summary>A recipe of a comparison.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Text">Its text as written, before any value is replaced: a preset fills what it leaves open in one row and not in another.</param>
public sealed record PlannedRecipe(string Name, string Text);

/// <summary>One run of a comparison.</summary>
/// <param name="RecipeName">The name of the recipe it comes from.</param>
/// <param name="Row">Its row.</param>
/// <param name="Settings">The full recipe of the run; the seed is in it.</param>
public sealed record ComparisonCell(string RecipeName, ComparisonRow Row, Recipe Settings)
{
    /// <summary>Its place among the cells: <c>RECIPE/ROW/seed-N</c>.</summary>
    public string Path => $"{RecipeName}/{Row.Name}/seed-{Settings.Seed}";

    /// <inheritdoc/>
    public override string ToString() => Path;
}
