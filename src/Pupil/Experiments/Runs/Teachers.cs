using Pupil.Core;
using Pupil.Distillation;
using Pupil.Experiments.Recipes;
using Pupil.Images;
using Pupil.Interop.Students;
using Pupil.Networks;
using Pupil.Training;
using TorchSharp;

namespace Pupil.Experiments.Runs;

/// <summary>
/// The experts that a recipe's method asks, the recipe's own first: each is found or trained, taught by experts of its own where its options say so,
/// measured, and loaded.
/// </summary>
/// <param name="recipe">The recipe.</param>
/// <param name="expertsFolder">Where experts are kept.</param>
/// <param name="device">Where to compute.</param>
/// <param name="seen">What a file is called in the records.</param>
internal sealed class Teachers(Recipe recipe, string expertsFolder, torch.Device device, Func<string, string> seen) : IDisposable
{
    private readonly List<(Expert Teacher, ExpertResult Result)> _ready = [];

    /// <summary>Those that are there.</summary>
    public IReadOnlyList<(Expert Teacher, ExpertResult Result)> Ready => _ready;

    /// <summary>Whether all are there.</summary>
    public bool AreComplete => _ready.Count == recipe.ExpertsAsked.Count;

    /// <summary>Brings them; incomplete at the end if it was asked to stop.</summary>
    /// <param name="data">The images of the recipe.</param>
    /// <param name="stop">Asks to end after the current step, with a checkpoint.</param>
    public IEnumerable<RunEvent> Prepare(PreparedData data, CancellationToken stop)
    {
        if (recipe.ExpertsAsked.Any(options => options.File is null && !FolderOf(options, data).IsFinished))
            new Rehearsal(recipe, data).Dispose();
        foreach (var options in recipe.ExpertsAsked)
        {
            string? file = options.File;
            bool reused = true;
            if (file is null)
            {
                var own = Experts.RecipeOf(recipe, options);
                var folder = FolderOf(options, data);
                reused = folder.IsFinished;
                foreach (var step in Make(folder, own, data.Splits, stop))
                    yield return step;
                if (!folder.IsFinished)
                    yield break;
                file = folder.StudentFile(Experts.NetworkName);
            }
            var (teacher, result) = Load(options, file, data);
            _ready.Add((teacher, result));
            bool isNearChance = options.File is not null && result.Test?.Top1 < 2.0 / data.Splits.Train.Classes.Count;
            yield return new ExpertReady(result, file, reused) { IsNearChance = isNearChance };
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var (teacher, _) in _ready)
            teacher.Dispose();
    }

    private RunFolder FolderOf(ExpertOptions options, PreparedData data) => new Experts(expertsFolder).FolderOf(Experts.RecipeOf(recipe, options), data);

    // Ends with a finished folder, or because it was asked to stop.
    private IEnumerable<RunEvent> Make(RunFolder folder, Recipe own, DataSplits splits, CancellationToken stop)
    {
        if (folder.IsFinished)
            yield break;
        var mine = folder.TryLock();
        if (mine is null)
        {
            yield return new ExpertAwaited(folder);
            while ((mine = folder.TryLock()) is null)
            {
                if (stop.WaitHandle.WaitOne(TimeSpan.FromSeconds(1)))
                    yield break;
            }
        }
        using (mine)
        {
            // Whoever held the folder may have finished it.
            if (folder.IsFinished)
                yield break;
            if (!folder.Exists)
                folder.Create(own);
            var data = own.Data.Prepare(splits);
            using var teachers = new Teachers(own, expertsFolder, device, file => Seen(folder, file));
            foreach (var step in teachers.Prepare(data, stop))
                yield return step;
            if (!teachers.AreComplete)
                yield break;
            using var run = new TrainingRun(folder, own, data, device, teachers.Ready, isExpert: true);
            foreach (var step in run.Run(stop))
                yield return step;
        }
    }

    /// <summary>A path as the records of a run say it: they travel, and name no folder of this machine.</summary>
    internal static string Seen(RunFolder from, string path) => Path.GetRelativePath(from.Path, Path.GetFullPath(path)).Replace('\\', '/');

    private (Expert Teacher, ExpertResult Result) Load(ExpertOptions options, string file, PreparedData data)
    {
        var opened = Opened(options, file, data);
        var (network, normalization, _) = opened;
        network.Require(recipe.PartsRead(options));
        var known = new RunNetwork(options.Name, NetworkRole.Expert, network.Name, network.Outline.Cost);
        var result = new ExpertResult(seen(file), known, network.HasLogits ? opened.Measure(file, data, data.Test, device) : null)
        {
            Latency = Latency.Measure(network.Forward, network.Input, device),
            FileHash = Hash.OfFile(file),
        };
        var expert = new Expert(network, normalization, data.Normalization)
        {
            Snapshots = [.. Snapshots(options, file).Select(snapshot => new Expert(snapshot.Network, snapshot.Card.Normalization, data.Normalization))],
        };
        return (expert, result);
    }

    private ExpertFile Opened(ExpertOptions options, string file, PreparedData data)
    {
        var opened = ExpertFile.Open(options, file, data, device);
        opened.CheckClasses(file, data.Splits.Train.Classes);
        return opened;
    }

    private IEnumerable<(Network Network, StudentCard Card)> Snapshots(ExpertOptions options, string file)
    {
        int needed = recipe.SnapshotsNeeded(options);
        if (needed == 0)
            return [];
        if (options.IsOnnx)
            throw new UserErrorException($"{file}: is an ONNX model, which has no snapshots, but method '{recipe.Method.MethodName}' asks for {needed}; choose another method, or have the expert trained here.");
        var files = RunFolder.SnapshotsBeside(file);
        return files.Count >= needed
            ? files.Select(snapshot => StudentFile.Read(snapshot, device))
            : throw new UserErrorException($"{file}: has {files.Count} snapshots beside it, but method '{recipe.Method.MethodName}' asks for "
                + $"{needed}; have the expert trained with training.snapshots {needed} or more.");
    }
}
