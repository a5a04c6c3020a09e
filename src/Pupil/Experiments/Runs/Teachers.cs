using Pupil.Core;
using Pupil.Distillation;
using Pupil.Experiments.Recipes;
using Pupil.Images;
using Pupil.Interop.Students;
using Pupil.Networks;
using Pupil.Processes;
using Pupil.Settings;
using Pupil.Training;
using TorchSharp;

namespace Pupil.Experiments.Runs;

/// <summary>
/// The experts that a recipe's method reads, the recipe's own first. Each is found or trained, with experts of its own where its options
/// have them, then measured and loaded.
/// </summary>
/// <param name="recipe">The recipe.</param>
/// <param name="expertsFolder">The folder of the experts.</param>
/// <param name="device">The device to compute on.</param>
/// <param name="seen">Returns the path of a file in the records.</param>
/// <param name="shared">What the run has in common with others that train in lock-step with it; null: it trains by itself.</param>
internal sealed class Teachers(Recipe recipe, string expertsFolder, torch.Device device, Func<string, string> seen,
    SharedWork? shared = null) : IDisposable
{
    private readonly IProcessGroup _group = ProcessGroups.Current;
    private readonly List<(Expert Teacher, ExpertResult Result)> _ready = [];
    private readonly Dictionary<string, IReadOnlyList<string>> _doubts = new(StringComparer.Ordinal);

    /// <summary>The loaded experts.</summary>
    public IReadOnlyList<(Expert Teacher, ExpertResult Result)> Ready => _ready;

    /// <summary>Whether all experts are loaded.</summary>
    public bool AreComplete => _ready.Count == recipe.ExpertsRead.Count;

    /// <summary>Builds the networks without training, if an expert has to be trained: what does not fit is refused before.</summary>
    /// <param name="data">The images of the recipe.</param>
    /// <returns>Whether an expert has to be trained.</returns>
    /// <exception cref="UserErrorException">Networks, method, experts and images do not fit.</exception>
    public bool Rehearse(PreparedData data)
    {
        var trained = recipe.ExpertsRead
            .Where(options => options.File is null && !_group.FromFirst(() => FolderOf(options, data).IsFinished)).ToList();
        if (trained.Count == 0)
            return false;
        foreach (var options in trained)
            options.Training.CheckHeldOut($"{recipe.PlaceOf(options)}.training", data.HeldOut is not null);
        foreach (var options in recipe.ExpertsRead)
        {
            if (options.File is { } file)
                Opened(options, file, data).Network.Dispose();
        }
        new Rehearsal(recipe, data).Dispose();
        return true;
    }

    /// <summary>Loads the experts; incomplete at the end if a stop was requested.</summary>
    /// <param name="data">The images of the recipe.</param>
    /// <param name="stop">Requests an end after the current step, with a checkpoint.</param>
    public IEnumerable<RunEvent> Prepare(PreparedData data, CancellationToken stop)
    {
        var originals = new Originals(recipe.Data, data);
        foreach (var options in recipe.ExpertsRead)
        {
            string? file = options.File;
            bool reused = true;
            if (file is null)
            {
                var own = Experts.RecipeOf(recipe, options);
                var folder = FolderOf(options, data);
                reused = _group.FromFirst(() => folder.IsFinished);
                var view = options.InputSize is int size ? new ImageView(size) : null;
                foreach (var step in originals.Load(view, stop))
                    yield return step;
                if (originals.IsStopped)
                    yield break;
                foreach (var step in Make(folder, own, data.Splits, view, stop))
                    yield return step;
                if (!_group.FromFirst(() => folder.IsFinished))
                    yield break;
                file = folder.StudentFile(Experts.NetworkName);
            }
            foreach (var step in originals.Load(data.OwnViewOf(ExpertFile.InputOf(options, file, data), options.Crop), stop))
                yield return step;
            if (originals.IsStopped)
                yield break;
            var (teacher, result) = shared is null ? Load(options, file, data)
                : shared.ExpertOf(KeyOf(options, file), () => Load(options, file, data));
            _ready.Add((teacher, result));
            bool isNearChance = options.File is not null && result.Test is { LabelSets: null } test
                && test.Top1 < 2.0 / data.Splits.Train.Classes.Count;
            yield return new ExpertReady(result, file, reused)
            {
                IsNearChance = isNearChance,
                Doubts = _doubts.GetValueOrDefault(result.FileHash) ?? [],
            };
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var (teacher, _) in shared is null ? _ready : [])
            teacher.Dispose();
    }

    private RunFolder FolderOf(ExpertOptions options, PreparedData data) =>
        new Experts(expertsFolder).FolderOf(Experts.RecipeOf(recipe, options), data);

    // A method can ask an expert for more outputs, so the parts that it reads make another expert.
    private string KeyOf(ExpertOptions options, string file) => string.Join('\n', Path.GetFullPath(file), seen(file),
        recipe.PartsRead(options), recipe.SnapshotsNeeded(options), recipe.Training.LeavesOvertakenExpert, SettingsWriter.Write(options));

    // Ends with a finished folder, or after a requested stop.
    private IEnumerable<RunEvent> Make(RunFolder folder, Recipe own, DataSplits splits, ImageView? view, CancellationToken stop)
    {
        if (_group.FromFirst(() => folder.IsFinished))
            yield break;
        RunLock? mine = null;
        if (!_group.FromFirst(TryLock))
        {
            yield return new ExpertAwaited(folder);
            while (!_group.FromFirst(TryLock))
            {
                if (_group.Any(stop.WaitHandle.WaitOne(TimeSpan.FromSeconds(1))))
                    yield break;
            }
        }
        using (mine)
        {
            // The process that held the folder may have finished it.
            if (_group.FromFirst(() => folder.IsFinished))
                yield break;
            string text = folder.Exists ? File.ReadAllText(folder.RecipeFile) : SettingsWriter.Write(own);
            var data = own.Data.Prepare(view is null ? splits : splits.AtSize(view.Size));
            using var teachers = new Teachers(own, expertsFolder, device, file => Seen(folder, file));
            teachers.Rehearse(data);
            foreach (var step in teachers.Prepare(data, stop))
                yield return step;
            if (!teachers.AreComplete)
                yield break;
            using var run = new TrainingRun(folder, own, text, data, device, teachers.Ready, isExpert: true);
            if (_group.Writes())
                folder.Record(text, RunEnvironment.Now(device, own.Training.Precision));
            foreach (var step in run.Run(stop))
                yield return step;
        }

        bool TryLock() => (mine = folder.TryLock()) is not null;
    }

    /// <summary>Returns a path relative to a run folder, as in its records, which name no folder of this machine.</summary>
    internal static string Seen(RunFolder from, string path) => Path.GetRelativePath(from.Path, Path.GetFullPath(path)).Replace('\\', '/');

    private (Expert Teacher, ExpertResult Result) Load(ExpertOptions options, string file, PreparedData data)
    {
        var opened = Opened(options, file, data);
        var (network, normalization, _) = opened;
        var view = data.ViewOf(network.Input, options.Crop);
        network.Require(recipe.PartsRead(options));
        var known = new RunNetwork(options.Name, NetworkRole.Expert, network.Name, network.Outline.Cost);
        var result = new ExpertResult(seen(file), known, network.HasLogits ? opened.Measure(file, data, data.Test, view, device) : null)
        {
            Latency = Latency.Measure(network.Forward, network.Input, device),
            FileHash = HashOf(options, file),
            HeldOut = recipe.Training.LeavesOvertakenExpert && data.HeldOut is { } heldOut && network.HasLogits
                ? opened.Measure(file, data, heldOut, view, device) : null,
            Images = ImagesOf(network.Input, view, data),
        };
        // An expert that the recipe trained had these images and this normalisation.
        if (options.File is not null)
            _doubts[result.FileHash] = ExpertDoubts.Of(opened, file, result.Test, data, view, device);
        var expert = new Expert(network, normalization, data.Normalization)
        {
            View = view,
            Snapshots =
            [
                .. Snapshots(options, file)
                    .Select(snapshot => new Expert(snapshot.Network, snapshot.Card.Normalization, data.Normalization) { View = view }),
            ],
        };
        return (expert, result);
    }

    // The text embeddings of an image tower's classes are a part of the expert.
    private static string HashOf(ExpertOptions options, string file) => options.Onnx?.Words is not { File: var words } ? Hash.OfFile(file)
        : Hash.OfText(Hash.OfFile(file) + Hash.OfFile(words));

    private static ExpertImages? ImagesOf(ImageShape input, ImageView? view, PreparedData data)
    {
        if (view is null && input == data.InputShape)
            return null;
        int stored = (view is null ? data.Splits.Train : data.Splits.Train.ForSize(view.StoredSize)).Height;
        return new ExpertImages(input.Height, input.Width, stored, AreScaled: view is null);
    }

    private ExpertFile Opened(ExpertOptions options, string file, PreparedData data)
    {
        var opened = ExpertFile.Open(options, file, data, device);
        opened.CheckClasses(file, data.Splits.Train);
        return opened;
    }

    private IEnumerable<(Network Network, StudentCard Card)> Snapshots(ExpertOptions options, string file)
    {
        int needed = recipe.SnapshotsNeeded(options);
        if (needed == 0)
            return [];
        if (options.IsOnnx)
        {
            throw new UserErrorException($"{file}: is an ONNX model, which has no snapshots, but method '{recipe.Method.MethodName}' "
                + $"needs {needed}; choose another method, or an expert that the recipe trains.");
        }
        var files = RunFolder.SnapshotsBeside(file);
        return files.Count >= needed
            ? files.Select(snapshot => StudentFile.Read(snapshot, device))
            : throw new UserErrorException($"{file}: has {files.Count} snapshots beside it, but method '{recipe.Method.MethodName}' needs "
                + $"{needed}; have the expert trained with training.snapshots {needed} or more.");
    }
}
