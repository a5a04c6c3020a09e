using System.Globalization;
using System.Text;
using System.Text.Json;
using Pupil.Core;
using Pupil.Experiments.Recipes;
using Pupil.Settings;
using Pupil.Training;

namespace Pupil.Experiments.Runs;

/// <summary>The files of one run: what happened, written as it happens.</summary>
public sealed class RunFolder
{
    /// <summary>Names a folder; nothing is created.</summary>
    public RunFolder(string path) => Path = System.IO.Path.GetFullPath(path);

    /// <summary>The folder.</summary>
    public string Path { get; }

    /// <summary>The full recipe as run.</summary>
    public string RecipeFile => In("recipe.json");

    /// <summary>Where it ran: one entry for every time it was started or resumed.</summary>
    public string EnvironmentFile => In("environment.json");

    /// <summary>One line an epoch.</summary>
    public string EpochsFile => In("epochs.jsonl");

    /// <summary>What came out, once it is finished.</summary>
    public string SummaryFile => In("run.json");

    /// <summary>Where it goes on if it was stopped.</summary>
    public string CheckpointFile => In("checkpoint.safetensors");

    /// <summary>What can be looked at once it is finished: see <see cref="Exhibits.Exhibit"/>.</summary>
    public string ExhibitFile => In("exhibit.safetensors");

    /// <summary>The folder of the points that its networks pass: see <see cref="Exhibits.ProbePath"/>.</summary>
    public string PathFolder => In("path");

    /// <summary>The folder of the student files.</summary>
    public string StudentsFolder => In("students");

    /// <summary>The file of a student: its held-out-best weights, or its last ones where nothing was held out.</summary>
    public string StudentFile(string name) => In("students", $"{name}.safetensors");

    /// <summary>The file of a student's last weights.</summary>
    public string LastStudentFile(string name) => In("students", $"{name}.last.safetensors");

    /// <summary>The file of a network's weights of one epoch.</summary>
    public string SnapshotFile(string name, int epoch) =>
        In("students", string.Create(CultureInfo.InvariantCulture, $"{name}{SnapshotMark}{epoch:00000}.safetensors"));

