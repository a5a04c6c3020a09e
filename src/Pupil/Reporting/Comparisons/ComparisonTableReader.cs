using Pupil.Distillation.Methods;
using Pupil.Experiments.Comparisons;
using Pupil.Experiments.Recipes;
using Pupil.Experiments.Runs;
using Pupil.Settings;
using Pupil.Training;

namespace Pupil.Reporting.Comparisons;

/// <summary>Reads the table of a comparison from the records in its folder.</summary>
internal sealed class ComparisonTableReader(ComparisonFolder folder, ComparisonPlan plan)
{
    private readonly List<CellState> _states = [.. Fitting(plan.Cells.Select(folder.StateOf))];

    public ComparisonTable Read()
    {
        var finished = _states.Where(state => state.Summary is not null);
        string[] machines = [.. finished.Select(state => Machine(folder.FolderOf(state.Cell))).OfType<string>().Distinct()];
        return new(plan.Comparison, [.. plan.Recipes.Select(recipe => Read(recipe.Name))], _states, machines);
    }

    // All seeds of a row have the same networks; a summary with others is damaged.
    private static IEnumerable<CellState> Fitting(IEnumerable<CellState> states)
    {
        var firsts = new Dictionary<(string, string), RunSummary>();
        foreach (var state in states)
        {
            var row = (state.Cell.RecipeName, state.Cell.Row.Name);
            if (state.Summary is { } summary && !firsts.TryAdd(row, summary) && RecordCheck.FaultBetween(summary, firsts[row]) is { } fault)
                yield return state with { Summary = null, Damage = fault };
            else
                yield return state;
        }
    }

    private static string? Machine(RunFolder run)
    {
        try
        {
            if (run.ReadEnvironments() is not [.., var session])
                return null;
            string precision = session.Precision is { } named ? $", {named}" : "";
            return $"{session.Processor}, {Count(session.Cores, "core")}, {Count(session.Threads, "thread")}, {session.Device}{precision}";
        }
        catch (UserErrorException error)
        {
            return $"unknown ({error.Message})";
        }
    }

    private RecipeTable Read(string recipe)
    {
        var rows = plan.Comparison.Rows
            .Select(row => (Row: row, States: StatesOf(recipe, row)))
            .Select(row => (row.Row, row.States[0].Cell.Settings, Runs: RunsOf(row.States)))
            .ToList();
        List<TableRow> read = [.. rows.Select(row => Read(row.Row, row.Settings, row.Runs))];
        return new RecipeTable(recipe, ExpertsOf(read), read);
    }

    private static TableRow Read(ComparisonRow row, Recipe settings, List<RunSummary> runs)
    {
        var groups = RunGroup.Over(runs);
        return new TableRow(row, settings, runs,
        [
            .. settings.Students.Select(student => Student(student.Name, settings, groups)),
            .. groups.Where(group => group.Network.Role == NetworkRole.Companion)
                .Select(group => new TableNetwork(group.Network.Name, false, group, [])),
        ]);
    }

    private List<CellState> StatesOf(string recipe, ComparisonRow row) =>
        _states.FindAll(state => state.Cell.RecipeName == recipe && state.Cell.Row.Name == row.Name);

    private static List<RunSummary> RunsOf(List<CellState> states) =>
        [.. states.Select(state => state.Summary).OfType<RunSummary>().OrderBy(run => run.Seed)];

    private static string Count(int number, string what) => FormattableString.Invariant($"{number} {what}{(number == 1 ? "" : "s")}");

    private static TableNetwork Student(string name, Recipe settings, IReadOnlyList<RunGroup> groups)
    {
        var group = groups.FirstOrDefault(found => found.Network.Name == name);
        return new TableNetwork(name, true, group, group is null ? [] : Published(settings, group));
    }

