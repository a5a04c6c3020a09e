using System.Text.Json;

namespace Pupil.Tests.References;

/// <summary>
/// Results of another program (PyTorch, float64) for the same inputs: terms, steps and the paper's networks (<c>make_references.py</c>),
/// the other networks (<c>make_network_references.py</c>,
/// <c>make_deployed_references.py</c>) and every distillation method (<c>make_method_references.py</c>). The scripts
/// explain the names, and no name is in two files. Tensors are row-major (N, C, H, W).
/// </summary>
internal static class ReferenceNumbers
{
    private static readonly string[] FileNames =
        ["references.json", "network-references.json", "deployed-references.json", "method-references.json"];

    private static readonly Lazy<JsonElement>[] Contents = [.. FileNames.Select(name =>
        new Lazy<JsonElement>(() => JsonDocument.Parse(File.ReadAllBytes(Find(name))).RootElement))];

    /// <summary>The tensor as flat numbers.</summary>
    public static double[] Values(string name) =>
        [.. Entry("numbers", name).GetProperty("values").EnumerateArray().Select(value => value.GetDouble())];

    /// <summary>The tensor's shape; empty for a scalar.</summary>
    public static long[] Shape(string name) =>
        [.. Entry("numbers", name).GetProperty("shape").EnumerateArray().Select(size => size.GetInt64())];

    /// <summary>The only number of a scalar.</summary>
    public static double Scalar(string name) => Values(name) is [var value]
        ? value
        : throw new ArgumentException($"'{name}' has the shape [{string.Join(", ", Shape(name))}] and is no scalar.", nameof(name));

    /// <summary>A tensor of whole numbers, such as labels or indices.</summary>
    public static long[] Integers(string name) => [.. Values(name).Select(value => checked((long)value))];

    /// <summary>A list of texts, such as the parameter names that a list of gradient norms follows.</summary>
    public static string[] Words(string name) =>
        [.. Entry("words", name).EnumerateArray().Select(text => text.GetString()!)];

    /// <summary>All names of tensors that start with the given text, in the files' order.</summary>
    public static string[] NamesUnder(string start) =>
        [.. Contents.SelectMany(content => content.Value.GetProperty("numbers").EnumerateObject()).Select(entry => entry.Name)
            .Where(name => name.StartsWith(start, StringComparison.Ordinal))];

    /// <summary>scale · sin(0.7 i + 1.3 t + shift), with i the flattened index or, scattered, its square modulo 10007.</summary>
    public static double[] Wave(long count, int t, double scale = 1, double shift = 0, bool scattered = false)
    {
        var values = new double[count];
        for (var i = 0L; i < count; i++)
        {
            var index = scattered ? i * i % 10007 : i;
            values[i] = scale * Math.Sin((0.7 * index) + (1.3 * t) + shift);
        }

        return values;
    }

    /// <summary>
    /// The values of a network's tensor. <paramref name="t"/> is its position among all the network's parameters and
    /// running statistics (without <c>num_batches_tracked</c>) sorted by ordinal name, plus the network's offset if it has one.
    /// </summary>
    public static double[] NetworkTensor(string name, ReadOnlySpan<long> shape, int t)
    {
        var count = 1L;
        foreach (var size in shape)
            count *= size;

        return name[(name.LastIndexOf('.') + 1)..] switch
        {
            "weight" when shape.Length > 1 => Wave(count, t, Math.Sqrt(2.0 / (count / shape[0])) * Math.Sqrt(2), scattered: true),
            "weight" => [.. Wave(count, t, 0.2).Select(value => 1 + value)],
            "bias" or "running_mean" => Wave(count, t, 0.1),
            "running_var" => [.. Wave(count, t, 0.3).Select(value => 1 + value)],
            var kind => throw new ArgumentException($"No reference values for a tensor of the kind '{kind}'.", nameof(name)),
        };
    }

    private static JsonElement Entry(string group, string name)
    {
        foreach (var content in Contents)
        {
            if (content.Value.GetProperty(group).TryGetProperty(name, out var entry))
                return entry;
        }

        throw new KeyNotFoundException($"{string.Join(", ", FileNames)}: none has {group} called '{name}'.");
    }

    /// <summary>The file beside the test program, else in the repository of the program.</summary>
    internal static string Find(string name)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string[] places = ["", "References", Path.Combine("tests", "Pupil.Tests", "References")];
            if (places.Select(place => Path.Combine(folder.FullName, place, name)).FirstOrDefault(File.Exists) is { } file)
                return file;
        }

        throw new FileNotFoundException(
            $"{name} is neither beside the tests nor in a repository above them: run the script that makes it.");
    }
}
