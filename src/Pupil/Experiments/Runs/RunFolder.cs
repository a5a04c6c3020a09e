using System.Globalization;
using System.Text;
using System.Text.Json;
using Pupil.Core;
using Pupil.Experiments.Recipes;
using Pupil.Settings;
using Pupil.Training;

namespace Pupil.Experiments.Runs;

/// <summary>The cause of an error: a folder holds no run.</summary>
internal sealed record RunNotFound : UserErrorCause;

/// <summary>The cause of an error: a folder already holds a run that may be resumed.</summary>
/// <param name="Folder">The folder.</param>
internal sealed record RunExists(string Folder) : UserErrorCause;

/// <summary>The cause of an error: results cannot be written to a folder; another one can be chosen.</summary>
internal sealed record OutputFolderUnusable : UserErrorCause;

/// <summary>The files of one run. Records are written as the run advances.</summary>
public sealed class RunFolder
{
    /// <summary>Names a folder, and creates nothing.</summary>
    public RunFolder(string path) => Path = System.IO.Path.GetFullPath(path);

    /// <summary>The folder.</summary>
    public string Path { get; }

    /// <summary>The complete recipe of the run.</summary>
    public string RecipeFile => In("recipe.json");

    /// <summary>The reasons of a recipe that was chosen from the data; missing for any other.</summary>
    internal string PlanFile => In("plan.json");

    /// <summary>The environments of the run: one entry for each start or resume.</summary>
    public string EnvironmentFile => In("environment.json");

    /// <summary>The records of the epochs, one line each.</summary>
    public string EpochsFile => In("epochs.jsonl");

    /// <summary>The summary; written when the run is finished.</summary>
    public string SummaryFile => In("run.json");

    /// <summary>The checkpoint from which the run resumes.</summary>
    public string CheckpointFile => In("checkpoint.safetensors");

    /// <summary>The predictions and attention maps of the finished run: see <see cref="Exhibits.Exhibit"/>.</summary>
    internal string ExhibitFile => In("exhibit.safetensors");

    /// <summary>The folder of the networks' logits at chosen steps: see <see cref="Exhibits.ProbePath"/>.</summary>
    internal string PathFolder => In("path");

    /// <summary>The recipe of the run before it got more epochs.</summary>
    internal string EarlierRecipeFile(int epochs) => In(string.Create(CultureInfo.InvariantCulture, $"{EarlierRecipe}{epochs}.json"));

    /// <summary>The summary of the run before it got more epochs.</summary>
    internal string EarlierSummaryFile(int epochs) => In(string.Create(CultureInfo.InvariantCulture, $"run.epochs-{epochs}.json"));

    /// <summary>The texts of the recipes of the run before it got more epochs.</summary>
    internal IEnumerable<string> EarlierRecipes() =>
        Directory.EnumerateFiles(Path, $"{EarlierRecipe}*.json").Select(RegularFile.ReadAllText);

    /// <summary>The folder of the student files.</summary>
    public string StudentsFolder => In("students");

