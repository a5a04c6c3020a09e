using Pupil.Distillation.Methods;
using Pupil.Experiments.Recipes;
using TorchSharp;

namespace Pupil.Experiments.Runs;

/// <summary>
/// Runs a recipe from its images to its summary: trains or finds the expert, measures it, then trains the students. The work advances as
/// its stream of events is read.
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

    /// <summary>Creates an experiment in a new run folder.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="folder">A folder that does not exist, or is empty.</param>
    /// <param name="expertsFolder">The folder of the experts.</param>
    /// <param name="device">The device to compute on.</param>
    public static Experiment Start(Recipe recipe, string folder, string expertsFolder, torch.Device device)
    {
        recipe.Check();
        var run = new RunFolder(folder);
        run.Create(recipe);
        return new Experiment(run, recipe, expertsFolder, device);
    }

    /// <summary>Opens an experiment that was stopped; its results equal those of one without a stop.</summary>
    /// <param name="folder">The run folder.</param>
    /// <param name="expertsFolder">The folder of the experts; null for the one of the start.</param>
    /// <param name="device">The device to compute on.</param>
    /// <exception cref="UserErrorException">The folder holds no run, or the run is finished.</exception>
    public static Experiment Resume(string folder, string? expertsFolder, torch.Device device)
    {
        var run = new RunFolder(folder);
        var recipe = run.ReadRecipe();
        expertsFolder ??= Path.Combine(
            run.Path, run.ReadEnvironments() is [.., { Experts: { } seen }] ? seen : Path.Combine("..", "experts"));
        return run.IsFinished
            ? throw new UserErrorException($"{run.Path}: the run is finished; see its run.json, or start a new one.")
            : new Experiment(run, recipe, expertsFolder, device);
    }

    /// <summary>Starts or resumes an experiment in a folder that the caller keeps locked until it ends.</summary>
    /// <param name="run">The folder.</param>
    /// <param name="recipe">The recipe, for a folder without a run.</param>
    /// <param name="expertsFolder">The folder of the experts.</param>
    /// <param name="device">The device to compute on.</param>
    internal static Experiment OpenLocked(RunFolder run, Recipe recipe, string expertsFolder, torch.Device device)
    {
        if (!run.Exists)
            run.Create(recipe);
        return new Experiment(run, run.ReadRecipe(), expertsFolder, device) { _isLocked = true };
    }

    /// <summary>Trains or finds the expert of a recipe alone; its run folder lies in the folder of the experts.</summary>
    /// <param name="recipe">A recipe with an expert to train.</param>
    /// <param name="expertsFolder">The folder of the experts.</param>
    /// <param name="device">The device to compute on.</param>
    /// <param name="stop">Requests an end after the current step, with a checkpoint.</param>
    /// <exception cref="UserErrorException">The recipe has no expert to train.</exception>
    public static IEnumerable<RunEvent> MakeExpert(
        Recipe recipe, string expertsFolder, torch.Device device, CancellationToken stop = default)
    {
        if (recipe.Expert is not { File: null })
            throw new UserErrorException("expert: found none, or expert.file; expected expert.network, and how to train it.");
        // A method that reads the recipe's own expert and no other, whatever the recipe's method.
        var only = recipe with { Method = new KdOptions(), OtherExperts = [] };
        return new Experiment(new RunFolder(expertsFolder), only, expertsFolder, device).OnlyExpert(stop);
    }

    /// <summary>Runs the experiment.</summary>
    /// <param name="stop">Requests an end after the current step, with a checkpoint.</param>
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
