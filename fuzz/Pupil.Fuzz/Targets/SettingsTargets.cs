using Pupil.Experiments.Recipes;

namespace Pupil.Fuzz.Targets;

/// <summary>Recipes, comparisons and values that are set on the command line.</summary>
internal static class SettingsTargets
{
    public static IReadOnlyList<FuzzTarget> All { get; } =
    [
        new("recipe", "a recipe file", (input, folder) => RecipeBook.Read(folder.Write("recipe.jsonc", input))),
        new("overrides", "values for --set, a line each", (input, _) => RecipeBook.Read(RecipeBook.Demo, Lines(input))),
        new("comparison", "the file of a comparison", (input, folder) =>
        {
            string file = folder.Write("comparison.jsonc", input);
            if (ComparisonBook.IsComparison(file))
                ComparisonBook.Read(file);
        }),
    ];

    private static string[] Lines(byte[] input)
    {
        const int Most = 20;
        return [.. Texts.Of(input).Split('\n').Take(Most)];
    }
}