    /// <summary>Returns the run folder of a student file, whether or not it holds a run.</summary>
    internal static RunFolder OfStudent(string file) =>
        new(System.IO.Path.Combine(System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(file))!, ".."));

    /// <summary>The folder of the experts at the run's last start or resume.</summary>
    /// <exception cref="UserErrorException">The record of the environments is damaged.</exception>
    internal string ExpertsFolder => In(ReadEnvironments() is [.., { Experts: { } seen }] ? seen : System.IO.Path.Combine("..", "experts"));

    /// <summary>The file of a student: its held-out-best weights, or its last weights if nothing is held out.</summary>
    public string StudentFile(string name) => In("students", $"{name}.safetensors");

    /// <summary>The file of a student's last weights.</summary>
    public string LastStudentFile(string name) => In("students", $"{name}.last.safetensors");

    /// <summary>The file of a network's weights after an epoch.</summary>
    public string SnapshotFile(string name, int epoch) =>
        In("students", string.Create(CultureInfo.InvariantCulture, $"{name}{SnapshotMark}{epoch:00000}.safetensors"));

    /// <summary>The snapshots beside a student file, in the order of epochs.</summary>
    internal static IReadOnlyList<string> SnapshotsBeside(string studentFile) =>
    [
        .. Directory.EnumerateFiles(System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(studentFile))!,
            $"{System.IO.Path.GetFileNameWithoutExtension(studentFile)}{SnapshotMark}*.safetensors").Order(StringComparer.Ordinal),
    ];

    /// <summary>Whether the folder holds a run.</summary>
    public bool Exists => File.Exists(RecipeFile);

    /// <summary>Whether the run is finished.</summary>
    public bool IsFinished => File.Exists(SummaryFile);

    /// <summary>Whether nothing is lost if another run takes the folder: a run that was recorded, and trained nothing.</summary>
    internal bool IsUntrained => Exists && !IsFinished && !File.Exists(CheckpointFile)
        && (!File.Exists(EpochsFile) || new FileInfo(EpochsFile).Length == 0)
        && (!Directory.Exists(StudentsFolder) || !Directory.EnumerateFileSystemEntries(StudentsFolder).Any());

    /// <summary>Checks that a new run may use the folder: it is missing, empty, or holds a run that trained nothing.</summary>
    /// <exception cref="UserErrorException">The folder cannot be used.</exception>
    internal void CheckFree()
    {
        try
        {
            if (File.Exists(Path))
                throw new IOException("it is a file");
            if (IsUntrained || !Directory.Exists(Path) || !Directory.EnumerateFileSystemEntries(Path).Any(IsContent))
                return;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw CannotBeCreated(error);
        }
        if (Exists)
        {
            throw new UserErrorException($"{Path}: already holds a run; resume it, or choose another folder.")
            {
                Cause = new RunExists(Path),
            };
        }
        throw new UserErrorException($"{Path}: is not empty; choose another folder for the run.")
        {
            Cause = new OutputFolderUnusable(),
        };
    }

    /// <summary>Records the start or resume of a run in the locked folder.</summary>
    /// <param name="recipe">The text of the recipe that runs.</param>
    /// <param name="environment">The environment.</param>
    /// <param name="plan">The reasons of a recipe that was chosen from the data; null for any other.</param>
    /// <exception cref="UserErrorException">The folder cannot be written to, or a part of it is a link to elsewhere.</exception>
    internal void Record(string recipe, RunEnvironment environment, Plan? plan = null)
    {
        foreach (string part in new[] { StudentsFolder, PathFolder, In(TensorBoardLog.FolderName) })
        {
            if (new DirectoryInfo(part).LinkTarget is { } target)
            {
                throw new UserErrorException($"{part}: is a link to {target}, expected a folder of the run, since its files would be "
                    + "written elsewhere; put a folder in its place, or choose another folder.");
            }
        }
        try
        {
            Directory.CreateDirectory(StudentsFolder);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw CannotBeCreated(error);
        }
        // The recipe makes the folder a run, which resumes with the experts and threads of its environment: the environment comes first.
        bool resumes = Exists && File.ReadAllText(RecipeFile) == recipe;
        RunEnvironment[] all = [.. resumes ? ReadEnvironments() : [], environment];
        AtomicFile.WriteText(EnvironmentFile, JsonSerializer.Serialize(all, SettingsJson.Options) + "\n");
        if (resumes)
            return;
        if (plan is not null)
            AtomicFile.WriteText(PlanFile, JsonSerializer.Serialize(plan, SettingsJson.Options) + "\n");
        AtomicFile.WriteText(RecipeFile, recipe);
    }

    /// <summary>Reads the complete recipe of the run.</summary>
    /// <exception cref="UserErrorException">There is no recipe, or it is damaged.</exception>
    public Recipe ReadRecipe() => Exists
        ? SettingsReader.ReadFile<Recipe>(RecipeFile)
        : throw new UserErrorException($"{Path}: holds no run (no recipe.json); give the folder of a run.") { Cause = new RunNotFound() };

    /// <summary>Reads the records of the epochs, up to the first line that is damaged or incomplete.</summary>
    public IReadOnlyList<EpochRecord> ReadEpochs()
    {
        var records = new List<EpochRecord>();
        RegularFile.Check(EpochsFile);
        foreach (string line in File.Exists(EpochsFile) ? File.ReadLines(EpochsFile) : [])
        {
            try
            {
                var record = JsonSerializer.Deserialize<EpochRecord>(line, SettingsJson.Compact);
                if (record is null || RecordCheck.FaultIn(record, records.LastOrDefault()) is not null)
                    break;
                records.Add(record);
            }
            catch (JsonException)
            {
                break;
            }
        }
        return records;
    }

    /// <summary>Reads the summary; null while the run is not finished.</summary>
    /// <exception cref="UserErrorException">The file is damaged.</exception>
    public RunSummary? ReadSummary()
    {
        var summary = ReadJson<RunSummary>(SummaryFile);
        return summary?.Unlabelled is null ? summary
            : summary with { TrainedImages = ReadEpochs().Sum(epoch => epoch.ImagesPerSecond * epoch.TrainingSeconds) };
    }

    /// <summary>Reads the reasons of a recipe that was chosen from the data; null for any other.</summary>
    /// <exception cref="UserErrorException">The file is damaged.</exception>
    internal Plan? ReadPlan() => ReadJson<Plan>(PlanFile);

    /// <summary>Reads the environments of each start and resume; empty for a run that was never started.</summary>
    /// <exception cref="UserErrorException">The file is damaged.</exception>
    public IReadOnlyList<RunEnvironment> ReadEnvironments() => ReadJson<List<RunEnvironment>>(EnvironmentFile) ?? [];

    /// <summary>Appends the record of an epoch, and flushes it to the disk.</summary>
    /// <exception cref="UserErrorException">The disk is full, or the file cannot be written.</exception>
    internal void Append(EpochRecord record)
    {
        try
        {
            // Without a buffer, a full disk fails at the write and not again when the stream is closed.
            using var stream = new FileStream(EpochsFile, FileMode.Append, FileAccess.Write, FileShare.Read, bufferSize: 0);
            stream.Write(Encoding.UTF8.GetBytes(JsonSerializer.Serialize(record, SettingsJson.Compact) + "\n"));
            stream.Flush(flushToDisk: true);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw AtomicFile.Explain(EpochsFile, failure);
        }
    }

    /// <summary>Drops the records from <paramref name="epoch"/> on, since these epochs are trained again.</summary>
    internal void KeepEpochsBefore(int epoch) =>
        AtomicFile.WriteText(EpochsFile, string.Concat(ReadEpochs().Where(record => record.Epoch < epoch)
            .Select(record => JsonSerializer.Serialize(record, SettingsJson.Compact) + "\n")));

    /// <summary>Writes the summary, which makes the run a finished one.</summary>
    internal void Write(RunSummary summary) =>
        AtomicFile.WriteText(SummaryFile, JsonSerializer.Serialize(summary, SettingsJson.Options) + "\n");

    /// <summary>Locks the folder against other processes until disposed.</summary>
    /// <exception cref="UserErrorException">Another process holds the lock.</exception>
    internal RunLock Lock() =>
        TryLock() ?? throw new UserErrorException($"{Path}: another process works in this folder; let it end, or choose another folder.");

    /// <summary>Locks the folder against other processes until disposed; null if another process holds the lock.</summary>
    /// <exception cref="UserErrorException">The folder cannot be written to.</exception>
    internal RunLock? TryLock()
    {
        try
        {
            return RunLock.TryTake(Path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"{Path}: cannot be written to ({error.Message}); choose another folder.", error);
        }
    }

    private UserErrorException CannotBeCreated(Exception error) =>
        new($"{Path}: the run folder cannot be created ({error.Message}); choose another folder.", error)
        {
            Cause = new OutputFolderUnusable(),
        };

    // A process that was ended while it created the folder may have left these.
    private bool IsContent(string entry)
    {
        string name = System.IO.Path.GetFileName(entry);
        bool isEmptyFolder = name == "students" && !Directory.EnumerateFileSystemEntries(entry).Any();
        bool isTemporary = name.EndsWith(".tmp", StringComparison.Ordinal)
            && (name.StartsWith(".recipe.json.", StringComparison.Ordinal)
                || name.StartsWith(".plan.json.", StringComparison.Ordinal)
                || name.StartsWith(".environment.json.", StringComparison.Ordinal));
        bool isBeforeRecipe = name is "environment.json" or "plan.json" && !Exists;
        return !RunLock.IsPart(name) && !isEmptyFolder && !isTemporary && !isBeforeRecipe;
    }

    private const string SnapshotMark = ".epoch-", EarlierRecipe = "recipe.epochs-";
    private const long MostBytes = 1 << 26;

    private static T? ReadJson<T>(string file) where T : class
    {
        if (!File.Exists(file))
            return null;
        try
        {
            if (new FileInfo(file).Length > MostBytes)
                throw new UserErrorException($"{file}: has more than {MostBytes:N0} bytes, expected a record; the file is damaged.");
            var record = JsonSerializer.Deserialize<T>(RegularFile.ReadAllText(file), SettingsJson.Options);
            string? fault = record is null ? "found null" : RecordCheck.FaultIn(record);
            return fault is null ? record : throw new UserErrorException($"{file}: {fault}; the file is damaged.");
        }
        catch (JsonException error)
        {
            throw new UserErrorException($"{file}: cannot be read ({error.Message}); the file is damaged or of another version.", error);
        }
    }

    private string In(params string[] names) => System.IO.Path.Combine([Path, .. names]);
}
