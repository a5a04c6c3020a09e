using System.Text.Json;
using Pupil.Images;
using Pupil.Images.Formats.Cifar;
using Pupil.Images.Formats.Svhn;
using Pupil.Images.Formats.Synthetic;
using Pupil.Images.Formats.TinyImageNet;
using Pupil.Settings;

namespace Pupil.Experiments.Recipes;

/// <summary>Finds and reads recipes: files, and those that come with Pupil, by name.</summary>
public static class RecipeBook
{
    /// <summary>The demo on the built-in data set.</summary>
    public const string Demo = "smoke";

    /// <summary>The names of the recipes that come with Pupil, for example <c>cifar10/paper</c>.</summary>
    public static IReadOnlyList<string> Names { get; } =
        [.. BuiltInFiles.Names.Where(name => !name.StartsWith(BuiltInFiles.Comparisons, StringComparison.Ordinal))];

    /// <summary>Reads a recipe, completes it by its preset and checks it.</summary>
    /// <param name="place">A file, or the name of a recipe that comes with Pupil. A file of that name comes first.</param>
    /// <param name="overrides">Values that replace written ones: <c>training.epochs=3</c>.</param>
    /// <exception cref="UserErrorException">There is no such recipe, or it is wrong.</exception>
    public static Recipe Read(string place, IReadOnlyList<string>? overrides = null)
    {
        var (text, source) = Find(place);
        return Parse(text, source, overrides);
    }

    /// <summary>The text of a recipe, and its name in messages.</summary>
    /// <param name="place">A file, or the name of a recipe that comes with Pupil. A file of that name comes first.</param>
    /// <param name="folder">Where files are looked for; null: where the process is.</param>
    /// <exception cref="UserErrorException">There is no such recipe, or it cannot be read.</exception>
    internal static (string Text, string Source) Find(string place, string? folder = null)
    {
        string file = folder is null ? place : Path.Combine(folder, place);
        if (!File.Exists(file) && Names.Contains(place))
            return (Text(place), place);
        if (Directory.Exists(file))
            throw new UserErrorException($"{file}: found a folder, expected a recipe file; a data set is given with --data {file}.");
        if (File.Exists(file) || Path.HasExtension(file))
            return (SettingsFile.ReadText(file), file);
        if (ComparisonBook.Names.Contains(place))
            throw new UserErrorException($"{place}: is a comparison, expected a recipe; use it with 'pupil compare {place}'.");
        throw new UserErrorException($"{place}: there is no such file, nor a recipe of that name; recipes that come with Pupil: {string.Join(", ", Names)}.");
    }

    /// <summary>The name of the quick recipe for a data set, and what it must be told to take it.</summary>
    /// <param name="source">Where the images come from.</param>
    public static (string Name, string? Override) QuickFor(DataSource source) => source switch
    {
        // A known set keeps what its recipe says of it (which labels, which size); anything else replaces the recipe's source.
        Cifar10Source { Path: var path } => ("cifar10/quick", $"data.source.path={path}"),
        Cifar100Source { Path: var path } => ("cifar100/quick", $"data.source.path={path}"),
        SvhnSource { Path: var path } => ("svhn/quick", $"data.source.path={path}"),
        TinyImageNetSource { Path: var path } => ("tiny-imagenet/quick", $"data.source.path={path}"),
        ShapesOptions => (Demo, null),
        _ => ("pictures/quick", $"data.source={JsonSerializer.Serialize(source, SettingsJson.Options)}"),
    };

    /// <summary>Reads a recipe from text.</summary>
    /// <param name="text">JSON with comments.</param>
    /// <param name="source">Its name in messages.</param>
    /// <param name="overrides">Values that replace written ones.</param>
    public static Recipe Parse(string text, string source, IReadOnlyList<string>? overrides = null) =>
        SettingsReader.Read<Recipe>(text, source, overrides, Presets.Complete, Check);

    // With the place in the file of every value that is wrong.
    private static void Check(Recipe recipe, SettingsChecks checks)
    {
        foreach (var (path, check) in recipe.Checks())
        {
            try
            {
                check();
            }
            catch (UserErrorException error)
            {
                checks.Add(path, error.Message);
            }
        }
    }

    /// <summary>The text of a recipe that comes with Pupil, comments and all.</summary>
    public static string Text(string name) => BuiltInFiles.Text(name);
}
