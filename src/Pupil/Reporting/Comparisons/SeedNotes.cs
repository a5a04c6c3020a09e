using Pupil.Experiments.Recipes;
using Pupil.Experiments.Runs;

namespace Pupil.Reporting.Comparisons;

/// <summary>The notes that say what varies from seed to seed, what all seeds have in common, and which of them came later.</summary>
internal static class SeedNotes
{
    /// <summary>Returns a note for each kind of recipe and row, and one on later seeds.</summary>
    public static IEnumerable<string> Of(ComparisonTable comparison)
    {
        bool fixedParts = comparison.Comparison.Parts == SeedParts.Fixed;
        var notes = comparison.Recipes
            .Select(recipe => (recipe.Name, Text: Of([.. recipe.Rows.Select(row => row.Settings)], fixedParts)))
            .GroupBy(note => note.Text, note => note.Name).ToList();
        var parts = notes.Select(note => (notes.Count > 1 ? $"{string.Join(", ", note)}: " : "") + note.Key);
        return comparison.Comparison.LaterSeeds is { Count: > 0 } later ? parts.Append(OfLater(later)) : parts;
    }

    private static string OfLater(IReadOnlyList<int> seeds) =>
        (seeds.Count == 1 ? $"Seed {seeds[0]} was" : $"Seeds {string.Join(", ", seeds)} were")
            + " added after results were seen. If these decided on it, the intervals hold the truth less often than in 95 % of cases.";

    private static string Of(IReadOnlyList<Recipe> rows, bool fixedParts)
    {
        List<string> varied = ["start weights", "order and augmentation of the images"], same = [];
        var data = rows[0].Data;
        var parts = fixedParts ? same : varied;
        (data.DrawsTraining ? parts : same).Add("training images");
        if (data.HeldOut > 0)
            parts.Add("held-out images");
        same.Add("test images");
        var experts = rows.Where(row => row.Expert is not null).ToList();
        if (experts.Exists(row => row.Expert!.File is not null))
            same.Add("expert of a file");
        var trained = experts.FindAll(row => row.Expert!.File is null);
        if (trained.Count > 0)
        {
            bool draws = trained.Exists(row => Experts.RecipeOf(row, row.Expert!).Data.DrawsTraining);
            (draws ? parts : same).Add("images of the trained expert");
        }
        return $"Varies with the seed: {string.Join(", ", varied)}. The same for all seeds: {string.Join(", ", same)}. "
            + "The intervals hold for what varies.";
    }
}