    // In a method without an expert, a companion may be the teacher of the published pair.
    private static IReadOnlyList<PublishedNumber> Published(Recipe settings, RunGroup group)
    {
        string student = group.Network.Architecture;
        var run = group.Runs[0];
        var companion = run.Networks.FirstOrDefault(result => result.Network.Role == NetworkRole.Companion);
        var teacher = run.Expert?.Network ?? companion?.Network;
        return PublishedNumbers.DataOf(settings.Data) is not { } data ? []
            : settings.Method is SupervisedOptions ? PublishedNumbers.OfAlone(data, student)
            : teacher is null ? [] : Published(data, settings, teacher.Architecture, student);
    }

    // Some methods of papers are an option or a chain of experts here.
    private static IReadOnlyList<PublishedNumber> Published(string data, Recipe settings, string teacher, string student)
    {
        var (first, method) = settings.Method switch
        {
            KdOptions { StandardizeLogits: true } => (teacher, "kd-standardized"),
            DkdOptions { StandardizeLogits: true } => (teacher, "dkd-standardized"),
            KdOptions when settings.Expert is { Method: KdOptions, Expert: { } own } => (own.Network.Architecture, "takd"),
            var other => (teacher, other.MethodName),
        };
        return PublishedNumbers.OfPair(data, first, student, method);
    }

    // Rows of one expert have one line: a mean over different experts, or over one that reads other images, would say nothing.
    private static IReadOnlyList<TableExpert> ExpertsOf(IReadOnlyList<TableRow> rows)
    {
        var found = from row in rows
                    from runs in row.Runs.Where(run => run.Expert is not null).GroupBy(run => run.Expert!.Network)
                    select (runs.Key, new RowsOfExpert(row, [.. runs]));
        return [.. found.GroupBy(entry => entry.Key, entry => entry.Item2).SelectMany(same => OfNetwork(same.Key, [.. same]))];

        static IEnumerable<TableExpert> OfNetwork(RunNetwork network, IReadOnlyList<RowsOfExpert> rows)
        {
            var experts = new List<RowsOfExpert>();
            foreach (var row in rows)
            {
                int place = experts.FindIndex(row.HasSameExpert);
                if (place < 0)
                    experts.Add(row);
                else
                    experts[place] = experts[place].With(row);
            }
            return experts.Select(expert => expert.Read(network, isOne: experts.Count == 1));
        }
    }

    // Rows with one expert, and their runs.
    private sealed record RowsOfExpert(IReadOnlyList<TableRow> Rows, IReadOnlyList<RunSummary> Runs)
    {
        public RowsOfExpert(TableRow row, IReadOnlyList<RunSummary> runs) : this([row], runs) { }

        public RowsOfExpert With(RowsOfExpert other) => new([.. Rows, .. other.Rows], [.. Runs, .. other.Runs]);

        // By what the recipes say of expert and images, or by the results with each seed: options of methods may stand beside its own.
        public bool HasSameExpert(RowsOfExpert other) => Origin == other.Origin
            || Runs.Join(other.Runs, run => run.Seed, run => run.Seed, (one, two) => (one.Expert!.Test, one.Expert.File)
                == (two.Expert!.Test, two.Expert.File)).All(isSame => isSame);

        public TableExpert Read(RunNetwork network, bool isOne)
        {
            var settings = Rows[0].Settings;
            var tests = Runs.Select(run => run.Expert!).DistinctBy(expert => (expert.File, expert.Test)).Select(expert => expert.Test);
            var published = PublishedNumbers.DataOf(settings.Data) is { } data
                ? PublishedNumbers.OfAlone(data, network.Architecture) : [];
            var protocol = settings.Expert is { File: null } expert ? new OwnProtocol(
                expert.TrainImages ?? Runs[0].Images.Train, expert.Training.Epochs, expert.Training.BatchSize) : null;
            return new TableExpert(network, [.. tests.OfType<Accuracy>().Select(test => test.Score)], published, protocol)
            {
                Rows = isOne ? [] : Rows,
            };
        }

        private string Origin => SettingsWriter.Write(Rows[0].Settings.Expert!) + SettingsWriter.Write(Rows[0].Settings.Data);
    }
}
