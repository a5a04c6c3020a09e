using System.Text.Json;
using Pupil.Core;
using Pupil.Images.Transforms;
using Pupil.Networks;
using Pupil.Networks.Families;
using Pupil.Settings;
using TorchSharp;

namespace Pupil.Interop.Students;

/// <summary>What a student file says about its network.</summary>
public sealed record StudentCard
{
    /// <summary>The network.</summary>
    public required NetworkSpec Network { get; init; }

    /// <summary>The images it takes.</summary>
    public required ImageShape Input { get; init; }

    /// <summary>The class names, in the order of its logits.</summary>
    public required IReadOnlyList<string> Classes { get; init; }

    /// <summary>What is taken out of the images.</summary>
    public required Normalization Normalization { get; init; }

    /// <summary>What it is called in its run.</summary>
    public string Name { get; init; } = "";

    /// <summary>The epoch its weights are of.</summary>
    public int Epoch { get; init; }

    /// <summary>Its test accuracy, once measured, 0…1.</summary>
    public double? TestTop1 { get; init; }

    /// <summary>SHA-256 of the recipe as run.</summary>
    public string RecipeHash { get; init; } = "";
}

/// <summary>A network in a file: safetensors weights, with all that is needed to use them in the metadata.</summary>
public static class StudentFile
{
    private const string FormatKey = "format", VersionKey = "pupil.version", CardKey = "pupil.student";
    private const string Version = "1";

    /// <summary>Writes a network, beside and then renamed.</summary>
    public static void Write(string path, Network network, StudentCard card) =>
        SafeTensors.Write(path, network.State().ToDictionary(), new Dictionary<string, string>
        {
            // "pt" is what the Python library writes; readers of PyTorch weights ask for it.
            [FormatKey] = "pt",
            [VersionKey] = Version,
            [CardKey] = JsonSerializer.Serialize(card, SettingsJson.Options),
        });

    /// <summary>Reads what a file says about its network.</summary>
    /// <exception cref="UserErrorException">It is no student file, or a broken one.</exception>
    public static StudentCard ReadCard(string path) => Card(path, SafeTensors.ReadMetadata(path));

    /// <summary>Reads a network, in evaluation mode.</summary>
    /// <param name="path">The file.</param>
    /// <param name="device">Where it goes.</param>
    /// <exception cref="UserErrorException">It is no student file, or a broken one.</exception>
    public static (Network Network, StudentCard Card) Read(string path, torch.Device device)
    {
        using var file = SafeTensors.Read(path);
        var card = Card(path, file.Metadata);
        var network = NetworkCatalogue.Build(card.Network, card.Input, card.Classes.Count);
        network.LoadState(file.Tensors, path);
        network.to(device);
        network.eval();
        return (network, card);
    }

    private static StudentCard Card(string path, IReadOnlyDictionary<string, string> metadata)
    {
        if (!metadata.TryGetValue(CardKey, out string? text))
            throw new UserErrorException($"{path}: is a safetensors file, but no student file of Pupil (no '{CardKey}' in its metadata).");
        if (metadata.GetValueOrDefault(VersionKey) is var version && version != Version)
            throw new UserErrorException($"{path}: is a student file of version '{version}', expected '{Version}': use the Pupil that wrote it, or a newer one.");
        try
        {
            return JsonSerializer.Deserialize<StudentCard>(text, SettingsJson.Options) ?? throw new JsonException("null");
        }
        catch (JsonException error)
        {
            throw new UserErrorException($"{path}: its '{CardKey}' metadata cannot be read ({error.Message}); the file is damaged.", error);
        }
    }
}
