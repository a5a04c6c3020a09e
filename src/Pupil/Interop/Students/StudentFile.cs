using System.Text.Json;
using System.Text.Json.Serialization;
using Pupil.Core;
using Pupil.Images;
using Pupil.Images.Transforms;
using Pupil.Networks;
using Pupil.Networks.Families;
using Pupil.Settings;
using TorchSharp;

namespace Pupil.Interop.Students;

/// <summary>The metadata of a student file.</summary>
internal sealed record StudentCard
{
    /// <summary>The network's specification.</summary>
    public required NetworkSpec Network { get; init; }

    /// <summary>The shape of its images, C×H×W.</summary>
    public required ImageShape Input { get; init; }

    /// <summary>The class names, in the order of its logits.</summary>
    public required IReadOnlyList<string> Classes { get; init; }

    /// <summary>The normalization of its images.</summary>
    public required Normalization Normalization { get; init; }

    /// <summary>Its name in its run.</summary>
    public string Name { get; init; } = "";

    /// <summary>The epoch of its weights.</summary>
    public int Epoch { get; init; }

    /// <summary>Its test accuracy with one label an image, 0…1; null if it is not measured.</summary>
    public double? TestTop1 { get; init; }

    /// <summary>The number of labels of each image of its training: what its logits stand for. Default one.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Labelling Labelling { get; init; }

    /// <summary>Its mean average precision on the test images with several labels each, 0…1; null if it is not measured.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public double? TestMeanAveragePrecision { get; init; }

    /// <summary>
    /// With several labels an image, the K probabilities from which on a class counts as present, chosen on the held-out part; null without
    /// one: 0.5 for each.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<double>? Thresholds { get; init; }

    /// <summary>The calibration of its probabilities; null without a held-out part, and in older files.</summary>
    public Calibration? Calibration { get; init; }

    /// <summary>SHA-256 of the recipe as run.</summary>
    public string RecipeHash { get; init; } = "";

    /// <summary>The fingerprint of all parts of its data set; empty in older files.</summary>
    public string Images { get; init; } = "";
}

/// <summary>Reads and writes student files: safetensors weights, with everything for their use in the metadata.</summary>
internal static class StudentFile
{
    private const string FormatKey = "format", VersionKey = "pupil.version", CardKey = "pupil.student";
    private const string Version = "1";
    private const int LongestSide = 4096;

    /// <summary>Writes a network into a temporary file, which is then renamed.</summary>
    public static void Write(string path, Network network, StudentCard card) =>
        SafeTensors.Write(path, network.State().ToDictionary(), new Dictionary<string, string>
        {
            // "pt" is the value of the Python library; readers of PyTorch weights require it.
            [FormatKey] = "pt",
            [VersionKey] = Version,
            [CardKey] = JsonSerializer.Serialize(card, SettingsJson.Options),
        });

    /// <summary>Whether a safetensors file with these texts is a student file.</summary>
    public static bool IsOne(IReadOnlyDictionary<string, string> metadata) => metadata.ContainsKey(CardKey);

    /// <summary>Reads the metadata of a file.</summary>
    /// <exception cref="UserErrorException">The file is no student file, or is damaged.</exception>
    public static StudentCard ReadCard(string path) => ReadCard(path, SafeTensors.ReadHeader(path));

    /// <summary>Reads a network, in evaluation mode.</summary>
    /// <param name="path">The file.</param>
    /// <param name="device">The device of the network.</param>
    /// <exception cref="UserErrorException">The file is no student file, or is damaged.</exception>
    public static (Network Network, StudentCard Card) Read(string path, torch.Device device)
    {
        var card = ReadCard(path);
        using var file = SafeTensors.Read(path);
        var network = NetworkCatalogue.Build(card.Network, card.Input, card.Classes.Count);
        network.LoadState(file.Tensors, path);
        network.to(device);
        network.eval();
        return (network, card);
    }

    private static StudentCard ReadCard(string path, SafeTensorsHeader header)
    {
        var card = Card(path, header.Metadata);
        CheckSizes(path, card, header);
        return card;
    }

    // A small file must not claim a network that fills the memory: it is compared with the header before anything is built.
    private static void CheckSizes(string path, StudentCard card, SafeTensorsHeader header)
    {
        var (channels, height, width) = card.Input;
        if (channels is not (1 or 3) || height is < 1 or > LongestSide || width is < 1 or > LongestSide)
        {
            throw new UserErrorException($"{path}: found images of {channels}×{height}×{width}, expected 1 or 3 channels and sides of at "
                + $"most {LongestSide} pixels; the file is damaged.");
        }
        long weights = header.Tensors.Sum(entry => entry.Shape.Aggregate(1L, (product, size) => product * size));
        long least = NetworkCatalogue.LeastWeights(card.Network, card.Input);
        if (weights < least)
        {
            throw new UserErrorException($"{path}: found {weights:N0} numbers in its tensors, expected at least {least:N0} for "
                + $"{SafeTensorsHeader.Show(card.Network.Architecture)}; the file is damaged.");
        }
        CheckShape("stem.weight", 1, channels);
        CheckShape("classifier.weight", 0, card.Classes.Count);

        void CheckShape(string name, int axis, int size)
        {
            if (header.Tensors.FirstOrDefault(entry => entry.Name == name) is not { } found)
                throw new UserErrorException($"{path}: tensor '{name}' is missing; expected the weights of {card.Network}.");
            if (found.Shape.Length <= axis || found.Shape[axis] != size)
            {
                throw new UserErrorException($"{path}: tensor '{name}' has shape [{string.Join(", ", found.Shape)}], expected {size} at "
                    + $"place {axis + 1} for {channels} channels and {card.Classes.Count} classes; the file is damaged.");
            }
        }
    }

    private static StudentCard Card(string path, IReadOnlyDictionary<string, string> metadata)
    {
        if (!metadata.TryGetValue(CardKey, out string? text))
            throw new UserErrorException($"{path}: found no '{CardKey}' in its metadata, expected a student file of Pupil.");
        if (metadata.GetValueOrDefault(VersionKey) is var version && version != Version)
        {
            throw new UserErrorException(
                $"{path}: found version '{version}' of student files, expected '{Version}'; use the Pupil that wrote it, or a newer one.");
        }
        try
        {
            var card = JsonSerializer.Deserialize<StudentCard>(text, SettingsJson.Options) ?? throw new JsonException("null");
            // The serializer does not check the items of lists for null.
            return card.Classes.Contains(null!) ? throw new JsonException("null among its classes")
                : card.Calibration?.IsValid == false ? throw new JsonException("a calibration out of range")
                : card.Thresholds is { } thresholds
                    && (thresholds.Count != card.Classes.Count || thresholds.Any(least => !(least is >= 0 and <= 1)))
                    ? throw new JsonException("thresholds that do not fit its classes")
                : card;
        }
        catch (JsonException error)
        {
            throw new UserErrorException($"{path}: its '{CardKey}' metadata cannot be read ({error.Message}); the file is damaged.", error);
        }
    }
}
