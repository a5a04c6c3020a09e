using System.Text.Json;
using Pupil.Experiments.Exhibits;
using Pupil.Experiments.Recipes;
using Pupil.Experiments.Runs;
using Pupil.Training;

namespace Pupil.Reporting.Content;

/// <summary>The readable records of one run; each damaged, missing or newer record has an entry in the problems.</summary>
/// <param name="Folder">The run's folder.</param>
/// <param name="Problems">The records that could not be read, a sentence each.</param>
internal sealed record ReportRun(RunFolder Folder, IReadOnlyList<string> Problems)
{
    /// <summary>The recipe as run; null if it cannot be read.</summary>
    public Recipe? Recipe { get; private init; }

    /// <summary>The reasons of a recipe that was chosen from the data; null for any other.</summary>
    public Plan? Plan { get; private init; }

    /// <summary>The epochs so far.</summary>
    public IReadOnlyList<EpochRecord> Epochs { get; private init; } = [];

    /// <summary>The summary; null while the run is unfinished, and if it cannot be read.</summary>
    public RunSummary? Summary { get; private init; }

    /// <summary>The environments of the process that started the run and of those that resumed it.</summary>
    public IReadOnlyList<RunEnvironment> Environments { get; private init; } = [];

    /// <summary>The exhibit with attention and predictions; null before the run's end, and for runs of versions without one.</summary>
    public Exhibit? Exhibit { get; private init; }

    /// <summary>The points of the networks' paths through function space.</summary>
    public IReadOnlyList<PathPoint> Path { get; private init; } = [];

    /// <summary>The seed; −1 if the recipe cannot be read.</summary>
    public int Seed => Recipe?.Seed ?? Summary?.Seed ?? -1;

    /// <summary>The progress of an unfinished run, in a sentence; null for a finished one.</summary>
    public string? Progress { get; private init; }

    /// <summary>Reads a folder.</summary>
    /// <param name="folder">A run's folder, finished or not.</param>
    public static ReportRun FromFolder(RunFolder folder)
    {
        var problems = new List<string>();
        // Read first: a run that finishes meanwhile then counts as unfinished, and not as finished without a summary.
        bool isFinished = folder.IsFinished;
        var run = new ReportRun(folder, problems)
        {
            Recipe = Try(folder.ReadRecipe, null),
            Plan = Try(folder.ReadPlan, null),
            Epochs = Try(folder.ReadEpochs, []),
            Summary = isFinished ? Try(folder.ReadSummary, null) : null,
            Environments = Try(folder.ReadEnvironments, []),
            Exhibit = Try(() => File.Exists(folder.ExhibitFile) ? Exhibit.Read(folder.ExhibitFile) : null, null),
            Path = Try(() => ProbePath.Read(folder.PathFolder), []),
        };
        if (run is { Summary: { } summary, Recipe: { } recipe } && RecordCheck.FaultBetween(summary, recipe) is { } fault)
        {
            problems.Add($"{folder.SummaryFile}: {fault}; the file is damaged, or belongs to another run, and is left out.");
            run = run with { Summary = null };
        }
        var (lines, isWhole) = Try(() => LinesOf(folder.EpochsFile), (0, true));
        // The last line of an unfinished run may be incomplete.
        if (lines > run.Epochs.Count && !(lines == run.Epochs.Count + 1 && !isWhole && !isFinished))
            problems.Add($"{folder.EpochsFile}: line {run.Epochs.Count + 1} of {lines} cannot be read; the epochs before it are shown.");
        return isFinished ? run : run with { Progress = $"{folder.Path}: is not finished; {Done(run)}." };

        T Try<T>(Func<T> read, T otherwise)
        {
            try
            {
                return read();
            }
            catch (Exception error) when (error is UserErrorException or IOException or UnauthorizedAccessException or JsonException)
            {
                problems.Add(error.Message);
                return otherwise;
            }
        }
    }

    /// <summary>Returns the run without its summary, and with the reason as a problem.</summary>
    public ReportRun WithoutSummary(string problem) => this with { Summary = null, Problems = [.. Problems, problem] };

    private static string Done(ReportRun run)
    {
        if (run.Epochs.Count == 0)
            return "no epoch is done yet";
        string all = run.Recipe is { } recipe ? FormattableString.Invariant($" of {recipe.AllEpochs}") : "";
        return FormattableString.Invariant($"{run.Epochs[^1].Epoch}{all} epochs are done");
    }

    private static (int Lines, bool IsWhole) LinesOf(string file)
    {
        if (!File.Exists(file))
            return (0, true);
        using var stream = RegularFile.OpenRead(file, FileShare.ReadWrite | FileShare.Delete);
        if (stream.Length == 0)
            return (0, true);
        stream.Seek(-1, SeekOrigin.End);
        bool isWhole = stream.ReadByte() == '\n';
        stream.Seek(0, SeekOrigin.Begin);
        using var text = new StreamReader(stream);
        int lines = 0;
        while (text.ReadLine() is not null)
            lines++;
        return (lines, isWhole);
    }
}
