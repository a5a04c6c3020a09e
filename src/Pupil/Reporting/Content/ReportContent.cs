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

    /// <summary>The colour of a network in all charts: students by their group, then those that learn beside them, then controls.</summary>
    /// <param name="groups">All groups.</param>
    /// <param name="group">Its group.</param>
    /// <param name="network">The network.</param>
    internal static int TintOf(IReadOnlyList<ReportGroup> groups, ReportGroup group, string network)
    {
        if (groups.Count == 1)
            return Math.Max(0, group.Networks.ToList().IndexOf(network));
        int place = groups.ToList().IndexOf(group);
        return group.RoleOf(network) switch
        {
            NetworkRole.Student => place,
            NetworkRole.Companion => groups.Count + place,
            _ => 2 * groups.Count + place,
        };
    }

    /// <summary>Reads folders of runs, or the folder of a comparison.</summary>
    /// <param name="paths">Their paths, at least one.</param>
    /// <exception cref="UserErrorException">A path holds neither a run nor a comparison, or nothing can be read.</exception>
    public static ReportContent Read(IReadOnlyList<string> paths)
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
                    var runs = row.Select(cell => comparison.FolderOf(cell)).Where(folder => folder.Exists).Select(folder => ReportRun.Read(folder)).ToList();
                    if (runs.Count > 0)
                        groups.Add(new(Label(row.First().Row), runs) { Part = severalRecipes ? row.Key.RecipeName : "" });
                }
                tables = paths.Count == 1 ? TablesOf(comparison, problems) : tables;
            }
            else if (new RunFolder(path) is { Exists: true } folder)
            {
                single.Add(ReportRun.Read(folder));
            }
            else
            {
                throw new UserErrorException($"{path}: holds neither a run nor a comparison; give the folder that 'pupil distill', 'train' or 'compare' printed.");
            }
        }
        groups.AddRange(Grouped(single));
        if (groups.Count == 0)
            throw new UserErrorException($"{paths[0]}: no cell of the comparison was begun; 'pupil compare --resume {paths[0]}' goes on with it.");
        problems.AddRange(groups.SelectMany(group => group.Runs).SelectMany(run => run.Problems));
        return new(tables?.Title ?? string.Join(", ", groups.Select(group => group.Recipe?.Name ?? Path.GetFileName(group.Runs[0].Folder.Path)).Distinct()),
            groups, tables, problems);
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

    private static IEnumerable<ReportGroup> Grouped(IReadOnlyList<ReportRun> runs)
    {
        var groups = runs.GroupBy(run => run.Recipe is { } recipe ? SettingsWriter.Write(recipe with { Seed = 0 }) : run.Folder.Path).ToList();
        string[] methods = [.. groups.Select(group => group.First().Recipe?.Method.MethodName ?? "?")];
        foreach (var (group, method) in groups.Zip(methods))
        {
            string folder = Path.GetFileName(group.First().Folder.Path);
            yield return new(methods.Count(other => other == method) == 1 ? method : $"{method} ({folder})", [.. group.OrderBy(run => run.Seed)]);
        }
    }
}
