using Pupil.Core;
using Pupil.Experiments.Recipes;
using Pupil.Images.Formats.Synthetic;
using Pupil.Images.Transforms;
using Pupil.Interop.Pretrained;
using Pupil.Settings;

namespace Pupil.Experiments.Runs;

/// <summary>
/// The folder of trained experts. Each is a run folder of its own, named by its network and a digest of everything that determines it, so
/// that later recipes with the same expert reuse it.
/// </summary>
/// <param name="folder">The folder that holds all experts.</param>
internal sealed class Experts(string folder)
{
    // Part of every digest: raised when the same settings begin to give another expert.
    private const string Generation = "1";

    /// <summary>The name of an expert in its own run.</summary>
    public const string NetworkName = "expert";

    /// <summary>Returns the recipe that trains an expert: the recipe's data with the expert's settings.</summary>
    public static Recipe RecipeOf(Recipe recipe, ExpertOptions expert) => new()
    {
        Name = "expert",
        About = $"The expert of recipe '{recipe.Name}'.",
        Seed = expert.Seed,
        Data = DataOf(recipe.Data, expert),
        Expert = expert.Expert,
        Method = expert.Method,
        Students = [new() { Name = NetworkName, Network = expert.Network, Weights = expert.Weights }],
        Training = expert.Training,
    };

    private static DataOptions DataOf(DataOptions data, ExpertOptions expert)
    {
        // An expert of a search is that of any other comparison.
        data = data with { TrainImages = expert.TrainImages ?? data.TrainImages, Unlabelled = null, Measure = MeasuredPart.Test };
        return expert.InputSize is not int size ? data : data with
        {
            Source = data.Source.AtSize(size) ?? data.Source,
            Input = new InputOptions { Size = size },
        };
    }

    /// <summary>Returns the folder of the expert that this recipe trains on these images.</summary>
    public RunFolder FolderOf(Recipe expertRecipe, PreparedData data) =>
        new(Path.Combine(folder, $"{expertRecipe.Students[0].Network}-{Key(expertRecipe, data)[..12]}"));

    private static string Key(Recipe recipe, PreparedData data) =>
        Hash.OfText(Generation + data.Splits.Train.Fingerprint + SettingsWriter.Write(Essence(recipe)));

    // The name, the place of the images, and what it is measured on do not determine an expert; the training images do, and the seed of
    // their draw only where they are drawn.
    private static Recipe Essence(Recipe recipe) => recipe with
    {
        Name = "expert",
        About = "",
        Data = recipe.Data with
        {
            Source = new ShapesOptions(),
            TestImages = null,
            PartSeed = recipe.Data.DrawsTraining ? recipe.Data.PartSeed : 0,
        },
        Expert = recipe.Expert is { } teacher ? Nameless(teacher) : null,
        Students = [.. recipe.Students.Select(student => student with { Weights = Placeless(student.Weights) })],
        Training = recipe.Training with { TestEvery = 0 },
    };

    private static ExpertOptions Nameless(ExpertOptions expert) => expert with
    {
        Name = NetworkName,
        Weights = Placeless(expert.Weights),
        Expert = expert.Expert is { } teacher ? Nameless(teacher) : null,
        Training = expert.Training with { TestEvery = 0 },
    };

    // The content of the file determines an expert, its place does not.
    private static PretrainedOptions? Placeless(PretrainedOptions? weights) =>
        weights is null ? null : weights with { File = PretrainedFile.HashOf(weights.File) };
}
