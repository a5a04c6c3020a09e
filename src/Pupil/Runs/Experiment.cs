using Pupil.Data;
using Pupil.Distillation;
using Pupil.Networks;
using Pupil.Recipes;
using Pupil.Training;
using TorchSharp;

namespace Pupil.Runs;

/// <summary>
/// A recipe from its images to its summary: has the expert made or found, measures it, then teaches. Whoever reads the stream of events shows
/// progress; not reading on stops the work.
/// </summary>
public sealed class Experiment
{
    private readonly RunFolder _folder;
    private readonly Recipe _recipe;
    private readonly string _expertsFolder;
    private readonly torch.Device _device;
    private bool _isLocked;
    private (Expert Teacher, ExpertResult Result)? _expert;

    private Experiment(RunFolder folder, Recipe recipe, string expertsFolder, torch.Device device) =>
        (_folder, _recipe, _expertsFolder, _device) = (folder, recipe, expertsFolder, device);

    /// <summary>A new experiment in a new run folder.</summary>
    /// <param name="recipe">What to do.</param>
    /// <param name="folder">A folder that does not exist, or is empty.</param>
    /// <param name="expertsFolder">Where experts are kept.</param>
    /// <param name="device">Where to compute.</param>
    public static Experiment Start(Recipe recipe, string folder, string expertsFolder, torch.Device device)
    {
        recipe.Check();
        var run = new RunFolder(folder);
        run.Create(recipe);
        return new Experiment(run, recipe, expertsFolder, device);
    }

    /// <summary>Goes on with an experiment that was stopped, as if it never had been.</summary>
    /// <param name="folder">Its run folder.</param>
    /// <param name="expertsFolder">Where experts are kept; null: where they were when it started.</param>
    /// <param name="device">Where to compute.</param>
    /// <exception cref="UserErrorException">There is no run, or it is finished.</exception>
    public static Experiment Resume(string folder, string? expertsFolder, torch.Device device)
    {
        var run = new RunFolder(folder);
        var recipe = run.ReadRecipe();
        expertsFolder ??= run.ReadEnvironments() is [.., { Experts: { } seen }] ? Path.Combine(run.Path, seen) : Path.Combine(run.Path, "..", "experts");
        return run.IsFinished
            ? throw new UserErrorException($"{run.Path}: the run is finished; see its run.json, or start a new one.")
            : new Experiment(run, recipe, expertsFolder, device);
    }

    /// <summary>A new experiment, or one to go on with, in a folder that the caller keeps locked until it is done.</summary>
    /// <param name="run">The folder.</param>
    /// <param name="recipe">What to do in a folder where no run was started yet.</param>
    /// <param name="expertsFolder">Where experts are kept.</param>
    /// <param name="device">Where to compute.</param>
    internal static Experiment InLocked(RunFolder run, Recipe recipe, string expertsFolder, torch.Device device)
    {
        if (!run.Exists)
            run.Create(recipe);
        return new Experiment(run, run.ReadRecipe(), expertsFolder, device) { _isLocked = true };
    }

    /// <summary>An expert alone, made or found made; its run folder is among the kept experts.</summary>
    /// <param name="recipe">A recipe that says how to train one.</param>
    /// <param name="expertsFolder">Where experts are kept.</param>
    /// <param name="device">Where to compute.</param>
    /// <param name="stop">Asks to end after the current step, with a checkpoint.</param>
    /// <exception cref="UserErrorException">The recipe has no expert to train.</exception>
    public static IEnumerable<RunEvent> MakeExpert(Recipe recipe, string expertsFolder, torch.Device device, CancellationToken stop = default)
    {
        if (recipe.Expert is not { File: null })
            throw new UserErrorException("expert: is missing, or given by expert.file; expected expert.network, and how to train it.");
        return new Experiment(new RunFolder(expertsFolder), recipe, expertsFolder, device).OnlyExpert(stop);
    }

    /// <summary>Does it.</summary>
    /// <param name="stop">Asks to end after the current step, with a checkpoint.</param>
    public IEnumerable<RunEvent> Run(CancellationToken stop = default)
    {
        using var only = _isLocked ? null : _folder.Lock();
        _folder.AddEnvironment(RunEnvironment.Now(_device) with { Experts = Seen(_expertsFolder) });
        var load = new DataLoad(_recipe.Data);
        foreach (var step in load.Run(stop))
            yield return step;
        if (load.Data is not { } data)
            yield break;
        try
        {
            if (_recipe.Method.NeedsExpert)
            {
                foreach (var step in PrepareExpert(data, stop))
                    yield return step;
                if (_expert is null)
                    yield break;
            }
            using var run = new TrainingRun(_folder, _recipe, data, _device, _expert, isExpert: false);
            foreach (var step in run.Run(stop))
                yield return step;
        }
        finally
        {
            _expert?.Teacher.Dispose();
        }
    }

    private IEnumerable<RunEvent> OnlyExpert(CancellationToken stop)
    {
        var load = new DataLoad(_recipe.Data);
        foreach (var step in load.Run(stop))
            yield return step;
        if (load.Data is not { } data)
            yield break;
        foreach (var step in PrepareExpert(data, stop))
            yield return step;
        _expert?.Teacher.Dispose();
    }

    // Leaves _expert empty if it was asked to stop.
    private IEnumerable<RunEvent> PrepareExpert(PreparedData data, CancellationToken stop)
    {
        string? file = _recipe.Expert!.File;
        bool reused = true;
        if (file is null)
        {
            var recipe = Experts.RecipeOf(_recipe, _recipe.Expert);
            var folder = new Experts(_expertsFolder).FolderOf(recipe, data);
            file = folder.StudentFile("expert");
            if (!folder.IsFinished)
            {
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
                    if (!folder.IsFinished)
                    {
                        reused = false;
                        foreach (var step in TrainExpert(folder, recipe, data.Splits, stop))
                            yield return step;
                    }
                }
                if (!folder.IsFinished)
                    yield break;
            }
        }
        _expert = Load(file, data);
        yield return new ExpertReady(_expert.Value.Result, file, reused);
    }

    private IEnumerable<RunEvent> TrainExpert(RunFolder folder, Recipe recipe, DataSplits splits, CancellationToken stop)
    {
        if (!folder.Exists)
            folder.Create(recipe);
        using var run = new TrainingRun(folder, recipe, recipe.Data.Prepare(splits), _device, null, isExpert: true);
        foreach (var step in run.Run(stop))
            yield return step;
    }

    // Records travel: they name no folder of this machine.
    private string Seen(string path) => Path.GetRelativePath(_folder.Path, Path.GetFullPath(path)).Replace('\\', '/');

    private (Expert Teacher, ExpertResult Result) Load(string file, PreparedData data)
    {
        var (network, card) = StudentFile.Read(file, _device);
        var classes = data.Splits.Train.Classes;
        if (!card.Classes.SequenceEqual(classes))
        {
            throw new UserErrorException($"{file}: the expert knows {card.Classes.Count} classes ({card.Classes[0]}, {card.Classes[1]} …), the data "
                + $"has {classes.Count} ({classes[0]}, {classes[1]} …); expected the same classes in the same order.");
        }
        data.CheckInput(file, card.Input);
        var own = data.ForEvaluation(data.Test, card.Normalization, _device);
        var known = new RunNetwork("expert", NetworkRole.Expert, network.Spec.Architecture, NetworkCost.Of(network));
        return (new Expert(network, card.Normalization, data.Normalization), new ExpertResult(Seen(file), known, Evaluation.Measure(network, own)));
    }
}
