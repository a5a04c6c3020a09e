using System.CommandLine;
using System.Globalization;
using System.IO.Enumeration;
using Pupil.Cli.Arguments;
using Pupil.Cli.Display;
using Pupil.Cli.Hosting;
using Pupil.Experiments.Comparisons;
using Pupil.Experiments.Recipes;
using Pupil.Experiments.Searching;
using Pupil.Reporting.Comparisons;

namespace Pupil.Cli.Commands;

/// <summary><c>pupil compare</c>: runs methods × seeds × recipes as one job in one folder, and prints their table.</summary>
internal sealed class CompareCommand
{
    private readonly CompareArguments _what;
    private readonly ComputeOptions _compute;

    private readonly Option<string?> _only = new("--only")
    {
        Description = "Run only the cells that fit a pattern for RECIPE/ROW/seed-N or one of these parts: kd, or '*/ctkd*/seed-0'.",
        HelpName = "PATTERN",
    };

    private readonly Option<string?> _out = new("--out", "-o")
    {
        Description = "Folder of the comparison: new, empty, or with this comparison or a part of it. Default: runs/NAME.",
        HelpName = "FOLDER",
    };

    private readonly Option<string?> _resume = new("--resume")
    {
        Description = "Resume all cells of the comparison in a folder.",
        HelpName = "FOLDER",
    };

    private readonly Option<string?> _table = new("--table")
    {
        Description = "Print the table of a folder and rewrite its files from the records; runs nothing.",
        HelpName = "FOLDER",
    };

    private readonly Option<bool> _plan = new("--plan") { Description = "Check everything and print what would run; runs nothing." };

    private readonly Option<string?> _experts = new("--experts")
    {
        Description = "Folder of trained experts. Default: the one that the folder's cells used, or runs/experts.",
        HelpName = "FOLDER",
    };

    private readonly Option<int?> _together = NumberOption.Whole("--together",
        "The most cells that train in lock-step. Default: all with the same batches that fit into memory; 1: one after the other.",
        "N", 1, 10_000);

    private readonly Option<bool> _noWait = new("--no-wait")
    {
        Description = "End when other processes hold all cells that are left, in place of waiting for them.",
    };

    private readonly JobOptions _jobs;

    private readonly Option<bool> _quiet = new("--quiet", "-q") { Description = "Print only errors and, at the end, the folder." };

    private CompareCommand(Command command)
    {
        _what = new CompareArguments(command);
        foreach (var option in new Option[] { _only, _out, _resume, _table, _plan, _experts, _together, _noWait, _quiet })
            command.Options.Add(option);
        _jobs = new JobOptions(command);
        _compute = new ComputeOptions(command);
    }

    public static Command Create()
    {
        var command = new Command("compare",
            """
            Compares methods under one protocol: methods × seeds × recipes (data sets,
            pairs of networks). Each combination is a cell: a run of its own in one
            folder. The student alone is always a row. Each seed draws its own training
            and held-out images, and trains an expert on them if the recipe has none in a
            file; "parts": "fixed" in the comparison's file gives all seeds the same ones.

            The result is a table: test accuracy with the last and with the held-out-best
            weights as mean ± deviation, differences to the student alone and to kd with
            their 95 % interval, cost, and published numbers of the same setting. The
            deviation is pooled over the rows. --contrasts names the differences that the
            comparison is made for; they are tested with Holm's correction. The folder
            also holds the tables as Markdown, LaTeX and CSV.

            Cells with the same batches (the rows of a recipe and seed) train in
            lock-step: batches, experts and equal scratch teachers are computed once. The
            results are those of separate runs. Recorded times count shared work for each
            cell that uses it.

            The same command resumes: finished cells are kept, stopped ones continue,
            failed ones run again. It also adds seeds, methods or recipes. The same
            command in a second terminal, or on another machine that shares the folder,
            shares the work, as far as --together leaves cells for it; with --threads 1 for
            each process, the cores are used best.

            On a cluster, --slurm submits an array of tasks that share the cells, and a job
            that makes the table after them. --jobs local:N starts N processes here.

            Without arguments: a small comparison on the built-in data set, one or two
            minutes on two cores.

            Examples:
              pupil compare
              pupil compare cifar10/quick --methods kd,ctkd --seeds 0,1,2 --data data
              pupil compare cifar10/quick --methods kd,ctkd --contrasts "ctkd - kd" --data data
              pupil compare cifar10/quick cifar100/quick --methods kd,ctkd --set training.epochs=30 --out runs/both
              pupil recipe show --source compare/smoke > mine.jsonc    (a comparison to start from)
              pupil compare mine.jsonc --plan                          (what would be done)
              pupil compare mine.jsonc --only kd                       (a part of it)
              pupil compare mine.jsonc --slurm --time 4:00:00 --threads 8    (by Slurm; the folder lies where all machines see it)
              pupil compare --resume runs/mine
              pupil compare --table runs/mine
            """);
        var compare = new CompareCommand(command);
        command.SetAction(compare.Run);
        return command;
    }

