using Pupil.Distillation.Methods;
using Pupil.Settings;

namespace Pupil.Experiments.Recipes;

/// <summary>Makes the cells of a comparison, and reports all its errors together.</summary>
/// <param name="comparison">The comparison.</param>
/// <param name="find">Returns the text of a recipe and its name in messages, by its place.</param>
/// <param name="report">Receives the path of a wrong value, and the error.</param>
internal sealed class PlanMaker(Comparison comparison, Func<string, (string Text, string Source)> find, Action<string, string> report)
{
    private static readonly string[] NotToSet = ["seed", "name"];

    private bool _failed;

    /// <summary>Makes the plan; null if an error was reported.</summary>
    public ComparisonPlan? Make()
    {
        CheckNames();
        var bases = Bases();
        var cells = new Dictionary<(Base, ComparisonRow), Recipe>();
        for (int i = 0; i < comparison.Rows.Count; i++)
        {
            if (comparison.Rows[i].WrongName() is { } wrong)
                Report($"rows[{i}]", wrong);
            else
                MakeRow(i, bases, cells);
        }
        if (_failed)
            return null;
        var whole = comparison;
        // Every other row is measured against the same student without a teacher.
        if (bases.Any(from => !whole.Rows.Any(row => cells[(from, row)].Method is SupervisedOptions)))
        {
            var alone = new ComparisonRow { Name = Comparison.Alone };
            whole = whole with { Rows = [alone, .. whole.Rows] };
            foreach (var from in bases)
                Try("recipes", $"without a teacher, {from.Name}: ", () => cells[(from, alone)] = ForCell(from.Read(alone)));
        }
        CheckContrasts(whole);
        return _failed ? null : new ComparisonPlan(whole, [.. bases.Select(from => new PlannedRecipe(from.Name, from.Text))],
        [
            .. from seed in whole.Seeds
               from recipe in bases
               from row in whole.Rows
               select new ComparisonCell(recipe.Name, row, OfSeed(cells[(recipe, row)], seed)),
        ]);
    }

    private void CheckNames()
    {
        foreach (int i in Repeated(comparison.Seeds))
            Report($"seeds[{i}]", $"found {comparison.Seeds[i]} a second time; give each seed once.");
        // Names become folder names, and some file systems ignore case.
        foreach (int i in Repeated([.. comparison.Rows.Select(row => row.Name.ToUpperInvariant())]))
            Report($"rows[{i}].name", $"found '{comparison.Rows[i].Name}' a second time, expected another name for each row.");
        CheckTried("try", comparison.Try);
        CheckSet("set", comparison.Set);
        for (int i = 0; i < comparison.Rows.Count; i++)
        {
            CheckTried($"rows[{i}].try", comparison.Rows[i].Try);
            CheckSet($"rows[{i}].set", comparison.Rows[i].Set ?? []);
        }
    }

    private void CheckTried(string path, IReadOnlyList<string> tried)
    {
        for (int i = 0; i < tried.Count; i++)
            Try($"{path}[{i}]", "", () => TriedValues.Parse(tried[i]));
    }

    private void CheckContrasts(Comparison whole)
    {
        string[] rows = [.. whole.Rows.Select(row => row.Name)];
        for (int i = 0; i < whole.Contrasts.Count; i++)
        {
            var contrast = whole.Contrasts[i];
            foreach (string name in new[] { contrast.Row, contrast.Baseline }.Where(name => !rows.Contains(name)))
            {
                Report($"contrasts[{i}]", $"found row '{name}', expected one of {string.Join(", ", rows)}."
                    + NearestName.Hint(name, rows));
            }
            if (contrast.Row == contrast.Baseline)
                Report($"contrasts[{i}]", $"found '{contrast.Row}' twice, expected two rows.");
        }
        foreach (int i in Repeated([.. whole.Contrasts.Select(contrast => contrast.Rows)]))
            Report($"contrasts[{i}]", $"found '{whole.Contrasts[i].Rows}' a second time; give each contrast once.");
    }

    private Recipe OfSeed(Recipe recipe, int seed) => recipe with
    {
        Seed = seed,
        Data = comparison.Parts == SeedParts.Fixed ? recipe.Data : recipe.Data with { PartSeed = seed },
    };

    private void CheckSet(string path, IReadOnlyList<string> set)
    {
        for (int i = 0; i < set.Count; i++)
        {
            if (NotToSet.FirstOrDefault(key => set[i].Split('=')[0].Trim() == key) is { } key)
            {
                Report($"{path}[{i}]", key == "seed" ? "found a seed, expected it among the comparison's seeds."
                    : "found a name, which the recipe sets: cells are called by it; leave it out.");
            }
        }
    }

    private List<Base> Bases()
    {
        var bases = new List<Base>();
        for (int i = 0; i < comparison.Recipes.Count; i++)
        {
            Try($"recipes[{i}]", "", () =>
            {
                var (text, source) = find(comparison.Recipes[i]);
                var from = new Base(text, source, comparison.Set);
                if (bases.Find(other => other.Name.Equals(from.Name, StringComparison.OrdinalIgnoreCase)) is { } same)
                    throw new UserErrorException($"{source}: found name '{from.Name}', as in {same.Source}; expected different names.");
                if (!from.HasTaught)
                    throw new UserErrorException($"{source}: none of its students is taught; expected at least one for the rows.");
                bases.Add(from);
            });
        }
        return bases;
    }

    private void MakeRow(int index, List<Base> bases, Dictionary<(Base, ComparisonRow), Recipe> cells)
    {
        var row = comparison.Rows[index];
        foreach (var from in bases)
        {
            Try($"rows[{index}]", $"with recipe {from.Name}: ", () =>
            {
                var settings = ForCell(from.Read(row));
                if (row.Name == Comparison.Alone && settings.Method is not SupervisedOptions)
                    throw new UserErrorException($"found name '{row.Name}' for method {settings.Method.MethodName}; choose another name.");
                cells[(from, row)] = settings;
            });
        }
    }

    private void Try(string path, string prefix, Action action)
    {
        try
        {
            action();
        }
        catch (UserErrorException error)
        {
            foreach (string line in error.Message.Split('\n'))
                Report(path, prefix + line);
        }
    }

    private void Report(string path, string message)
    {
        _failed = true;
        report(path, message);
    }

    // The row without a teacher measures students that are not taught; without a teacher, no expert is needed.
    private static Recipe ForCell(Recipe recipe) => recipe with
    {
        Expert = recipe.Method is SupervisedOptions ? null : recipe.Expert,
        Students = [.. recipe.Students.Where(student => student.Taught)],
    };

    private static IEnumerable<int> Repeated<T>(IReadOnlyList<T> items) =>
        Enumerable.Range(0, items.Count).Where(i => items.Take(i).Contains(items[i]));

    /// <summary>A recipe that rows start from.</summary>
    private sealed class Base
    {
        private readonly IReadOnlyList<string> _set;
        private readonly Recipe _own;

        public Base(string text, string source, IReadOnlyList<string> set)
        {
            (Text, Source, _set) = (text, source, set);
            _own = RecipeBook.Parse(text, source, set);
        }

        public string Text { get; }

        public string Source { get; }

        public string Name => _own.Name;

        public bool HasTaught => _own.Students.Any(student => student.Taught);

        public Recipe Read(ComparisonRow row) => RecipeBook.Parse(Text, Source, [.. _set, .. row.OverridesFor(_own.Method)]);
    }
}
