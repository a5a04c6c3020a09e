using Pupil.Core;
using Pupil.Experiments.Recipes;
using Pupil.Images.Formats.Synthetic;
using Pupil.Settings;

namespace Pupil.Experiments.Runs;

/// <summary>
/// The experts that were trained here: each a run folder of its own, named by its network and by a key of everything that determines it, so that
/// the next recipe that asks for the same one reuses it.
/// </summary>
/// <param name="folder">The folder that holds them all.</param>
internal sealed class Experts(string folder)
{
    // Part of every key: raised when the same settings begin to give another expert.
    private const string Generation = "1";

    /// <summary>What an expert is called in its own run.</summary>
    public const string NetworkName = "expert";

    /// <summary>The recipe by which a recipe's expert is trained: on the recipe's data, with the expert's settings.</summary>
    public static Recipe RecipeOf(Recipe recipe, ExpertOptions expert) => new()
    {
        Name = "expert",
        About = $"The expert of recipe '{recipe.Name}'.",
        Seed = expert.Seed,
        Data = recipe.Data with { TrainImages = expert.TrainImages ?? recipe.Data.TrainImages },
        Expert = expert.Expert,
        Method = expert.Method,
        Students = [new() { Name = NetworkName, Network = expert.Network }],
        Training = expert.Training,
    };

    /// <summary>The folder of the expert that this recipe makes from these images.</summary>
    public RunFolder FolderOf(Recipe expertRecipe, PreparedData data) =>
        new(Path.Combine(folder, $"{expertRecipe.Students[0].Network}-{Key(expertRecipe, data)[..12]}"));

    // What it is called, where its images lie and how often it is tested do not determine an expert; the images themselves do.
    private static string Key(Recipe recipe, PreparedData data) => Hash.OfText(Generation + data.Splits.Train.Fingerprint + SettingsWriter.Write(recipe with
    {
        Name = "expert",
        About = "",
        Data = recipe.Data with { Source = new ShapesOptions(), TestImages = null },
        Expert = recipe.Expert is { } teacher ? Nameless(teacher) : null,
        Training = recipe.Training with { TestEvery = 0 },
    }));

    private static ExpertOptions Nameless(ExpertOptions expert) => expert with
    {
        Name = NetworkName,
        Expert = expert.Expert is { } teacher ? Nameless(teacher) : null,
        Training = expert.Training with { TestEvery = 0 },
    };
}
