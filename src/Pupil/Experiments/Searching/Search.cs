using Pupil.Core;
using Pupil.Experiments.Comparisons;
using Pupil.Experiments.Recipes;
using Pupil.Settings;

namespace Pupil.Experiments.Searching;

/// <summary>
/// A search for values of a recipe: every combination of the tried values is a cell of a comparison of its own, which measures held-out
/// images alone. The best combination of each row makes a comparison that can be run on the test images.
/// </summary>
internal sealed record Search
{
    private const string FileName = "search.json";

    private const int LongestName = 70;

    /// <summary>The comparison that values are chosen for, without the tried values.</summary>
    public required Comparison Comparison { get; init; }

    /// <summary>What was set for the search alone, such as a shorter training.</summary>
    public IReadOnlyList<string> Set { get; init; } = [];

    /// <summary>The seeds of the search.</summary>
    public required IReadOnlyList<int> Seeds { get; init; }

    /// <summary>The combinations that were tried, in this order.</summary>
    public required IReadOnlyList<SearchCandidate> Candidates { get; init; }

    /// <summary>Makes a search.</summary>
    /// <param name="plan">The comparison, read and checked.</param>
    /// <param name="tried">Values to try in every row, beside those of the comparison.</param>
    /// <param name="set">What is set for the search alone.</param>
    /// <param name="seeds">The seeds of the search.</param>
    /// <param name="draws">The number of combinations that are drawn for each row; null: all of them.</param>
    /// <param name="drawSeed">The seed of that draw.</param>
    /// <exception cref="UserErrorException">Nothing is tried, there are several recipes, or a value is wrong.</exception>
    public static Search Of(ComparisonPlan plan, IReadOnlyList<string> tried, IReadOnlyList<string> set, IReadOnlyList<int> seeds,
        int? draws = null, int drawSeed = 0)
    {
        if (plan.Recipes.Count != 1)
        {
            throw new UserErrorException(
                $"{plan.Comparison.Name}: found {plan.Recipes.Count} recipes, expected one: values are chosen for each by itself.");
        }
        var whole = plan.Comparison with { Try = [.. plan.Comparison.Try, .. tried] };
        var space = new SearchSpace(ComparisonMerge.Remake(plan, whole with { Set = [.. whole.Set, .. set] }), draws, drawSeed);
        return new()
        {
            Comparison = whole with { Try = [], Rows = [.. whole.Rows.Select(row => row with { Try = [] })] },
            Set = set,
            Seeds = seeds,
            Candidates = space.Candidates(),
        };
    }

    /// <summary>Returns the comparison that tries the values.</summary>
    /// <param name="recipe">A plan with the recipe.</param>
    /// <exception cref="UserErrorException">A cell is wrong.</exception>
    public ComparisonPlan Plan(ComparisonPlan recipe) => ComparisonMerge.Remake(recipe, Comparison with
    {
        Name = NameWith("search"),
        Contrasts = [],
        Set = [.. Comparison.Set, .. Set],
        Seeds = Seeds,
        Rows = [.. Candidates.Select(candidate => candidate.TriedIn(RowOf(candidate)))],
    });

    /// <summary>Returns the row of a candidate.</summary>
    public ComparisonRow RowOf(SearchCandidate candidate) => Comparison.Rows.First(row => row.Name == candidate.Row);

    /// <summary>Returns the name of the comparison with an ending.</summary>
    public string NameWith(string ending) => $"{Comparison.Name[..Math.Min(LongestName, Comparison.Name.Length)]}-{ending}";

    /// <summary>Returns this search with the rows, values and seeds of the one that the folder holds.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="recipe">A plan with the recipe.</param>
    /// <exception cref="UserErrorException">The folder's search has another recipe, or other settings for the search.</exception>
    public Search AddedTo(ComparisonFolder folder, ComparisonPlan recipe)
    {
        if (!IsIn(folder))
            return this;
        var here = Read(folder);
        if (folder.Exists && folder.ReadPlan().Recipes.Select(found => found.Text).Single() != recipe.Recipes[0].Text)
            throw new UserErrorException($"{folder.Path}: holds the search of another recipe; choose another folder.");
        if (!here.Set.Concat(here.Comparison.Set).SequenceEqual(Set.Concat(Comparison.Set)))
        {
            throw new UserErrorException($"{folder.Path}: holds a search with --set {string.Join(" --set ", here.Set)}; give the same, or "
                + "choose another folder.");
        }
        return this with
        {
            Comparison = Comparison with
            {
                Rows = [.. here.Comparison.Rows.Where(row => Comparison.Rows.All(own => own.Name != row.Name)), .. Comparison.Rows],
            },
            Seeds = [.. here.Seeds.Union(Seeds)],
            Candidates = [.. here.Candidates.Concat(Candidates).DistinctBy(candidate => candidate.Key)],
        };
    }

    /// <summary>Whether a folder holds a search.</summary>
    public static bool IsIn(ComparisonFolder folder) => File.Exists(PlaceIn(folder));

    /// <summary>Writes the search into its folder.</summary>
    public void Write(ComparisonFolder folder) => AtomicFile.WriteText(PlaceIn(folder), SettingsWriter.Write(this));

    /// <summary>Reads the search of a folder.</summary>
    /// <exception cref="UserErrorException">It is damaged.</exception>
    public static Search Read(ComparisonFolder folder) => SettingsReader.ReadFile<Search>(PlaceIn(folder));

    private static string PlaceIn(ComparisonFolder folder) => Path.Combine(folder.Path, FileName);
}
