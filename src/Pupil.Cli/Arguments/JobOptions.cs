using System.CommandLine;
using System.Globalization;
using Pupil.Cli.Cluster;
using Pupil.Cli.Display;
using Pupil.Cli.Hosting;
using Pupil.Experiments.Comparisons;

namespace Pupil.Cli.Arguments;

/// <summary>The options by which other processes run the cells of a comparison: those of Slurm, or several of this machine.</summary>
internal sealed class JobOptions
{
    private const string Local = "local:";
    private const int MostProcesses = 1024;

    private readonly Option<bool> _slurm = new("--slurm")
    {
        Description = "Submit the cells to Slurm, and print the job's number; the folder must lie where all machines see it.",
    };

    private readonly Option<string?> _partition = new("--partition") { Description = "With --slurm: the partition.", HelpName = "NAME" };

    private readonly Option<string?> _time = new("--time")
    {
        Description = "With --slurm: the time limit of a task, for example 4:00:00; what it stops goes on in a requeued task.",
        HelpName = "TIME",
    };

    private readonly Option<int?> _arrayLimit = NumberOption.Whole(
        "--array-limit", "With --slurm: the most tasks that run at a time.", "N", 1, 100_000);

    private readonly Option<string[]> _further = new("--slurm-option")
    {
        Description = "With --slurm: a further option of sbatch, for example --slurm-option=--mem=16G. May be repeated.",
        HelpName = "OPTION",
        AllowMultipleArgumentsPerToken = false,
        DefaultValueFactory = _ => [],
    };

    private readonly Option<string?> _jobs = new("--jobs")
    {
        Description = "local:N: start N processes on this machine that share the cells, each with its part of the cores.",
        HelpName = "local:N",
    };

    public JobOptions(Command command)
    {
        foreach (var option in new Option[] { _slurm, _partition, _time, _arrayLimit, _further, _jobs })
            command.Options.Add(option);
    }

    /// <summary>Whether other processes run the cells.</summary>
    /// <exception cref="UserErrorException">Options of Slurm are given without it, or beside processes of this machine.</exception>
    public bool AreGiven(ParseResult parsed)
    {
        bool slurm = parsed.GetValue(_slurm), local = parsed.GetValue(_jobs) is not null;
        if (slurm && local)
            throw new UserErrorException("--jobs: found beside --slurm, expected one of them.");
        var ofSlurm = new Option[] { _partition, _time, _arrayLimit, _further };
        if (!slurm && ofSlurm.Any(option => parsed.GetResult(option) is { Implicit: false }))
            throw new UserErrorException("--partition, --time, --array-limit, --slurm-option: found without --slurm; add it.");
        return slurm || local;
    }

    /// <summary>Submits the cells, or runs them by processes of this machine.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="folder">The folder of the comparison, which holds its settings.</param>
    /// <param name="name">Its name.</param>
    /// <param name="groups">The number of groups of cells that train in lock-step.</param>
    /// <param name="further">Options that the processes need.</param>
    /// <param name="threads">The number of threads among them; null: none is given.</param>
    /// <param name="quiet">Whether only errors and, at the end, the folder are printed.</param>
    public int Run(ParseResult parsed, ComparisonFolder folder, string name, int groups, IReadOnlyList<string> further, int? threads,
        bool quiet)
    {
        if (groups == 0)
        {
            ComparisonView.Renew(folder, quiet);
            return ExitCode.Done;
        }
        return parsed.GetValue(_slurm) ? Submit(parsed, folder, name, groups, further, threads, quiet)
            : Share(parsed, folder, groups, further, threads, quiet);
    }

    private int Submit(ParseResult parsed, ComparisonFolder folder, string name, int groups, IReadOnlyList<string> further, int? threads,
        bool quiet)
    {
        string logs = Path.Combine(folder.Path, "slurm");
        var options = new SlurmOptions(parsed.GetValue(_partition), parsed.GetValue(_time), parsed.GetValue(_arrayLimit), threads,
            parsed.GetValue(_further)!);
        // The jobs start in the current folder, too.
        string place = Output.PathFromHere(folder.Path);
        var scripts = new SlurmScripts(name, place, logs, OwnCommand.Parts(), options);
        var (tasks, table) = SlurmSubmission.Submit(logs, scripts.Tasks(groups, further), scripts.Table());
        if (quiet)
        {
            Output.Line(place);
            return ExitCode.Done;
        }
        Output.Line($"Submitted job {tasks} with {groups} task(s), and job {table}, which makes the table after them.");
        Output.Line($"Watch: squeue --job {tasks}   Logs: {Path.Combine(place, "slurm")}   Table so far: pupil compare --table {place}");
        Output.Line($"Cancel: scancel {tasks} {table}   Go on with what is left: pupil compare --resume {place} --slurm");
        return ExitCode.Done;
    }

    private int Share(
        ParseResult parsed, ComparisonFolder folder, int groups, IReadOnlyList<string> further, int? threads, bool quiet)
    {
        string text = parsed.GetValue(_jobs)!;
        if (!text.StartsWith(Local, StringComparison.Ordinal)
            || !int.TryParse(text[Local.Length..], NumberStyles.None, CultureInfo.InvariantCulture, out int given)
            || given is < 1 or > MostProcesses)
        {
            throw new UserErrorException(
                $"--jobs: found '{text}', expected local:N with N from 1 to {MostProcesses}, for example local:2.");
        }
        int processes = Math.Min(given, groups);
        string[] own = threads is not null ? []
            : ["--threads", Math.Max(1, Environment.ProcessorCount / processes).ToString(CultureInfo.InvariantCulture)];
        string logs = Path.Combine(folder.Path, "jobs");
        if (!quiet)
            Output.Line($"{processes} process(es) share {groups} group(s) of cells; logs: {Output.PathFromHere(logs)}.");
        return Interruption.Run(stop =>
        {
            int done = -1;
            var codes = LocalJobs.Run(
                processes, ["compare", "--resume", Output.PathFromHere(folder.Path), "--no-wait", .. further, .. own], logs, Look, stop);
            ComparisonView.Renew(folder, quiet);
            return stop.IsCancellationRequested ? ExitCode.Stopped : codes.Max();

            void Look()
            {
                var cells = folder.ReadPlan().Cells;
                int now = cells.Count(cell => folder.FolderOf(cell).IsFinished);
                if (now != done && !quiet)
                    Output.Line($"{now} of {cells.Count} cells are finished.");
                done = now;
            }
        });
    }
}
