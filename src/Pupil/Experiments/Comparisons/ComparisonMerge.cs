using Pupil.Experiments.Recipes;

namespace Pupil.Experiments.Comparisons;

/// <summary>Merges a comparison with the one that its folder holds.</summary>
internal static class ComparisonMerge
{
    /// <summary>The folder of the original recipes within a comparison's folder.</summary>
    public const string RecipesFolder = "recipes";

    /// <summary>Returns the path of a recipe, relative to the comparison's folder.</summary>
    public static string PlaceOf(string recipe) => $"{RecipesFolder}/{recipe}.jsonc";

    /// <summary>Merges in the folder's order. A row or recipe given again replaces the old one; the cells must be checked.</summary>
    /// <param name="here">The comparison of the folder.</param>
    /// <param name="given">The comparison that is added.</param>
    /// <param name="hasResults">
    /// Whether a cell of the folder has begun to train. Contrasts that come later are exploratory, and later seeds are marked.
    /// </param>
    public static ComparisonPlan Merge(ComparisonPlan here, ComparisonPlan given, bool hasResults)
    {
        var texts = new OrderedDictionary<string, string>();
        foreach (var recipe in here.Recipes.Concat(given.Recipes))
            texts[recipe.Name] = recipe.Text;
        var rows = new OrderedDictionary<string, ComparisonRow>();
        foreach (var row in here.Comparison.Rows.Concat(given.Comparison.Rows))
            rows[row.Name] = row;
        var added = given.Comparison.Seeds.Except(here.Comparison.Seeds).Where(_ => hasResults);
        int[] later = [.. (here.Comparison.LaterSeeds ?? []).Union(given.Comparison.LaterSeeds ?? []).Union(added)];
        var whole = given.Comparison with
        {
            Recipes = [.. texts.Keys.Select(PlaceOf)],
            Seeds = [.. here.Comparison.Seeds.Union(given.Comparison.Seeds)],
            Rows = [.. rows.Values],
            LaterSeeds = later.Length > 0 ? later : null,
            Parts = given.Comparison.Parts ?? here.Comparison.Parts ?? SeedParts.PerSeed,
            Contrasts =
            [
                .. here.Comparison.Contrasts,
                .. given.Comparison.Contrasts
                    .ExceptBy(here.Comparison.Contrasts.Select(contrast => contrast.Rows), contrast => contrast.Rows)
                    .Select(contrast => contrast with { Exploratory = contrast.Exploratory || hasResults }),
            ],
        };
        return ComparisonBook.Plan(whole, place => (texts.First(text => PlaceOf(text.Key) == place).Value, place));
    }

    /// <summary>Makes the cells of another comparison on the recipes of a plan.</summary>
    public static ComparisonPlan Remake(ComparisonPlan given, Comparison other) => ComparisonBook.Plan(
        other with { Recipes = [.. given.Recipes.Select(recipe => PlaceOf(recipe.Name))] },
        place => (given.Recipes.First(recipe => PlaceOf(recipe.Name) == place).Text, place));
}
