using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Pupil.Core;
using Pupil.Interop.Numpy;
using Pupil.Settings;
using TorchSharp;
using static TorchSharp.torch;

namespace Pupil.Interop.Onnx;

/// <summary>Text embeddings of the class names, which make a classifier of an image tower such as CLIP's.</summary>
[StringShorthand("file")]
public sealed record ClassWordsOptions
{
    /// <summary>
    /// The file: JSON with a list of D numbers for each class name, or several such lists (of several prompts, whose directions are
    /// averaged); or <c>.npy</c> of K×D numbers in the order of the classes.
    /// </summary>
    [Description("The text embeddings: JSON with D numbers for each class name, or several lists of them for several prompts; or .npy, K×D "
        + "numbers in the order of the classes."), MinLength(1)]
    public required string File { get; init; }

    /// <summary>The factor of the cosine of image and text, the inverse of CLIP's temperature. Default 100.</summary>
    [Description("Factor of the cosine of image and text embedding: the logit scale."), Range(0.01, 10_000.0)]
    public double Scale { get; init; } = 100;
}

/// <summary>The directions of class names in the space of an image tower's embeddings.</summary>
/// <param name="Directions">K×D, float32 rows of length 1; lives as long as this object.</param>
/// <param name="Scale">See <see cref="ClassWordsOptions.Scale"/>.</param>
/// <param name="Classes">The K class names.</param>
internal sealed record ClassWords(Tensor Directions, double Scale, IReadOnlyList<string> Classes)
{
    /// <summary>D, the width of the embeddings.</summary>
    public int Width => (int)Directions.shape[1];

    /// <summary>Reads a file.</summary>
    /// <param name="options">The options.</param>
    /// <param name="classes">The class names in the order of the logits; null for those of a JSON file in its order.</param>
    /// <exception cref="UserErrorException">The file is missing or broken, or lacks a class.</exception>
    public static ClassWords Read(ClassWordsOptions options, IReadOnlyList<string>? classes)
    {
        using var scope = NewDisposeScope();
        string path = options.File;
        bool isArray = Path.GetExtension(path).Equals(".npy", StringComparison.OrdinalIgnoreCase);
        var (names, rows) = isArray ? FromArray(path, classes) : FromJson(path, classes);
        if (!rows.isfinite().all().item<bool>() || rows.norm(1).min().ToDouble() == 0)
            throw new UserErrorException($"{path}: found NaN, infinite numbers or only zeros in an embedding, expected one of each class.");
        return new ClassWords((rows / rows.norm(1, keepdim: true)).DetachFromDisposeScope(), options.Scale, names);
    }

    /// <summary>Returns the class names of a JSON file, in its order.</summary>
    /// <exception cref="UserErrorException">The file is missing or broken.</exception>
    public static IReadOnlyList<string> NamesIn(string path) => [.. ReadJson(path).Keys];

    /// <summary>Returns the scaled cosines of images and class names, N×K.</summary>
    /// <param name="embedding">N×D.</param>
    public Tensor Logits(Tensor embedding)
    {
        using var least = 1e-12.ToScalar();
        var unit = embedding / embedding.norm(1, keepdim: true).clamp_min(least);
        return unit.matmul(Directions.to(embedding.device).t()).Times(Scale);
    }

    private static (IReadOnlyList<string>, Tensor) FromArray(string path, IReadOnlyList<string>? classes)
    {
        var rows = NumpyArray.Read(path).to(ScalarType.Float32);
        if (classes is null)
            throw new UserErrorException($"{path}: has no class names; give them in a JSON file with the embeddings.");
        return rows.dim() == 2 && rows.shape[0] == classes.Count ? (classes, rows)
            : throw new UserErrorException($"{path}: found an array of {string.Join('×', rows.shape)}, expected {classes.Count}×D, one row "
                + "for each class in their order.");
    }

    private static (IReadOnlyList<string>, Tensor) FromJson(string path, IReadOnlyList<string>? classes)
    {
        var found = ReadJson(path);
        string[] names = classes is null ? [.. found.Keys] : [.. classes];
        string[] missing = [.. names.Where(name => !found.ContainsKey(name))];
        if (missing.Length > 0 || names.Length < 2)
        {
            string others = missing.Length > 1 ? $" and {missing.Length - 1} more" : "";
            string known = string.Join(", ", found.Keys.Take(5).Select(name => $"'{SafeTensorsHeader.Show(name)}'"));
            throw new UserErrorException(missing.Length == 0 ? $"{path}: found {names.Length} class, expected at least two."
                : $"{path}: lacks the class '{SafeTensorsHeader.Show(missing[0])}'{others}, found {known}; expected an embedding of every "
                    + "class name.");
        }
        int width = found[names[0]][0].Length;
        if (names.SelectMany(name => found[name]).FirstOrDefault(row => row.Length != width) is { } other)
            throw new UserErrorException($"{path}: found embeddings of {width} and of {other.Length} numbers, expected as many in each.");
        var rows = names.Select(name =>
        {
            var prompts = tensor(found[name].SelectMany(row => row).ToArray(), [found[name].Length, width]);
            return (prompts / prompts.norm(1, keepdim: true)).mean([0]);
        });
        return (names, stack(rows.ToList()));
    }

    private static Dictionary<string, float[][]> ReadJson(string path)
    {
        try
        {
            using var document = JsonDocument.Parse(RegularFile.ReadAllText(path));
            return document.RootElement.EnumerateObject().DistinctBy(entry => entry.Name)
                .ToDictionary(entry => entry.Name, entry => Rows(entry.Value), StringComparer.Ordinal);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"{path}: cannot be read ({failure.Message.TrimEnd('.')}), expected text embeddings as JSON or "
                + ".npy; check the path.", failure);
        }
        catch (Exception failure) when (failure is JsonException or InvalidOperationException or FormatException)
        {
            throw new UserErrorException($"{path}: is no table of text embeddings ({failure.Message.TrimEnd('.')}), expected JSON such as "
                + "{ \"cat\": [0.1, -0.2, …], \"dog\": [[…], […]] }.", failure);
        }

        static float[][] Rows(JsonElement value)
        {
            JsonElement[] items = [.. value.EnumerateArray()];
            float[][] rows = items.Length > 0 && items[0].ValueKind == JsonValueKind.Array ? [.. items.Select(Row)] : [Row(value)];
            return rows.All(row => row.Length > 0) ? rows : throw new FormatException("an empty list");
        }

        static float[] Row(JsonElement value) => [.. value.EnumerateArray().Select(number => number.GetSingle())];
    }
}
