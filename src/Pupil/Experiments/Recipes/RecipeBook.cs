using System.Text.Json;
using Pupil.Images;
using Pupil.Images.Formats.Cifar;
using Pupil.Images.Formats.Svhn;
using Pupil.Images.Formats.Synthetic;
using Pupil.Images.Formats.TinyImageNet;
using Pupil.Settings;

namespace Pupil.Experiments.Recipes;

/// <summary>The cause of an error: a folder stands in place of a recipe; it may be a data set.</summary>
/// <param name="Folder">The folder.</param>
internal sealed record FolderForRecipe(string Folder) : UserErrorCause;

/// <summary>The cause of an error: a comparison stands in place of a recipe.</summary>
/// <param name="Name">The name of the comparison.</param>
internal sealed record ComparisonForRecipe(string Name) : UserErrorCause;

/// <summary>Finds and reads recipes: files, and those that come with Pupil, by name.</summary>
public static class RecipeBook
{
    /// <summary>The name of the recipe on the built-in data set.</summary>
    public const string Demo = "smoke";

    /// <summary>The names of the recipes that come with Pupil, such as <c>cifar10/paper</c>.</summary>
    public static IReadOnlyList<string> Names { get; } =
        [.. BuiltInFiles.Names.Where(name => !name.StartsWith(BuiltInFiles.Comparisons, StringComparison.Ordinal))];

    /// <summary>Reads a recipe, completes it by its preset and checks it.</summary>
    /// <param name="place">A file, or the name of a recipe that comes with Pupil; a file takes precedence.</param>
    /// <param name="overrides">Values that replace written ones, such as <c>training.epochs=3</c>.</param>
    /// <exception cref="UserErrorException">The recipe does not exist, or is wrong.</exception>
    public static Recipe Read(string place, IReadOnlyList<string>? overrides = null)
    {
        var (text, source) = Find(place);
        return Parse(text, source, overrides);
    }

    /// <summary>Returns the text of a recipe, and its name in messages.</summary>
    /// <param name="place">A file, or the name of a recipe that comes with Pupil; a file takes precedence.</param>
    /// <param name="folder">The folder that a file is relative to; null for the current folder.</param>
    /// <exception cref="UserErrorException">The recipe does not exist, or cannot be read.</exception>
    internal static (string Text, string Source) Find(string place, string? folder = null)
    {
        string file = folder is null ? place : Path.Combine(folder, place);
        if (!File.Exists(file) && Names.Contains(place))
            return (Text(place), place);
        if (Directory.Exists(file))
            throw new UserErrorException($"{file}: found a folder, expected a recipe file.") { Cause = new FolderForRecipe(file) };
        if (File.Exists(file) || Path.HasExtension(file))
            return (SettingsFile.ReadText(file), file);
        if (ComparisonBook.Names.Contains(place))
            throw new UserErrorException($"{place}: is a comparison, expected a recipe.") { Cause = new ComparisonForRecipe(place) };
        throw new UserErrorException($"{place}: found no such file or recipe; recipes that come with Pupil: {string.Join(", ", Names)}."
            + NearestName.Hint(place, Names));
    }

    /// <summary>Returns the name of the quick recipe for a data set, and the override that sets the source.</summary>
    /// <param name="source">The source of the images.</param>
    internal static (string Name, string? Override) QuickFor(DataSource source) => source switch
    {
        // A known set keeps the recipe's other options of the source, such as labels; any other source replaces the recipe's.
        Cifar10Source { Path: var path } => ("cifar10/quick", $"data.source.path={path}"),
        Cifar100Source { Path: var path } => ("cifar100/quick", $"data.source.path={path}"),
        SvhnSource { Path: var path } => ("svhn/quick", $"data.source.path={path}"),
        TinyImageNetSource { Path: var path } => ("tiny-imagenet/quick", $"data.source.path={path}"),
        ShapesOptions => (Demo, null),
        _ => ("pictures/quick", $"data.source={JsonSerializer.Serialize(source, SettingsJson.Options)}"),
    };

    /// <summary>Reads a recipe from text.</summary>
    /// <param name="text">JSON with comments.</param>
    /// <param name="source">The name of the text in messages.</param>
    /// <param name="overrides">Values that replace written ones.</param>
    public static Recipe Parse(string text, string source, IReadOnlyList<string>? overrides = null) =>
        Parse(text, source, overrides, _ => { });

    /// <summary>Reads a recipe from text, and sets values that it leaves open.</summary>
    /// <param name="text">JSON with comments.</param>
    /// <param name="source">The name of the text in messages.</param>
    /// <param name="overrides">Values that replace written ones.</param>
    /// <param name="complete">Sets further values; those of the preset come last.</param>
    internal static Recipe Parse(string text, string source, IReadOnlyList<string>? overrides, Action<SettingsDraft> complete) =>
        SettingsReader.Read<Recipe>(text, source, overrides, draft =>
        {
            complete(draft);
            PretrainedNetworks.Complete(draft);
            Presets.Complete(draft);
        }, Check);

    // Reports each wrong value with its position in the file.
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

    /// <summary>Returns the text of a recipe that comes with Pupil, comments included.</summary>
    public static string Text(string name) => BuiltInFiles.Text(name);
}
