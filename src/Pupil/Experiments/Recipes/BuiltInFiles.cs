using System.Reflection;

namespace Pupil.Experiments.Recipes;

/// <summary>The recipe and comparison files that are part of Pupil: <c>recipes/</c> of the repository.</summary>
internal static class BuiltInFiles
{
    private const string Prefix = "recipes/";
    private const string Extension = ".jsonc";

    /// <summary>The folder of comparisons among them.</summary>
    public const string Comparisons = "compare/";

    /// <summary>Their names, such as <c>cifar10/paper</c> or <c>compare/smoke</c>.</summary>
    public static IReadOnlyList<string> Names { get; } =
        [.. Assembly.GetExecutingAssembly().GetManifestResourceNames()
            .Where(name => name.StartsWith(Prefix, StringComparison.Ordinal))
            .Select(name => name[Prefix.Length..^Extension.Length].Replace('\\', '/'))
            .Order(StringComparer.Ordinal)];

    /// <summary>A file's text, comments and all.</summary>
    public static string Text(string name)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(Prefix + name + Extension)
            ?? throw new ArgumentException($"Pupil has no built-in file '{name}'.", nameof(name));
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
