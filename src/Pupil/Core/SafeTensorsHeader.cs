using System.Buffers;
using System.Buffers.Binary;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;
using static TorchSharp.torch;

namespace Pupil.Core;

/// <summary>The header of a safetensors file: its length in eight bytes, then JSON with an entry for every tensor.</summary>
/// <param name="Tensors">The entries in the order of their values in the file; their byte ranges have no gaps.</param>
/// <param name="Metadata">The texts beside the tensors.</param>
internal sealed record SafeTensorsHeader(IReadOnlyList<SafeTensorsEntry> Tensors, IReadOnlyDictionary<string, string> Metadata)
{
    /// <summary>The key of the texts; no tensor may have this name.</summary>
    public const string MetadataKey = "__metadata__";

    /// <summary>The largest header that the format allows, in bytes.</summary>
    public const int MaximumBytes = 100_000_000;

    // More dimensions exceed the limit of most libtorch functions.
    private const int MaximumDimensions = 64;

    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };
    private static readonly JsonWriterOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Reads the header and checks it against the size of the file; leaves the stream at the first value.</summary>
    /// <param name="stream">The file, at its start.</param>
    /// <param name="path">The file's name in errors.</param>
    /// <exception cref="UserErrorException">The file breaks a rule of the format.</exception>
    public static SafeTensorsHeader Read(Stream stream, string path)
    {
        byte[] text = ReadText(stream, path);
        try
        {
            using JsonDocument document = JsonDocument.Parse(text, Strict);
            var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
            var entries = new List<SafeTensorsEntry>();
            foreach (JsonProperty property in document.RootElement.EnumerateObject())
            {
                if (property.NameEquals(MetadataKey)) ReadMetadata(property.Value, metadata, path);
                else entries.Add(ReadEntry(property, path));
            }
            entries.Sort((left, right) => (left.Begin, left.End).CompareTo((right.Begin, right.End)));
            CheckPlaces(entries, stream.Length - 8 - text.Length, path);
            return new(entries, metadata);
        }
        // The reader throws InvalidOperationException for an escaped half of a surrogate pair.
        catch (Exception failure) when (failure is JsonException or InvalidOperationException)
        {
            throw Broken(path, "a header that is no valid JSON object with distinct names", "one", failure);
        }
    }

    /// <summary>Returns the header as bytes: its length, then the JSON, padded with spaces to a multiple of eight.</summary>
    /// <param name="atLeast">The least length of the JSON in bytes, to fill space reserved for it.</param>
    public byte[] ToBytes(int atLeast = 0)
    {
        var text = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(text, Plain)) Write(json);
        int length = (Math.Max(text.WrittenCount, atLeast) + 7) / 8 * 8;
        var bytes = new byte[8 + length];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, length);
        bytes.AsSpan(8).Fill((byte)' ');
        text.WrittenSpan.CopyTo(bytes.AsSpan(8));
        return bytes;
    }

    /// <summary>Returns the error for a file that breaks a rule of the format.</summary>
    internal static UserErrorException Broken(string path, string found, string expected, Exception? cause = null)
    {
        string message = $"{path}: found {found}, expected {expected}; the file is damaged or not a safetensors file: get it again.";
        return cause is null ? new(message) : new(message, cause);
    }

    private static byte[] ReadText(Stream stream, string path)
    {
        if (stream.Length == 0) throw Broken(path, "an empty file", "a safetensors file");
        if (stream.Length < 8) throw Broken(path, $"{stream.Length} bytes", "at least the 8 bytes of the header's length");
        Span<byte> prefix = stackalloc byte[8];
        stream.ReadExactly(prefix);
        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        ulong most = Math.Min(MaximumBytes, (ulong)stream.Length - 8);
        if (length > most) throw Broken(path, $"a header length of {length} bytes", $"at most {most}");
        var text = new byte[length];
        stream.ReadExactly(text);
        if (text is not [(byte)'{', ..]) throw Broken(path, "a header that does not begin with '{'", "a JSON object");
        if (!Utf8.IsValid(text)) throw Broken(path, "a header that is not valid UTF-8", "a JSON object in UTF-8");
        return text;
    }

    private static void ReadMetadata(JsonElement element, Dictionary<string, string> metadata, string path)
    {
        if (element.ValueKind != JsonValueKind.Object)
            throw Broken(path, $"{MetadataKey} of kind {element.ValueKind}", "an object of texts");
        foreach (JsonProperty property in element.EnumerateObject())
        {
            if (property.Value.ValueKind != JsonValueKind.String)
                throw Broken(path, $"{MetadataKey} '{Show(property.Name)}' of kind {property.Value.ValueKind}", "a text");
            metadata.Add(property.Name, property.Value.GetString()!);
        }
    }

    private static SafeTensorsEntry ReadEntry(JsonProperty property, string path)
    {
        string tensor = $"tensor '{Show(property.Name)}'";
        JsonElement entry = property.Value;
        if (entry.ValueKind != JsonValueKind.Object) throw Broken(path, $"{tensor} of kind {entry.ValueKind}", "an object");
        if (entry.GetPropertyCount() != 3 || !entry.TryGetProperty("dtype", out JsonElement typeElement)
            || !entry.TryGetProperty("shape", out JsonElement shapeElement)
            || !entry.TryGetProperty("data_offsets", out JsonElement placeElement))
            throw Broken(path, $"{tensor} with other fields", "dtype, shape and data_offsets");

        var (type, bytes) = ReadType(typeElement, tensor, path);
        long[] shape = ReadNumbers(shapeElement, tensor, "shape", path);
        long[] place = ReadNumbers(placeElement, tensor, "data_offsets", path);
        if (place is not [var begin, var end] || end < begin)
            throw Broken(path, $"{tensor} with data_offsets [{Show(string.Join(", ", place))}]", "a begin and an end not before it");
        if (CountBytes(shape, bytes) is not long count)
            throw Broken(path, $"{tensor} with shape [{Show(string.Join(", ", shape))}]",
                $"at most {MaximumDimensions} sizes whose product fits 63 bits");
        if (end - begin != count)
            throw Broken(path, $"{tensor} with {end - begin} bytes of values", $"{count} for its shape and dtype");
        return new(property.Name, type, shape, begin, end);
    }

    private static (ScalarType Type, int Bytes) ReadType(JsonElement element, string tensor, string path)
    {
        string? name = element.ValueKind == JsonValueKind.String ? element.GetString() : null;
        foreach (var type in SafeTensorsEntry.Types)
            if (type.Name == name) return (type.Type, type.Bytes);
        string known = string.Join(", ", SafeTensorsEntry.Types.Select(type => type.Name));
        throw Broken(path, $"{tensor} with dtype {Show(element.GetRawText())}", known);
    }

    private static long[] ReadNumbers(JsonElement element, string tensor, string field, string path)
    {
        if (element.ValueKind != JsonValueKind.Array)
            throw Broken(path, $"{tensor} with {field} of kind {element.ValueKind}", "an array");
        return [.. element.EnumerateArray().Select(number =>
            number.ValueKind == JsonValueKind.Number && number.TryGetInt64(out long value) && value >= 0
                ? value
                : throw Broken(path, $"{tensor} with {Show(number.GetRawText())} in {field}", "whole numbers from 0 to 2^63-1"))];
    }

    // A size of 0 must not hide the overflow of the others: libtorch multiplies them to compute strides.
    private static long? CountBytes(long[] shape, int bytes)
    {
        if (shape.Length > MaximumDimensions) return null;
        Int128 product = bytes;
        foreach (long size in shape)
        {
            product *= Math.Max(size, 1);
            if (product > long.MaxValue) return null;
        }
        return shape.Contains(0) ? 0 : (long)product;
    }

    private static void CheckPlaces(List<SafeTensorsEntry> entries, long length, string path)
    {
        long end = 0;
        foreach (SafeTensorsEntry entry in entries)
        {
            if (entry.Begin != end)
                throw Broken(path, $"tensor '{Show(entry.Name)}' at byte {entry.Begin} of the values", $"{end}: no hole, no overlap");
            end = entry.End;
        }
        if (end != length) throw Broken(path, $"{length} bytes of values", $"{end}, where the last tensor ends");
    }

    /// <summary>Returns a text from a file fit for an error: at most 80 characters, control characters as question marks.</summary>
    internal static string Show(string text)
    {
        string line = string.Concat(text.Select(character => char.IsControl(character) ? '?' : character));
        return line.Length <= 80 ? line : $"{line[..80]}…";
    }

    private void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        if (Metadata.Count > 0)
        {
            json.WriteStartObject(MetadataKey);
            foreach (var (key, value) in Metadata.OrderBy(pair => pair.Key, StringComparer.Ordinal)) json.WriteString(key, value);
            json.WriteEndObject();
        }
        foreach (SafeTensorsEntry entry in Tensors)
        {
            json.WriteStartObject(entry.Name);
            json.WriteString("dtype", SafeTensorsEntry.Types.First(type => type.Type == entry.Type).Name);
            WriteNumbers(json, "shape", entry.Shape);
            WriteNumbers(json, "data_offsets", [entry.Begin, entry.End]);
            json.WriteEndObject();
        }
        json.WriteEndObject();
    }

    private static void WriteNumbers(Utf8JsonWriter json, string field, long[] numbers)
    {
        json.WriteStartArray(field);
        foreach (long number in numbers) json.WriteNumberValue(number);
        json.WriteEndArray();
    }
}
