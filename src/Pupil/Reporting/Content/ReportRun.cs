using System.Text.Json;
using Pupil.Experiments.Exhibits;
using Pupil.Experiments.Recipes;
using Pupil.Experiments.Runs;
using Pupil.Training;

namespace Pupil.Reporting.Content;

/// <summary>One run as far as its folder can be read: what is damaged, missing or from a newer version is named, and the rest is there.</summary>
/// <param name="Folder">The run's folder.</param>
/// <param name="Problems">What could not be read, a sentence each.</param>
public sealed record ReportRun(RunFolder Folder, IReadOnlyList<string> Problems)
{
    /// <summary>The recipe as run; null where it cannot be read.</summary>
    public Recipe? Recipe { get; private init; }

    /// <summary>The epochs so far.</summary>
    public IReadOnlyList<EpochRecord> Epochs { get; private init; } = [];

    /// <summary>What came out; null while the run is not finished, and where that cannot be read.</summary>
    public RunSummary? Summary { get; private init; }

    /// <summary>Where it was started and resumed.</summary>
    public IReadOnlyList<RunEnvironment> Environments { get; private init; } = [];

    /// <summary>What it kept to be looked at; null before its end, and of runs from before there was such a file.</summary>
    public Exhibit? Exhibit { get; private init; }

    /// <summary>The points that its networks passed.</summary>
    public IReadOnlyList<PathPoint> Path { get; private init; } = [];

    /// <summary>The seed; −1 where the recipe cannot be read.</summary>
    public int Seed => Recipe?.Seed ?? Summary?.Seed ?? -1;

    /// <summary>How far a run is that is not finished, in a sentence; null for one that is.</summary>
    public string? Progress { get; private init; }

    /// <summary>Reads a folder.</summary>
    /// <param name="folder">A run's folder, finished or not.</param>
    public static ReportRun FromFolder(RunFolder folder)
    {
        var problems = new List<string>();
        // Asked first: a run that ends meanwhile is shown as one that goes on, and not as one without its end.
        bool isFinished = folder.IsFinished;
        var run = new ReportRun(folder, problems)
        {
            Recipe = Try(folder.ReadRecipe, null),
            Epochs = Try(folder.ReadEpochs, []),
            Summary = isFinished ? Try(folder.ReadSummary, null) : null,
            Environments = Try(folder.ReadEnvironments, []),
            Exhibit = Try(() => File.Exists(folder.ExhibitFile) ? Exhibit.Read(folder.ExhibitFile) : null, null),
            Path = Try(() => ProbePath.Read(folder.PathFolder), []),
        };
        if (run is { Summary: { } summary, Recipe: { } recipe } && RecordCheck.FaultBetween(summary, recipe) is { } fault)
        {
            problems.Add($"{folder.SummaryFile}: {fault}; the file is damaged, or belongs to another run, and is not counted.");
            run = run with { Summary = null };
        }
        var (lines, isWhole) = Try(() => LinesOf(folder.EpochsFile), (0, true));
        // The last line of a run that goes on is still being written.
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

    /// <summary>The run without what came out of it, and why that is not counted.</summary>
    internal ReportRun WithoutSummary(string problem) => this with { Summary = null, Problems = [.. Problems, problem] };

    private static string Done(ReportRun run) => run.Epochs.Count == 0 ? "no epoch is done yet"
        : FormattableString.Invariant($"{run.Epochs[^1].Epoch}{(run.Recipe is { } recipe ? $" of {recipe.AllEpochs}" : "")} epochs are done");

    private static (int Lines, bool IsWhole) LinesOf(string file)
    {
        if (!File.Exists(file))
            return (0, true);
        using var stream = File.Open(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
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
