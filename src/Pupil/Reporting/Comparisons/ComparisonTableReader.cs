using Pupil.Distillation.Methods;
using Pupil.Experiments.Comparisons;
using Pupil.Experiments.Recipes;
using Pupil.Experiments.Runs;
using Pupil.Training;

namespace Pupil.Reporting.Comparisons;

/// <summary>Makes the table of the records in a comparison's folder.</summary>
internal sealed class ComparisonTableReader(ComparisonFolder folder, ComparisonPlan plan)
{
    private readonly List<CellState> _states = [.. Fitting(plan.Cells.Select(folder.StateOf))];

    public ComparisonTable Read() => new(plan.Comparison, [.. plan.Recipes.Select(recipe => Read(recipe.Name))], _states,
    [
        .. _states.Where(state => state.Summary is not null).Select(state => Machine(folder.FolderOf(state.Cell))).OfType<string>().Distinct(),
    ]);

    // Seeds of one row are of the same networks, or one of them is no seed of it.
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
            return run.ReadEnvironments() is [.., var session]
                ? $"{session.Processor}, {Count(session.Cores, "core")}, {Count(session.Threads, "thread")}, {session.Device}" : null;
        }
        catch (UserErrorException error)
        {
            return $"unknown ({error.Message})";
        }
    }

    private RecipeTable Read(string recipe)
    {
        var rows = plan.Comparison.Rows
            .Select(row => (Row: row, States: _states.FindAll(state => state.Cell.RecipeName == recipe && state.Cell.Row.Name == row.Name)))
            .Select(row => (row.Row, row.States[0].Cell.Settings, Runs: RunsOf(row.States)))
            .Select(row => (row.Row, row.Settings, row.Runs, Groups: RunGroup.Over(row.Runs)))
            .ToList();
        var alone = rows.First(row => row.Settings.Method is SupervisedOptions);
        var distillation = rows.Find(row => row.Settings.Method is KdOptions);
        return new RecipeTable(recipe, ExpertsOf(rows.Select(row => (row.Settings, row.Runs))),
        [
            .. rows.Select(row => new TableRow(row.Row, row.Settings, row.Runs,
            [
                .. row.Settings.Students.Select(student => Student(student.Name, row.Settings, row.Groups,
                    row == alone ? [] : alone.Groups, row == distillation ? [] : distillation.Groups ?? [])),
                .. row.Groups.Where(group => group.Network.Role == NetworkRole.Companion)
                    .Select(group => new TableNetwork(group.Network.Name, false, group, Differences.None, Differences.None, [])),
            ])),
        ]);
    }

    private static List<RunSummary> RunsOf(List<CellState> states) =>
        [.. states.Select(state => state.Summary).OfType<RunSummary>().OrderBy(run => run.Seed)];

    private static string Count(int number, string what) => FormattableString.Invariant($"{number} {what}{(number == 1 ? "" : "s")}");

    private static TableNetwork Student(
        string name, Recipe settings, IReadOnlyList<RunGroup> own, IReadOnlyList<RunGroup> alone, IReadOnlyList<RunGroup> distillation)
    {
        var group = Of(own);
        return new TableNetwork(name, true, group, Differences.Between(group, Of(alone)), Differences.Between(group, Of(distillation)),
            group is null ? [] : Published(settings, group));

        RunGroup? Of(IReadOnlyList<RunGroup> groups) => groups.FirstOrDefault(found => found.Network.Name == name);
    }

    // A method without an expert may have a big network that learns along in its place.
    private static IReadOnlyList<PublishedNumber> Published(Recipe settings, RunGroup group)
    {
        string student = group.Network.Architecture;
        var run = group.Runs[0];
        var teacher = run.Expert?.Network ?? run.Networks.FirstOrDefault(result => result.Network.Role == NetworkRole.Companion)?.Network;
        return PublishedNumbers.DataOf(settings.Data) is not { } data ? []
            : settings.Method is SupervisedOptions ? PublishedNumbers.OfAlone(data, student)
            : teacher is null ? [] : Published(data, settings, teacher.Architecture, student);
    }

    // What papers count as a method of its own may be an option, or a chain of experts, here.
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

    private static IReadOnlyList<TableExpert> ExpertsOf(IEnumerable<(Recipe Settings, List<RunSummary> Runs)> rows) =>
    [
        .. rows.SelectMany(row => row.Runs.Where(run => run.Expert is not null).Select(run => (row.Settings, Run: run, Expert: run.Expert!)))
            .GroupBy(found => found.Expert.Network)
            .Select(same => new TableExpert(same.Key,
                [.. same.DistinctBy(found => (found.Expert.File, found.Expert.Test)).Select(found => found.Expert.Test).OfType<Accuracy>().Select(test => test.Top1)],
                PublishedNumbers.DataOf(same.First().Settings.Data) is { } data ? PublishedNumbers.OfAlone(data, same.Key.Architecture) : [],
                ProtocolOf(same.First().Settings.Expert, same.First().Run.Images.Train))),
    ];

    private static OwnProtocol? ProtocolOf(ExpertOptions? expert, int trainImages) => expert is { File: null }
        ? new OwnProtocol(expert.TrainImages ?? trainImages, expert.Training.Epochs, expert.Training.BatchSize)
        : null;
}