    private int Run(ParseResult parsed)
    {
        if (parsed.GetValue(_table) is string shown)
            return Show(parsed, shown);
        string? resumed = parsed.GetValue(_resume);
        if (resumed is not null && (_what.AreGiven(parsed) || parsed.GetValue(_out) is not null))
        {
            throw new UserErrorException("--resume: takes the comparison of the folder; leave out the comparison or recipes, --methods, "
                + "--seeds, --contrasts, --set, --data and --out.");
        }
        var plan = resumed is null ? _what.Read(parsed) : new ComparisonFolder(resumed).ReadPlan();
        var folder = new ComparisonFolder(resumed ?? parsed.GetValue(_out) ?? Path.Combine("runs", plan.Comparison.Name));
        plan = folder.Fit(plan);
        var only = Only(parsed, plan);
        if (parsed.GetValue(_plan))
        {
            ComparisonView.ShowPlan(folder, plan, only);
            return ExitCode.Done;
        }
        bool quiet = parsed.GetValue(_quiet);
        if (_jobs.AreGiven(parsed))
        {
            folder.Take(plan);
            var cells = plan.Cells.Where(only).ToList();
            int groups = ComparisonJob.Groups(folder, cells, parsed.GetValue(_together) ?? int.MaxValue);
            return _jobs.Run(parsed, folder, plan.Comparison.Name, groups, Further(parsed, folder), _compute.ThreadsIn(parsed), quiet);
        }
        // The same threads give the same bits, and existing experts need no second training.
        var before = folder.Exists ? folder.Setting(folder.ReadPlan()) : null;
        var device = _compute.Prepare(parsed, before?.Threads);
        string experts = parsed.GetValue(_experts) ?? before?.Experts ?? Path.Combine("runs", "experts");
        int together = parsed.GetValue(_together) ?? int.MaxValue;
        bool noWait = parsed.GetValue(_noWait);
        return Interruption.Run(stop =>
            Run(ComparisonJob.Open(folder, plan, experts, device, only, together, !noWait), folder, quiet, stop));
    }

    // The options of this command that its jobs need too.
    private List<string> Further(ParseResult parsed, ComparisonFolder folder)
    {
        string experts = parsed.GetValue(_experts) ?? folder.Setting(folder.ReadPlan())?.Experts ?? Path.Combine("runs", "experts");
        var further = new List<string> { "--experts", experts };
        if (parsed.GetValue(_only) is { } pattern)
            further.AddRange(["--only", pattern]);
        if (parsed.GetValue(_together) is int together)
            further.AddRange(["--together", together.ToString(CultureInfo.InvariantCulture)]);
        return [.. further, .. _compute.Given(parsed)];
    }

    private static int Run(ComparisonJob job, ComparisonFolder folder, bool quiet, CancellationToken stop)
    {
        new ComparisonDisplay(quiet, Advice.MessageOf).Show(ComparisonTable.WriteBeside(folder, job.Run(stop)));
        RenewSearch(folder);
        string place = Output.PathFromHere(folder.Path);
        if (quiet)
            Output.Line(place);
        else if (!stop.IsCancellationRequested)
            ComparisonView.Show(ComparisonTable.FromFolder(folder), folder);
        ComparisonView.ShowFailures(job.Failures, Advice.MessageOf);
        if (!stop.IsCancellationRequested)
            return ExitCodeOf(job);
        if (!quiet)
            Output.Line($"Stopped; everything is kept. The same command resumes, or: pupil compare --resume {place}");
        return ExitCode.Stopped;
    }

    // The folder of a search is that of a comparison, too.
    private static void RenewSearch(ComparisonFolder folder)
    {
        if (Search.IsIn(folder))
            SearchText.Write(folder);
    }

    /// <summary>Returns the exit code of a job that was not stopped.</summary>
    internal static int ExitCodeOf(ComparisonJob job) => job.Failures.Count == 0 ? ExitCode.Done
        : job.Failures.Any(ComparisonView.IsDefect) ? ExitCode.Defect : ExitCode.UserError;

    private int Show(ParseResult parsed, string place)
    {
        if (_what.AreGiven(parsed) || parsed.GetValue(_resume) is not null || parsed.GetValue(_out) is not null)
            throw new UserErrorException("--table: prints the table of the folder; leave out everything else.");
        var folder = new ComparisonFolder(place);
        ComparisonView.Renew(folder);
        RenewSearch(folder);
        return ExitCode.Done;
    }

    private Func<ComparisonCell, bool> Only(ParseResult parsed, ComparisonPlan plan)
    {
        if (parsed.GetValue(_only) is not string pattern)
            return _ => true;
        return plan.Cells.Any(Fits)
            ? Fits
            : throw new UserErrorException($"--only: no cell matches '{pattern}'; "
                + $"recipes: {Listed(plan.Recipes.Select(recipe => recipe.Name))}; "
                + $"rows: {Listed(plan.Comparison.Rows.Select(row => row.Name))}; "
                + $"seeds: {Listed(plan.Comparison.Seeds.Select(seed => $"seed-{seed}"))}.");

        bool Fits(ComparisonCell cell) =>
            cell.Path.Split('/').Append(cell.Path).Any(part => FileSystemName.MatchesSimpleExpression(pattern, part));

        static string Listed(IEnumerable<string> names) => string.Join(", ", names);
    }
}
