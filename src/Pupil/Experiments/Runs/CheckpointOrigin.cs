using System.Text.Json;
using Pupil.Core;
using Pupil.Interop.Pretrained;
using Pupil.Settings;

namespace Pupil.Experiments.Runs;

/// <summary>What a checkpoint belongs to, as the metadata of its file.</summary>
/// <param name="RecipeHash">SHA-256 of the recipe as run.</param>
/// <param name="Images">The fingerprint of the images.</param>
/// <param name="Experts">The digests of the experts' files.</param>
/// <param name="Weights">The trained weights from which networks started, by their names.</param>
internal sealed record CheckpointOrigin(
    string RecipeHash, string Images, string Experts, IReadOnlyDictionary<string, WeightsOrigin> Weights)
{
    private const string RecipeKey = "recipe", DataKey = "data", ExpertsKey = "experts", WeightsKey = "weights";

    /// <summary>Returns the digests of the experts' files as one text.</summary>
    public static string HashesOf(IEnumerable<ExpertResult> experts) => string.Join(' ', experts.Select(expert => expert.FileHash));

    /// <summary>
    /// Reads the origins of the weights from a folder's checkpoint, by the names of networks; null without a checkpoint. A run that
    /// resumes from one needs the files no more.
    /// </summary>
    /// <param name="folder">The run folder.</param>
    /// <exception cref="UserErrorException">The checkpoint is damaged.</exception>
    public static IReadOnlyDictionary<string, WeightsOrigin>? WeightsIn(RunFolder folder)
    {
        if (!File.Exists(folder.CheckpointFile)
            || !SafeTensors.ReadMetadata(folder.CheckpointFile).TryGetValue(WeightsKey, out string? text))
            return null;
        try
        {
            var origins = JsonSerializer.Deserialize<Dictionary<string, WeightsOrigin>>(text, SettingsJson.Compact);
            return origins is not null && RecordCheck.FaultIn(origins) is null ? origins : throw new JsonException("null");
        }
        catch (JsonException error)
        {
            throw new UserErrorException($"{folder.CheckpointFile}: its record of the weights at the start cannot be read "
                + $"({error.Message}); the file is damaged: start anew in another folder.", error);
        }
    }

    /// <summary>Returns the metadata of the file.</summary>
    public Dictionary<string, string> ToMetadata() => new()
    {
        [RecipeKey] = RecipeHash,
        [DataKey] = Images,
        [ExpertsKey] = Experts,
        [WeightsKey] = JsonSerializer.Serialize(Weights, SettingsJson.Compact),
    };

    /// <summary>Checks that a folder's checkpoint has this origin.</summary>
    /// <param name="folder">The run folder.</param>
    /// <param name="experts">The experts, for the message.</param>
    /// <exception cref="UserErrorException">Recipe, images or experts have changed.</exception>
    public void Check(RunFolder folder, IEnumerable<ExpertResult> experts)
    {
        var metadata = SafeTensors.ReadMetadata(folder.CheckpointFile);
        if (metadata.GetValueOrDefault(RecipeKey) is var recipe && recipe != RecipeHash
            && !folder.EarlierRecipes().Any(earlier => Hash.OfText(earlier) == recipe))
        {
            throw new UserErrorException($"{folder.CheckpointFile}: belongs to another recipe than {folder.RecipeFile}; "
                + "start a new run in another folder.");
        }
        if (metadata.GetValueOrDefault(DataKey) is { } images && images != Images)
        {
            throw new UserErrorException($"{folder.Path}: the images have changed since the run was stopped; "
                + "restore the images of its start, or start a new run.");
        }
        if (metadata.GetValueOrDefault(ExpertsKey) is { } hashes && hashes != Experts)
        {
            throw new UserErrorException($"{folder.Path}: the expert's file has changed since the run was stopped "
                + $"({string.Join(", ", experts.Select(expert => expert.File))}); restore the one of its start, or start a new run.");
        }
    }
}
