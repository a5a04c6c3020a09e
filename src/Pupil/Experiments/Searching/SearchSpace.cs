using System.Globalization;
using Pupil.Core;
using Pupil.Experiments.Recipes;
using Pupil.Settings;

namespace Pupil.Experiments.Searching;

/// <summary>The combinations of values that a comparison's rows list.</summary>
/// <param name="plan">The comparison, with one recipe.</param>
/// <param name="draws">The number of combinations that are drawn for each row; null: all of them.</param>
/// <param name="seed">The seed of that draw.</param>
internal sealed class SearchSpace(ComparisonPlan plan, int? draws, int seed)
{
    // A search of more cells is a mistake.
    private const int MostCandidates = 10_000;

    /// <summary>Returns the combinations of all rows.</summary>
    /// <exception cref="UserErrorException">Nothing is tried, or a value is wrong.</exception>
    public IReadOnlyList<SearchCandidate> Candidates()
    {
        List<SearchCandidate> candidates = [.. plan.Comparison.Rows.SelectMany(CandidatesOf)];
        if (plan.Comparison.Try.Select(TriedValues.Parse).FirstOrDefault(values => !candidates.Exists(
            candidate => candidate.Values.Any(value => value.StartsWith($"{values.Path}=", StringComparison.Ordinal)))) is { } unknown)
        {
            throw new UserErrorException($"--try: found '{unknown.Path}', which no row has; expected a path of the recipe of one.");
        }
        return candidates.TrueForAll(candidate => candidate.Values.Count == 0)
            ? throw new UserErrorException("--try: found nothing to try, expected a path with values, such as --try "
                + "method.beta=100,1000,10000, or \"try\" in the comparison's file.")
            : candidates;
    }

    private IEnumerable<SearchCandidate> CandidatesOf(ComparisonRow row)
    {
        var recipe = plan.Recipes[0];
        var own = row.OverridesFor(RecipeBook.Parse(recipe.Text, recipe.Name, plan.Comparison.Set).Method);
        TriedValues[] tried =
        [
            .. from values in plan.Comparison.Try.Select(TriedValues.Parse)
               where IsThere(own, values)
               select Checked(own, values),
            .. row.Try.Select(values => Checked(own, TriedValues.Parse(values))),
        ];
        foreach (var values in tried)
        {
            if (values.Path is "data" or "data.measure" or "seed" or "name")
                throw new UserErrorException($"--try: found '{values.Path}', expected a path of what is searched.");
            if (tried.Count(other => other.Path == values.Path) > 1)
                throw new UserErrorException($"{row.Name}: found '{values.Path}' a second time; give all its values at once.");
        }
        return Combinations(row.Name, tried).Select(values => new SearchCandidate { Row = row.Name, Own = own, Values = values });
    }

    // A method's weight is tried in the rows of methods that have it.
    private bool IsThere(IReadOnlyList<string> own, TriedValues values) =>
        ErrorOf(own, values.Path, values.Range is var (from, _) ? FormattableString.Invariant($"{from}") : values.Values[0])?.Cause
            is not UnknownKey;

    // Of a range for an entry that takes whole numbers only, whole numbers are drawn.
    private TriedValues Checked(IReadOnlyList<string> own, TriedValues values)
    {
        if (values.Range is not var (from, to) || Math.Floor(to) < Math.Ceiling(from))
            return values;
        double whole = Math.Ceiling(from);
        bool isWhole = ErrorOf(own, values.Path, Text(whole)) is null && ErrorOf(own, values.Path, Text(whole + 0.5)) is not null;
        return values with { IsWhole = isWhole };

        static string Text(double number) => number.ToString(CultureInfo.InvariantCulture);
    }

    private UserErrorException? ErrorOf(IReadOnlyList<string> own, string path, string value)
    {
        try
        {
            var recipe = plan.Recipes[0];
            RecipeBook.Parse(recipe.Text, recipe.Name, [.. plan.Comparison.Set, .. own, $"{path}={value}"]);
            return null;
        }
        catch (UserErrorException error)
        {
            return error;
        }
    }

    private IEnumerable<IReadOnlyList<string>> Combinations(string row, TriedValues[] tried)
    {
        double number = tried.Aggregate(1.0, (product, values) => product * (values.Range is null ? values.Values.Count : double.MaxValue));
        if (draws is null && tried.FirstOrDefault(values => values.Range is not null) is { } range)
            throw new UserErrorException($"{range.Path}: found a range, expected values, or --random N to draw from it.");
        if ((draws ?? number) > MostCandidates)
            throw new UserErrorException($"{row}: found {draws ?? number:N0} combinations, expected at most {MostCandidates:N0}.");
        return draws is int wanted && wanted < number ? Drawn(row, tried, wanted) : Grid(tried);
    }

    private static IEnumerable<IReadOnlyList<string>> Grid(TriedValues[] tried) => tried.Aggregate(
        (IEnumerable<IReadOnlyList<string>>)[[]], (found, values) => found.SelectMany(before =>
            values.Values.Select(value => (IReadOnlyList<string>)[.. before, $"{values.Path}={value}"])));

    private List<IReadOnlyList<string>> Drawn(string row, TriedValues[] tried, int wanted)
    {
        var random = new StreamRandom(RandomStream.FromKey(RandomStream.Purpose.Search, seed, RandomStream.KeyOf(row)));
        var found = new Dictionary<string, IReadOnlyList<string>>();
        // Draws of few values repeat; a small number of combinations is tried in full before this.
        for (int i = 0; i < 1000 * wanted && found.Count < wanted; i++)
        {
            string[] values = [.. tried.Select(one => $"{one.Path}={one.Draw(random)}")];
            found.TryAdd(string.Join(' ', values), values);
        }
        return [.. found.Values];
    }
}
