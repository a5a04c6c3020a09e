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

    /// <summary>What came out; null while the run is not finished.</summary>
    public RunSummary? Summary { get; private init; }

    /// <summary>Where it was started and resumed.</summary>
    public IReadOnlyList<RunEnvironment> Environments { get; private init; } = [];

    /// <summary>What it kept to be looked at; null before its end, and of runs from before there was such a file.</summary>
    public Exhibit? Exhibit { get; private init; }

    /// <summary>The points that its networks passed.</summary>
    public IReadOnlyList<PathPoint> Path { get; private init; } = [];

    /// <summary>The seed; −1 where the recipe cannot be read.</summary>
    public int Seed => Recipe?.Seed ?? Summary?.Seed ?? -1;

    /// <summary>Reads a folder.</summary>
    /// <param name="folder">A run's folder, finished or not.</param>
    public static ReportRun Read(RunFolder folder)
    {
        var problems = new List<string>();
        var run = new ReportRun(folder, problems)
        {
            Recipe = Try(folder.ReadRecipe, null),
            Epochs = Try(folder.ReadEpochs, []),
            Summary = Try(folder.ReadSummary, null),
            Environments = Try(folder.ReadEnvironments, []),
            Exhibit = Try(() => File.Exists(folder.ExhibitFile) ? Exhibit.Read(folder.ExhibitFile) : null, null),
            Path = Try(() => ProbePath.Read(folder.PathFolder), []),
        };
        int lines = Try(() => File.Exists(folder.EpochsFile) ? File.ReadLines(folder.EpochsFile).Count() : 0, 0);
        if (lines > run.Epochs.Count)
            problems.Add($"{folder.EpochsFile}: line {run.Epochs.Count + 1} of {lines} cannot be read; the epochs before it are shown.");
        if (run.Summary is null && problems.Count == 0)
            problems.Add($"{folder.Path}: is not finished; what there is so far is shown.");
        return run;

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
}

/// <summary>Runs that differ in nothing but their seeds.</summary>
/// <param name="Label">What charts and tables call them.</param>
/// <param name="Runs">The runs, by rising seed; at least one.</param>
public sealed record ReportGroup(string Label, IReadOnlyList<ReportRun> Runs)
{
    /// <summary>The part of the report that they belong to: their recipe's name in a comparison of several recipes; else empty.</summary>
    public string Part { get; init; } = "";

    /// <summary>The label, with the part before it if there is one.</summary>
    public string FullLabel => Part.Length == 0 ? Label : $"{Part}: {Label}";

    /// <summary>The recipe of one of them; null where none can be read.</summary>
    public Recipe? Recipe => Runs.Select(run => run.Recipe).FirstOrDefault(recipe => recipe is not null);

    /// <summary>Every network that the epochs tell of: students first, in the recipe's order, then those that learn beside them.</summary>
    public IReadOnlyList<string> Networks
    {
        get
        {
            var seen = Runs.SelectMany(run => run.Epochs).SelectMany(epoch => epoch.Test.Keys.Concat(epoch.HeldOut.Keys)).Distinct().ToList();
            string[] students = [.. Recipe?.Students.Select(student => student.Name) ?? []];
            return [.. students.Where(seen.Contains), .. seen.Except(students)];
        }
    }

    /// <summary>What a network is for.</summary>
    public NetworkRole RoleOf(string network) => Recipe?.Students.FirstOrDefault(student => student.Name == network) switch
    {
        null => NetworkRole.Companion,
        { Taught: true } => NetworkRole.Student,
        _ => NetworkRole.Control,
    };

    /// <summary>What a network is called where several groups are shown.</summary>
    /// <param name="network">The network.</param>
    /// <param name="alone">Whether this is the only group.</param>
    public string NameOf(string network, bool alone) => alone ? network
        : RoleOf(network) == NetworkRole.Student && Recipe!.Students.Count(student => student.Taught) == 1 ? Label
        : $"{Label}: {network}";
}
