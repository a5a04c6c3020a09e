using System.Text.Json;
using System.Text.Json.Serialization;

namespace Pupil.Tests.References;

/// <summary>Results of Pillow for small images (<c>make_pixel_references.py</c>).</summary>
internal static class PixelReferences
{
    private const string FileName = "pixel-references.json";

    private static readonly Lazy<Content> Read = new(() =>
        JsonSerializer.Deserialize<Content>(File.ReadAllBytes(ReferenceNumbers.Find(FileName)), JsonSerializerOptions.Web)!);

    /// <summary>The image of this name.</summary>
    public static Picture Image(string name) => Read.Value.Images[name];

    /// <summary>All cases of an operation; an error if there are none.</summary>
    public static IReadOnlyList<Case> Cases(string operation) =>
        Read.Value.Cases.Where(entry => entry.Operation == operation).ToList() is { Count: > 0 } found
            ? found
            : throw new KeyNotFoundException($"{FileName} has no case of '{operation}'.");

    /// <summary>An image: row, column, channel.</summary>
    public sealed record Picture(int Height, int Width, int Channels, [property: JsonPropertyName("bytes")] string Text)
    {
        [JsonIgnore]
        public byte[] Bytes => Convert.FromHexString(Text);
    }

    /// <summary>An operation, its arguments and its result.</summary>
    public sealed record Case(string Image, string Operation, double[] Arguments, int Height, int Width,
        [property: JsonPropertyName("bytes")] string Text)
    {
        [JsonIgnore]
        public byte[] Expected => Convert.FromHexString(Text);

        [JsonIgnore]
        public Picture Input => PixelReferences.Image(Image);

        public override string ToString() => $"{Operation}({string.Join(", ", Arguments)}) of {Image}";
    }

    private sealed record Content(Dictionary<string, Picture> Images, IReadOnlyList<Case> Cases);
}
