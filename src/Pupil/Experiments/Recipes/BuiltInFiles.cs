using System.Reflection;

namespace Pupil.Experiments.Recipes;

/// <summary>The recipe and comparison files that come with Pupil: <c>recipes/</c> of the repository.</summary>
internal static class BuiltInFiles
{
    private const string Prefix = "recipes/";
    private const string Extension = ".jsonc";

    /// <summary>The folder of comparisons among them.</summary>
    public const string Comparisons = "compare/";

    /// <summary>The names of the files, such as <c>cifar10/paper</c> or <c>compare/smoke</c>.</summary>
    public static IReadOnlyList<string> Names { get; } =
        [.. Assembly.GetExecutingAssembly().GetManifestResourceNames()
            .Where(name => name.StartsWith(Prefix, StringComparison.Ordinal))
            .Select(name => name[Prefix.Length..^Extension.Length].Replace('\\', '/'))
            .Order(StringComparer.Ordinal)];

    /// <summary>Returns the text of a file, comments included.</summary>
    public static string Text(string name)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(Prefix + name + Extension)
            ?? throw new ArgumentException($"Pupil has no built-in file '{name}'.", nameof(name));
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
