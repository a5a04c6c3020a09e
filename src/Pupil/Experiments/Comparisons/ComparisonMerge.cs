using Pupil.Experiments.Recipes;

namespace Pupil.Experiments.Comparisons;

/// <summary>Joins a comparison to what its folder holds.</summary>
internal static class ComparisonMerge
{
    /// <summary>Where a comparison's folder has the recipes as they were written.</summary>
    public const string RecipesFolder = "recipes";

    /// <summary>The place of a recipe, seen from the comparison's folder.</summary>
    public static string PlaceOf(string recipe) => $"{RecipesFolder}/{recipe}.jsonc";

    /// <summary>What is here stays, in its order; what is given again comes in place of it, and is to be checked against the cells.</summary>
    public static ComparisonPlan Of(ComparisonPlan here, ComparisonPlan given)
    {
        var texts = new OrderedDictionary<string, string>();
        foreach (var recipe in here.Recipes.Concat(given.Recipes))
            texts[recipe.Name] = recipe.Text;
        var rows = new OrderedDictionary<string, ComparisonRow>();
        foreach (var row in here.Comparison.Rows.Concat(given.Comparison.Rows))
            rows[row.Name] = row;
        var whole = given.Comparison with
        {
            Recipes = [.. texts.Keys.Select(PlaceOf)],
            Seeds = [.. here.Comparison.Seeds.Union(given.Comparison.Seeds)],
            Rows = [.. rows.Values],
        };
        return ComparisonBook.Plan(whole, place => (texts.First(text => PlaceOf(text.Key) == place).Value, place));
    }
}
