using Pupil.Settings;

namespace Pupil.Experiments.Recipes;

/// <summary>Finds and reads comparisons: files, and those that come with Pupil, by name.</summary>
internal static class ComparisonBook
{
    /// <summary>The name of the comparison on the built-in data set.</summary>
    public const string Demo = "compare/smoke";

    private static readonly HashSet<string> OnlyInRecipes = [.. KeysOf<Recipe>().Except(KeysOf<Comparison>())];

    /// <summary>The names of the comparisons that come with Pupil, such as <c>compare/smoke</c>.</summary>
    public static IReadOnlyList<string> Names { get; } =
        [.. BuiltInFiles.Names.Where(name => name.StartsWith(BuiltInFiles.Comparisons, StringComparison.Ordinal))];

    /// <summary>Whether a place holds a comparison, and not a recipe.</summary>
    /// <param name="place">A file, or the name of a comparison or recipe that comes with Pupil; a file takes precedence.</param>
    /// <exception cref="UserErrorException">Neither exists, or the file cannot be read.</exception>
    public static bool IsComparison(string place)
    {
        if (File.Exists(place))
        {
            var root = JsonTreeParser.Parse(SourceText.FromText(place, SettingsFile.ReadText(place))) as TreeObject;
            return root?.Members.Keys.Any(OnlyInRecipes.Contains) == false;
        }
        if (Names.Contains(place))
            return true;
        if (RecipeBook.Names.Contains(place) || Directory.Exists(place) || Path.HasExtension(place))
            return false;
        string[] known = [.. Names, .. RecipeBook.Names];
        throw new UserErrorException($"{place}: found no such file, comparison or recipe; "
            + $"those that come with Pupil: {string.Join(", ", known)}.{NearestName.Hint(place, known)}");
    }

    /// <summary>Reads a comparison and all its cells.</summary>
    /// <param name="place">A file, or the name of a comparison that comes with Pupil; a file takes precedence.</param>
    /// <param name="change">Changes the comparison before its cells are made, such as its seeds; null for no change.</param>
    /// <exception cref="UserErrorException">It does not exist, or it or a cell is wrong; one line for each of up to ten errors.</exception>
    public static ComparisonPlan Read(string place, Func<Comparison, Comparison>? change = null)
    {
        bool builtIn = !File.Exists(place) && Names.Contains(place);
        string text = builtIn ? Text(place) : SettingsFile.ReadText(place);
        string? folder = builtIn ? null : Path.GetDirectoryName(Path.GetFullPath(place));
        ComparisonPlan? plan = null;
        // Made within the reader's check, so that the error of a cell has the position of its row in the file.
        SettingsReader.Read<Comparison>(text, place, check: (comparison, checks) =>
            plan = new PlanMaker(change?.Invoke(comparison) ?? comparison, recipe => RecipeBook.Find(recipe, folder), checks.Add).Make());
        return plan!;
    }

    /// <summary>Makes the cells of a comparison from code; recipe files are relative to the current folder.</summary>
    /// <param name="comparison">The comparison.</param>
    /// <exception cref="UserErrorException">The comparison or a cell is wrong.</exception>
    public static ComparisonPlan Plan(Comparison comparison) => Plan(comparison, recipe => RecipeBook.Find(recipe));

    /// <summary>Makes the cells of a comparison whose recipes are found by <paramref name="find"/>.</summary>
    internal static ComparisonPlan Plan(Comparison comparison, Func<string, (string Text, string Source)> find)
    {
        // A comparison from code follows the rules of a file.
        SettingsReader.Read<Comparison>(SettingsWriter.Write(comparison), comparison.Name);
        var errors = new SettingsErrors();
        var plan = new PlanMaker(comparison, find, (path, message) => errors.Add(() => comparison.Name, path, () => message)).Make();
        errors.ThrowIfAny();
        return plan!;
    }

    /// <summary>Returns the text of a comparison that comes with Pupil, comments included.</summary>
    public static string Text(string name) => BuiltInFiles.Text(name);

    private static IEnumerable<string> KeysOf<T>() => ((ObjectSchema)SchemaBuilder.SchemaOf(typeof(T))).Keys;
}
