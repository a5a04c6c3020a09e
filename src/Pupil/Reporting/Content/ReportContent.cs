using Pupil.Experiments.Comparisons;
using Pupil.Experiments.Recipes;
using Pupil.Experiments.Runs;
using Pupil.Reporting.Comparisons;
using Pupil.Settings;

namespace Pupil.Reporting.Content;

/// <summary>What a report shows: a pure function of run folders.</summary>
/// <param name="Title">Its title.</param>
/// <param name="Groups">The runs, those that differ only in their seeds together.</param>
/// <param name="Comparison">The tables of the comparison that the runs belong to; null for runs by themselves.</param>
/// <param name="Problems">What could not be read, a sentence each.</param>
public sealed record ReportContent(string Title, IReadOnlyList<ReportGroup> Groups, ComparisonText? Comparison, IReadOnlyList<string> Problems)
{
    /// <summary>Whether the data set's pictures are in the page. Default true; false for a page that goes where the pictures must not: attention maps without what is under them, mistakes by name.</summary>
    public bool ShowsPictures { get; init; } = true;

    /// <summary>The part of a report that this is; empty for the whole, or where there is but one.</summary>
    public string Part { get; private init; } = "";

    /// <summary>The report part by part: of a comparison of several recipes one for each, since runs of unlike settings share no chart.</summary>
    public IEnumerable<ReportContent> Parts => Groups.GroupBy(group => group.Part).Select(part => this with { Groups = [.. part], Part = part.Key });

    /// <summary>All runs.</summary>
    public IEnumerable<ReportRun> Runs => Groups.SelectMany(group => group.Runs);

    /// <summary>How far the runs are that are not finished, a sentence each.</summary>
    public IReadOnlyList<string> Unfinished => [.. Runs.Select(run => run.Progress).OfType<string>()];

    /// <summary>The colour of a network in all charts, no other network's: students, then those that learn beside them, then controls.</summary>
    /// <param name="groups">All groups.</param>
    /// <param name="group">Its group.</param>
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
    /// <param name="paths">Their paths, at least one.</param>
    /// <exception cref="UserErrorException">A path holds neither a run nor a comparison, or nothing can be read.</exception>
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
                throw new UserErrorException($"{path}: holds neither a run nor a comparison; give the folder that 'pupil distill', 'train' or 'compare' printed.");
            }
        }
        groups.AddRange(Grouped(single, problems));
        if (groups.Count == 0)
            throw new UserErrorException($"{paths[0]}: no cell of the comparison was begun; 'pupil compare --resume {paths[0]}' goes on with it.");
        problems.AddRange(groups.SelectMany(group => group.Runs).SelectMany(run => run.Problems));
        return new(tables?.Title ?? string.Join(", ", groups.Select(group => group.Recipe?.Name ?? Path.GetFileName(group.Runs[0].Folder.Path)).Distinct()),
            groups, tables, problems);
    }

    // A cell that another recipe was run in shows nothing of itself.
    private static ReportRun RunOf(ComparisonFolder comparison, ComparisonCell cell)
    {
        var run = ReportRun.FromFolder(comparison.FolderOf(cell));
        return run.Recipe is { } recipe && (recipe.Seed, recipe.Method.MethodName) != (cell.Settings.Seed, cell.Settings.Method.MethodName)
            ? new ReportRun(run.Folder, [$"{run.Folder.RecipeFile}: is of seed {recipe.Seed} and method '{recipe.Method.MethodName}', the cell of seed {cell.Settings.Seed} and "
                + $"'{cell.Settings.Method.MethodName}'; nothing of it is shown."])
            : run;
    }

    // Seeds are of the same networks, or one is no seed of them.
    private static List<ReportRun> Fitting(List<ReportRun> runs)
    {
        var first = runs.Select(run => run.Summary).FirstOrDefault(summary => summary is not null);
        return [.. runs.Select(run => run.Summary is { } summary && RecordCheck.FaultBetween(summary, first!) is { } fault
            ? run.WithoutSummary($"{run.Folder.SummaryFile}: {fault}; it is not counted.") : run)];
    }

    private static string Label(ComparisonRow row) => row.Title ?? (row.Name == Experiments.Recipes.Comparison.Alone ? "student alone" : row.Name);

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
        var groups = runs.GroupBy(run => run.Recipe is { } recipe ? SettingsWriter.Write(recipe with { Seed = 0 }) : run.Folder.Path).ToList();
        string[] methods = [.. groups.Select(group => group.First().Recipe?.Method.MethodName ?? "?")];
        foreach (var (group, method) in groups.Zip(methods))
        {
            string folder = Path.GetFileName(group.First().Folder.Path);
            var once = group.DistinctBy(run => run.Seed).OrderBy(run => run.Seed).ToList();
            problems.AddRange(group.Except(once).Select(twice =>
                $"{twice.Folder.Path}: has the recipe and seed of {once.Find(run => run.Seed == twice.Seed)!.Folder.Path}; it is not counted."));
            yield return new(methods.Count(other => other == method) == 1 ? method : $"{method} ({folder})", Fitting(once));
        }
    }
}
