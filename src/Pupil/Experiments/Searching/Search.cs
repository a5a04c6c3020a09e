using System.Text.Json.Nodes;
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
    private const string File = "search.json";

    // A search of more cells is a mistake.
    private const int MostCandidates = 10_000;

    private const int LongestName = 70;

    /// <summary>The comparison with the tried values, without what was set for the search alone.</summary>
    public required Comparison Comparison { get; init; }

    /// <summary>What was set for the search alone, such as a shorter training.</summary>
    public IReadOnlyList<string> Set { get; init; } = [];

    /// <summary>The seeds of the search.</summary>
    public required IReadOnlyList<int> Seeds { get; init; }

    /// <summary>The number of combinations that are drawn for each row; null: all of them.</summary>
    public int? Random { get; init; }

    /// <summary>The seed of that draw.</summary>
    public int RandomSeed { get; init; }

    /// <summary>Returns the comparison with what is set for the search, before any value is tried.</summary>
    /// <param name="recipes">A plan with the recipe.</param>
    public ComparisonPlan Base(ComparisonPlan recipes) =>
        ComparisonMerge.Remake(recipes, Comparison with { Set = [.. Comparison.Set, .. Set], Seeds = Seeds });

    /// <summary>Returns the comparison that tries the values.</summary>
    /// <param name="recipes">A plan with the recipe.</param>
    /// <exception cref="UserErrorException">Nothing is tried, there are several recipes, or a cell is wrong.</exception>
    public ComparisonPlan Plan(ComparisonPlan recipes)
    {
        if (recipes.Recipes.Count != 1)
        {
            throw new UserErrorException(
                $"{Comparison.Name}: found {recipes.Recipes.Count} recipes, expected one: values are chosen for each by itself.");
        }
        var plan = Base(recipes);
        var candidates = plan.Comparison.Rows.SelectMany(row => CandidatesOf(plan, row)).ToList();
        if (plan.Comparison.Try.Select(TriedValues.Parse).FirstOrDefault(values => !candidates.Exists(
            candidate => candidate.Values.Any(value => value.StartsWith($"{values.Path}=", StringComparison.Ordinal)))) is { } unknown)
        {
            throw new UserErrorException($"--try: found '{unknown.Path}', which no row has; expected a path of the recipe of one.");
        }
        if (candidates.TrueForAll(candidate => candidate.Values.Count == 0))
        {
            throw new UserErrorException("--try: found nothing to try, expected a path with values, such as --try method.beta=100,1000,10000, "
                + "or \"try\" in the comparison's file.");
        }
        return ComparisonMerge.Remake(plan, plan.Comparison with
        {
            Name = NameWith("search"),
            Try = [],
            Contrasts = [],
            Set = [.. plan.Comparison.Set, "data.measure=held-out"],
            Rows = [.. candidates.Select(candidate => candidate.Tried)],
        });
    }

    /// <summary>Returns the name of the comparison with an ending.</summary>
    public string NameWith(string ending) => $"{Comparison.Name[..Math.Min(LongestName, Comparison.Name.Length)]}-{ending}";

    /// <summary>Returns the candidates of a row, in the order of the values.</summary>
    public IReadOnlyList<SearchCandidate> CandidatesOf(ComparisonPlan plan, ComparisonRow row)
    {
        var own = row.OverridesFor(RecipeWith(plan, []).Method);
        var complete = JsonNode.Parse(SettingsWriter.Write(RecipeWith(plan, own)))!;
        TriedValues[] tried =
        [
            .. plan.Comparison.Try.Select(TriedValues.Parse).Where(values => Has(complete, values.Path)),
            .. row.Try.Select(TriedValues.Parse),
        ];
        return [.. Combinations(row.Name, tried).Select(values => new SearchCandidate(row, own, values))];
    }

    private static Recipe RecipeWith(ComparisonPlan plan, IReadOnlyList<string> own) =>
        RecipeBook.Parse(plan.Recipes[0].Text, plan.Recipes[0].Name, [.. plan.Comparison.Set, .. own]);

    // A method's weight is tried in the rows of methods that have it.
    private static bool Has(JsonNode recipe, string path)
    {
        var node = (JsonNode?)recipe;
        foreach (var step in SettingsPath.TryParse(path) ?? throw new UserErrorException($"--try: found '{path}', expected a path."))
        {
            (node, bool isThere) = (node, step.Key) switch
            {
                (JsonObject owner, { } key) => (owner[key], owner.ContainsKey(key)),
                (JsonArray list, null) when step.Index < list.Count => (list[step.Index], true),
                _ => (null, false),
            };
            if (!isThere)
                return false;
        }
        return true;
    }

    /// <summary>Writes the search into its folder.</summary>
    public void Write(ComparisonFolder folder)
    {
        Directory.CreateDirectory(folder.Path);
        AtomicFile.WriteText(Path.Combine(folder.Path, File), SettingsWriter.Write(this));
    }

    /// <summary>Reads the search of a folder.</summary>
    /// <exception cref="UserErrorException">There is none, or it is damaged.</exception>
    public static Search Read(ComparisonFolder folder)
    {
        string file = Path.Combine(folder.Path, File);
        return System.IO.File.Exists(file) ? SettingsReader.ReadFile<Search>(file)
            : throw new UserErrorException($"{folder.Path}: holds no search (no {File}); give the folder of a search.");
    }

    private IEnumerable<IReadOnlyList<string>> Combinations(string row, TriedValues[] tried)
    {
        double number = tried.Aggregate(1.0, (product, values) => product * (values.Range is null ? values.Values.Count : double.MaxValue));
        if (Random is null && tried.FirstOrDefault(values => values.Range is not null) is { } range)
            throw new UserErrorException($"{range.Path}: found a range, expected values, or --random N to draw from it.");
        if ((Random ?? number) > MostCandidates)
            throw new UserErrorException($"{row}: found {Random ?? number:N0} combinations, expected at most {MostCandidates:N0}.");
        return Random is int draws && draws < number ? Drawn(row, tried, draws) : Grid(tried);
    }

    private static IEnumerable<IReadOnlyList<string>> Grid(TriedValues[] tried) => tried.Aggregate(
        (IEnumerable<IReadOnlyList<string>>)[[]], (found, values) => found.SelectMany(before =>
            values.Values.Select(value => (IReadOnlyList<string>)[.. before, $"{values.Path}={value}"])));

    private List<IReadOnlyList<string>> Drawn(string row, TriedValues[] tried, int draws)
    {
        var random = new StreamRandom(RandomStream.FromKey(RandomStream.Purpose.Search, RandomSeed, RandomStream.KeyOf(row)));
        var found = new Dictionary<string, IReadOnlyList<string>>();
        // Draws of few values repeat; a small number of combinations is tried in full before this.
        for (int i = 0; i < 1000 * draws && found.Count < draws; i++)
        {
            string[] values = [.. tried.Select(one => $"{one.Path}={one.Draw(random)}")];
            found.TryAdd(string.Join(' ', values), values);
        }
        return [.. found.Values];
    }
}
