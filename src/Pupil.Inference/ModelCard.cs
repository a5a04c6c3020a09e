using System.Text.Json;
using System.Text.Json.Serialization;
using Pupil.Inference.Pictures;

namespace Pupil.Inference;

/// <summary>What an exported model says about itself, in the metadata of its file.</summary>
public sealed record ModelCard
{
    /// <summary>The key of the metadata under which the card stands, as JSON.</summary>
    public const string Key = "pupil.model";

    /// <summary>The present version of the card.</summary>
    public const int CurrentVersion = 1;

    internal static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { Converters = { new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower) } };

    /// <summary>The card's version.</summary>
    public int Version { get; init; } = CurrentVersion;

    /// <summary>The network's name.</summary>
    public required string Network { get; init; }

    /// <summary>The class names, in the order of its outputs.</summary>
    public required IReadOnlyList<string> Classes { get; init; }

    /// <summary>C of the images, 1 or 3.</summary>
    public required int Channels { get; init; }

    /// <summary>Height of the images that the network sees, in pixels.</summary>
    public required int Height { get; init; }

    /// <summary>Their width.</summary>
    public required int Width { get; init; }

    /// <summary>The mean of each channel, where white is 1.</summary>
    public required double[] Mean { get; init; }

    /// <summary>The deviation of each channel.</summary>
    public required double[] Deviation { get; init; }

    /// <summary>How a picture becomes a square.</summary>
    public PictureFit Fit { get; init; }

    /// <summary>The side of that square, in pixels; from there it comes to the size that the network sees.</summary>
    public required int Size { get; init; }

    /// <summary>Whether that is done by cutting out the middle; otherwise the square is scaled.</summary>
    public bool CutsMiddle { get; init; }

    /// <summary>Whether all this is done within the model, which then takes N×H×W×C bytes of any height and width; otherwise it takes N×C×H×W numbers, prepared.</summary>
    public bool TakesPictures { get; init; }

    /// <summary>Whether its output is probabilities; otherwise logits.</summary>
    public bool GivesProbabilities { get; init; }

    /// <summary>In what its weights are kept: <c>float32</c>, <c>float16</c> or <c>int8</c>.</summary>
    public string Precision { get; init; } = "float32";

    /// <summary>Trained numbers; 0: not said.</summary>
    public long Parameters { get; init; }

    /// <summary>Multiply-adds of convolutions and classifier for one image; 0: not said.</summary>
    public long MultiplyAdds { get; init; }

    /// <summary>Its accuracy on the test images as measured before the export, 0…1; null: not measured.</summary>
    public double? TestTop1 { get; init; }

    /// <summary>SHA-256 of the recipe that it was taught by; empty: unknown.</summary>
    public string RecipeHash { get; init; } = "";

    /// <summary>The card as JSON.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, Json);

    /// <summary>Reads a card.</summary>
    /// <param name="metadata">The model's metadata.</param>
    /// <param name="path">The file, for messages.</param>
    /// <exception cref="UserErrorException">There is none, or one that cannot be read.</exception>
    public static ModelCard Of(IReadOnlyDictionary<string, string> metadata, string path)
    {
        if (!metadata.TryGetValue(Key, out string? text))
            throw new UserErrorException($"{path}: says nothing about its classes and images ('{Key}' in its metadata); expected a file that 'pupil export' wrote.");
        try
        {
            var card = JsonSerializer.Deserialize<ModelCard>(text, Json) ?? throw new JsonException("null");
            if (card.Version != CurrentVersion)
                throw new UserErrorException($"{path}: is of version {card.Version}, expected {CurrentVersion}; use the Pupil that wrote it, or a newer one.");
            bool fits = card.Channels is 1 or 3 && card.Mean.Length == card.Channels && card.Deviation.Length == card.Channels && card.Deviation.All(deviation => deviation > 0)
                && card.Height is > 0 and <= 4096 && card.Width is > 0 and <= 4096 && card.Size is > 0 and <= 4096 && card.Classes.Count > 1;
            return fits ? card : throw new JsonException("values that cannot be");
        }
        catch (JsonException error)
        {
            throw new UserErrorException($"{path}: what it says about itself cannot be read ({error.Message}); export it again.", error);
        }
    }
}
