using System.Text.Json;
using System.Text.Json.Serialization;

namespace Pupil.Images.Formats.Packed;

/// <summary>The description of a packed file's images, stored as JSON in its metadata.</summary>
internal sealed record PackedCard
{
    /// <summary>The keys of the file's metadata.</summary>
    public const string FormatKey = "format", VersionKey = "pupil.version", CardKey = "pupil.images";

    /// <summary>The values of the format and version keys.</summary>
    public const string Format = "pupil-images", Version = "1";

    /// <summary>The serializer's options for the card.</summary>
    public static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    };

    /// <summary>The set's name.</summary>
    public required string Name { get; init; }

    /// <summary>The class names.</summary>
    public required IReadOnlyList<string> Classes { get; init; }

    /// <summary>The parts in the order of their pixels.</summary>
    public required IReadOnlyList<PackedCardPart> Parts { get; init; }

    /// <summary>The shards that hold the pixels of all parts, in their order; null where the file itself holds them.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public PackedCardShards? Shards { get; init; }

    /// <summary>The number of broken files that were left out.</summary>
    public int LeftOutCount { get; init; }

    /// <summary>The first files that were left out.</summary>
    public IReadOnlyList<LeftOutFile> LeftOut { get; init; } = [];
}

/// <summary>A part of a packed file.</summary>
/// <param name="Part"><c>train</c>, <c>validation</c> or <c>test</c>.</param>
/// <param name="Name">The name of the part's image set.</param>
/// <param name="Fingerprint">The fingerprint of the part's image set.</param>
internal sealed record PackedCardPart(string Part, string Name, string Fingerprint);

/// <summary>The shards of a packed data set.</summary>
/// <param name="ImagesEach">The number of images in each but the last, at least 1.</param>
/// <param name="Count">The number of shards, at least 1.</param>
internal sealed record PackedCardShards(int ImagesEach, int Count);