    /// <summary>The snapshots that lie beside a student file, earliest first.</summary>
    internal static IReadOnlyList<string> SnapshotsBeside(string studentFile) =>
    [
        .. Directory.EnumerateFiles(System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(studentFile))!,
            $"{System.IO.Path.GetFileNameWithoutExtension(studentFile)}{SnapshotMark}*.safetensors").Order(StringComparer.Ordinal),
    ];

    /// <summary>Whether a run was ever started here.</summary>
    public bool Exists => File.Exists(RecipeFile);

    /// <summary>Whether the run is finished.</summary>
    public bool IsFinished => File.Exists(SummaryFile);

    /// <summary>Creates the folder with its recipe.</summary>
    /// <exception cref="UserErrorException">It cannot be created, or already holds something.</exception>
    public void Create(Recipe recipe)
    {
        try
        {
            if (Directory.Exists(Path) && Directory.EnumerateFileSystemEntries(Path).Any(IsContent))
            {
                throw new UserErrorException(Exists
                    ? $"{Path}: already holds a run; go on with it by --resume {Path}, or choose another folder."
                    : $"{Path}: is not empty; choose another folder for the run.");
            }
            Directory.CreateDirectory(StudentsFolder);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"{Path}: the run folder cannot be created ({error.Message}); choose another one with --out.", error);
        }
        AtomicFile.WriteText(RecipeFile, SettingsWriter.Write(recipe));
    }

    /// <summary>The recipe as run.</summary>
    /// <exception cref="UserErrorException">There is none, or it is damaged.</exception>
    public Recipe ReadRecipe() => Exists
        ? SettingsReader.ReadFile<Recipe>(RecipeFile)
        : throw new UserErrorException($"{Path}: holds no run (no recipe.json); give the folder that 'pupil distill' printed.");

    /// <summary>The epochs so far, up to the first line that is damaged or was cut off.</summary>
    public IReadOnlyList<EpochRecord> ReadEpochs()
    {
        var records = new List<EpochRecord>();
        foreach (string line in File.Exists(EpochsFile) ? File.ReadLines(EpochsFile) : [])
        {
            try
            {
                if (JsonSerializer.Deserialize<EpochRecord>(line, SettingsJson.Compact) is not { } record || RecordCheck.FaultIn(record, records.LastOrDefault()) is not null)
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

    /// <summary>What came out, or null while the run is not finished.</summary>
    public RunSummary? ReadSummary() => ReadJson<RunSummary>(SummaryFile);

    /// <summary>Where the run was started and resumed so far.</summary>
    public IReadOnlyList<RunEnvironment> ReadEnvironments() => ReadJson<List<RunEnvironment>>(EnvironmentFile) ?? [];

    /// <summary>Adds an entry: the run is started or resumed.</summary>
    internal void AddEnvironment(RunEnvironment environment) =>
        AtomicFile.WriteText(EnvironmentFile, JsonSerializer.Serialize<RunEnvironment[]>([.. ReadEnvironments(), environment], SettingsJson.Options) + "\n");

    /// <summary>Adds an epoch's line, down to the disk.</summary>
    internal void Append(EpochRecord record)
    {
        using var stream = new FileStream(EpochsFile, FileMode.Append, FileAccess.Write, FileShare.Read);
        stream.Write(Encoding.UTF8.GetBytes(JsonSerializer.Serialize(record, SettingsJson.Compact) + "\n"));
        stream.Flush(flushToDisk: true);
    }

    /// <summary>Drops the epochs from <paramref name="epoch"/> on: they will be done again.</summary>
    internal void KeepEpochsBefore(int epoch) =>
        AtomicFile.WriteText(EpochsFile, string.Concat(ReadEpochs().Where(record => record.Epoch < epoch)
            .Select(record => JsonSerializer.Serialize(record, SettingsJson.Compact) + "\n")));

    /// <summary>Writes what came out: the run is finished.</summary>
    internal void Write(RunSummary summary) => AtomicFile.WriteText(SummaryFile, JsonSerializer.Serialize(summary, SettingsJson.Options) + "\n");

    /// <summary>Keeps other processes out of the folder until disposed.</summary>
    /// <exception cref="UserErrorException">Another process works here.</exception>
    internal FileStream Lock() =>
        TryLock() ?? throw new UserErrorException($"{Path}: another pupil is at work in this folder; let it end, or choose another folder.");

    /// <summary>Keeps other processes out of the folder until disposed; null if one is in it.</summary>
    /// <exception cref="UserErrorException">The folder cannot be written to.</exception>
    internal FileStream? TryLock()
    {
        try
        {
            Directory.CreateDirectory(Path);
            return new FileStream(In(LockName), FileMode.OpenOrCreate, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose);
        }
        catch (IOException) when (File.Exists(In(LockName)))
        {
            return null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"{Path}: cannot be written to ({error.Message}); choose another folder.", error);
        }
    }

    // A process that was killed while it created the folder may have left these.
    private static bool IsContent(string entry) =>
        System.IO.Path.GetFileName(entry) is var name && name != LockName && !(name == "students" && !Directory.EnumerateFileSystemEntries(entry).Any())
            && !(name.StartsWith(".recipe.json.", StringComparison.Ordinal) && name.EndsWith(".tmp", StringComparison.Ordinal));

    private const string LockName = ".lock";
    private const string SnapshotMark = ".epoch-";
    private const long MostBytes = 1 << 26;

    private static T? ReadJson<T>(string file) where T : class
    {
        if (!File.Exists(file))
            return null;
        try
        {
            if (new FileInfo(file).Length > MostBytes)
                throw new UserErrorException($"{file}: has more than {MostBytes:N0} bytes, expected a record; the file is damaged.");
            var record = JsonSerializer.Deserialize<T>(File.ReadAllText(file), SettingsJson.Options);
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
