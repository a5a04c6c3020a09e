using System.Text.Json;
using System.Text.Json.Serialization;

namespace Pupil.Images.Formats.Packed;

/// <summary>What a packed file says about its images, beside the tensors.</summary>
internal sealed record PackedCard
{
    /// <summary>The keys of the file's metadata.</summary>
    public const string FormatKey = "format", VersionKey = "pupil.version", CardKey = "pupil.images";

    /// <summary>Their values.</summary>
    public const string Format = "pupil-images", Version = "1";

    /// <summary>How the card is written.</summary>
    public static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    };

    /// <summary>What people call the set.</summary>
    public required string Name { get; init; }

    /// <summary>The class names.</summary>
    public required IReadOnlyList<string> Classes { get; init; }

    /// <summary>The parts in the order of their pixels.</summary>
    public required IReadOnlyList<PackedCardPart> Parts { get; init; }

    /// <summary>How many broken files were left out.</summary>
    public int LeftOutCount { get; init; }

    /// <summary>The first of them.</summary>
    public IReadOnlyList<LeftOutFile> LeftOut { get; init; } = [];
}

/// <summary>A part of a packed file: <c>train</c>, <c>validation</c> or <c>test</c>.</summary>
/// <param name="Part">Which.</param>
/// <param name="Name">The name of its image set.</param>
/// <param name="Fingerprint">The fingerprint of its image set.</param>
internal sealed record PackedCardPart(string Part, string Name, string Fingerprint);
