using Pupil.Experiments.Recipes;

namespace Pupil.Reporting.Comparisons;

/// <summary>The notes that say what varies from seed to seed, and what all seeds have in common.</summary>
internal static class SeedNotes
{
    /// <summary>Returns a note for each kind of recipe and row.</summary>
    public static IEnumerable<string> Of(ComparisonTable comparison)
    {
        bool fixedParts = comparison.Comparison.Parts == SeedParts.Fixed;
        var notes = comparison.Recipes
            .Select(recipe => (recipe.Name, Text: Of([.. recipe.Rows.Select(row => row.Settings)], fixedParts)))
            .GroupBy(note => note.Text, note => note.Name).ToList();
        return notes.Select(note => (notes.Count > 1 ? $"{string.Join(", ", note)}: " : "") + note.Key);
    }

    private static string Of(IReadOnlyList<Recipe> rows, bool fixedParts)
    {
        List<string> varied = ["start weights", "order and augmentation of the images"], same = [];
        var data = rows[0].Data;
        var parts = fixedParts ? same : varied;
        (data.DrawsTraining ? parts : same).Add("training images");
        if (data.HeldOut > 0)
            parts.Add("held-out images");
        (data.TestImages is null ? same : parts).Add("test images");
        ExpertOptions[] experts = [.. rows.Select(row => row.Expert).OfType<ExpertOptions>()];
        if (experts.Any(expert => expert.File is not null))
            same.Add("expert of a file");
        if (experts.Any(expert => expert.File is null))
            (fixedParts || !data.DrawsTraining ? same : varied).Add("images of the trained expert");
        return $"Varies with the seed: {string.Join(", ", varied)}. The same for all seeds: {string.Join(", ", same)}. "
            + "The intervals hold for what varies.";
    }
}
