using Pupil.Experiments.Comparisons;
using Pupil.Experiments.Recipes;
using Pupil.Experiments.Runs;
using Pupil.Reporting.Comparisons;
using Pupil.Settings;

namespace Pupil.Reporting.Content;

/// <summary>The content of a report: a pure function of run folders.</summary>
public sealed record ReportContent
{
    private ReportContent(string title, IReadOnlyList<ReportGroup> groups, ComparisonText? comparison, IReadOnlyList<string> problems) =>
        (Title, Groups, Comparison, Problems) = (title, groups, comparison, problems);

    /// <summary>The title.</summary>
    public string Title { get; }

    /// <summary>The runs; those that differ only in their seeds form a group.</summary>
    internal IReadOnlyList<ReportGroup> Groups { get; init; }

    /// <summary>The tables of the comparison that the runs belong to; null for other runs.</summary>
    internal ComparisonText? Comparison { get; init; }

    /// <summary>The records that could not be read, a sentence each.</summary>
    public IReadOnlyList<string> Problems { get; }

    /// <summary>
    /// Whether the page contains pictures of the data set. Default true. If false, attention maps have no picture under them, and
    /// mistakes are listed by name.
    /// </summary>
    public bool ShowsPictures { get; init; } = true;

    /// <summary>The part of a report that this is; empty for the whole, or if there is only one.</summary>
    internal string Part { get; private init; } = "";

    /// <summary>The parts of the report: one for each recipe of a comparison, because runs of different settings share no chart.</summary>
    internal IEnumerable<ReportContent> Parts =>
        Groups.GroupBy(group => group.Part).Select(part => this with { Groups = [.. part], Part = part.Key });

    /// <summary>All runs.</summary>
    internal IEnumerable<ReportRun> Runs => Groups.SelectMany(group => group.Runs);

    /// <summary>The progress of the unfinished runs, a sentence each.</summary>
    public IReadOnlyList<string> Unfinished => [.. Runs.Select(run => run.Progress).OfType<string>()];

    /// <summary>
    /// Returns the colour index of a network in all charts, distinct from all others: students first, then companions, then controls.
    /// </summary>
    /// <param name="groups">All groups.</param>
    /// <param name="group">The network's group.</param>
    /// <param name="network">The network.</param>
    internal static int TintOf(IReadOnlyList<ReportGroup> groups, ReportGroup group, string network)
    {
        if (groups.Count == 1)
            return group.Networks.ToList().IndexOf(network);
        var all = from role in new[] { NetworkRole.Student, NetworkRole.Companion, NetworkRole.Control }
                  from other in groups
                  from name in other.Networks
                  where other.RoleOf(name) == role
                  select (other, name);
        return all.ToList().FindIndex(entry => ReferenceEquals(entry.other, group) && entry.name == network);
    }

    /// <summary>Reads folders of runs, or the folder of a comparison.</summary>
    /// <param name="paths">The paths, at least one.</param>
    /// <exception cref="UserErrorException">A path holds neither a run nor a comparison, or no cell of a comparison has a run.</exception>
    public static ReportContent FromFolders(IReadOnlyList<string> paths)
    {
        var groups = new List<ReportGroup>();
        var problems = new List<string>();
        ComparisonText? tables = null;
        var single = new List<ReportRun>();
        foreach (string path in paths)
        {
            if (new ComparisonFolder(path) is { Exists: true } comparison)
            {
                var plan = comparison.ReadPlan();
                bool severalRecipes = plan.Cells.Select(cell => cell.RecipeName).Distinct().Count() > 1;
                foreach (var row in plan.Cells.GroupBy(cell => (cell.RecipeName, cell.Row.Name)))
                {
                    var runs = row.Where(cell => comparison.FolderOf(cell).Exists).Select(cell => RunOf(comparison, cell)).ToList();
                    if (runs.Count > 0)
                        groups.Add(new(Label(row.First().Row), Fitting(runs)) { Part = severalRecipes ? row.Key.RecipeName : "" });
                }
                tables = paths.Count == 1 ? TablesOf(comparison, problems) : tables;
            }
            else if (new RunFolder(path) is { Exists: true } folder)
            {
                single.Add(ReportRun.FromFolder(folder));
            }
            else
            {
                throw new UserErrorException($"{path}: found neither a run nor a comparison, expected the folder of one.")
                {
                    Cause = new FolderWithoutRuns(),
                };
            }
        }
        groups.AddRange(Grouped(single, problems));
        if (groups.Count == 0)
        {
            throw new UserErrorException($"{paths[0]}: found a comparison without any run, expected at least one.")
            {
                Cause = new ComparisonWithoutRuns(paths[0]),
            };
        }
        problems.AddRange(groups.SelectMany(group => group.Runs).SelectMany(run => run.Problems));
        var names = groups.Select(group => group.Recipe?.Name ?? Path.GetFileName(group.Runs[0].Folder.Path));
        return new(tables?.Title ?? string.Join(", ", names.Distinct()), groups, tables, problems);
    }

    // A run of another recipe than the cell's contributes only a problem.
    private static ReportRun RunOf(ComparisonFolder comparison, ComparisonCell cell)
    {
        var run = ReportRun.FromFolder(comparison.FolderOf(cell));
        var (found, expected) = (run.Recipe, cell.Settings);
        return found is null || (found.Seed, found.Method.MethodName) == (expected.Seed, expected.Method.MethodName)
            ? run
            : new ReportRun(run.Folder,
            [
                $"{run.Folder.RecipeFile}: found seed {found.Seed} and method '{found.Method.MethodName}', expected seed "
                + $"{expected.Seed} and method '{expected.Method.MethodName}' of the cell; the run is left out.",
            ]);
    }

    // All seeds of a group have the same networks; a summary with others is damaged.
    private static List<ReportRun> Fitting(List<ReportRun> runs)
    {
        var first = runs.Select(run => run.Summary).FirstOrDefault(summary => summary is not null);
        return [.. runs.Select(run => run.Summary is { } summary && RecordCheck.FaultBetween(summary, first!) is { } fault
            ? run.WithoutSummary($"{run.Folder.SummaryFile}: {fault}; it is left out.") : run)];
    }

    private static string Label(ComparisonRow row) =>
        row.Title ?? (row.Name == Experiments.Recipes.Comparison.Alone ? "student alone" : row.Name);

    private static ComparisonText? TablesOf(ComparisonFolder comparison, List<string> problems)
    {
        try
        {
            return ComparisonTable.FromFolder(comparison).ToText();
        }
        catch (UserErrorException error)
        {
            problems.Add(error.Message);
            return null;
        }
    }

    private static IEnumerable<ReportGroup> Grouped(IReadOnlyList<ReportRun> runs, List<string> problems)
    {
        var groups = runs.GroupBy(run => run.Recipe is { } recipe ? SettingsWriter.Write(recipe with { Seed = 0 }) : run.Folder.Path)
            .ToList();
        string[] methods = [.. groups.Select(group => group.First().Recipe?.Method.MethodName ?? "?")];
        foreach (var (group, method) in groups.Zip(methods))
        {
            string folder = Path.GetFileName(group.First().Folder.Path);
            var once = group.DistinctBy(run => run.Seed).OrderBy(run => run.Seed).ToList();
            foreach (var twice in group.Except(once))
            {
                string first = once.Find(run => run.Seed == twice.Seed)!.Folder.Path;
                problems.Add($"{twice.Folder.Path}: has the recipe and seed of {first}; it is left out.");
            }
            yield return new(methods.Count(other => other == method) == 1 ? method : $"{method} ({folder})", Fitting(once));
        }
    }
}
