using Pupil.Distillation.Methods;
using Pupil.Experiments.Recipes;
using TorchSharp;

namespace Pupil.Experiments.Runs;

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
        // No other expert, and whatever the method: the recipe's own is asked for.
        var only = recipe with { Method = new KdOptions(), OtherExperts = [] };
        return new Experiment(new RunFolder(expertsFolder), only, expertsFolder, device).OnlyExpert(stop);
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
        using var teachers = new Teachers(_recipe, _expertsFolder, _device, Seen);
        foreach (var step in teachers.Prepare(data, stop))
            yield return step;
        if (!teachers.AreComplete)
            yield break;
        using var run = new TrainingRun(_folder, _recipe, data, _device, teachers.Ready, isExpert: false);
        foreach (var step in run.Run(stop))
            yield return step;
    }

    private IEnumerable<RunEvent> OnlyExpert(CancellationToken stop)
    {
        var load = new DataLoad(_recipe.Data);
        foreach (var step in load.Run(stop))
            yield return step;
        if (load.Data is not { } data)
            yield break;
        using var teachers = new Teachers(_recipe, _expertsFolder, _device, Seen);
        foreach (var step in teachers.Prepare(data, stop))
            yield return step;
    }

    private string Seen(string path) => Teachers.Seen(_folder, path);
}
