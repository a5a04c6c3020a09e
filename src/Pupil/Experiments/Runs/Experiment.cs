using Pupil.Distillation.Methods;
using Pupil.Experiments.Recipes;
using Pupil.Networks;
using Pupil.Processes;
using Pupil.Settings;
using Pupil.Training.Computing;
using TorchSharp;

namespace Pupil.Experiments.Runs;

/// <summary>
/// Runs a recipe from its images to its summary: trains or finds the expert, measures it, then trains the students. The work advances as
/// its stream of events is read.
/// </summary>
public sealed class Experiment
{
    private readonly RunFolder _folder;
    private readonly Recipe? _new;
    private readonly string? _expertsFolder;
    private readonly torch.Device _device;
    private readonly IProcessGroup _group = ProcessGroups.Current;
    private IDisposable? _held;
    private bool _isCell;
    private SharedWork? _shared;
    private int? _epochs;

    /// <summary>The reasons of a recipe that was chosen from the data; null for any other.</summary>
    internal Plan? Plan { get; init; }

    private Experiment(RunFolder folder, Recipe? recipe, string? expertsFolder, torch.Device device) =>
        (_folder, _new, _expertsFolder, _device) = (folder, recipe, expertsFolder, device);

    /// <summary>
    /// Prepares an experiment in a new run folder. The folder is created once data, networks, method and experts are found to fit.
    /// </summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="folder">A folder that does not exist, is empty, or holds a run that trained nothing.</param>
    /// <param name="expertsFolder">The folder of the experts.</param>
    /// <param name="device">The device to compute on.</param>
    /// <exception cref="UserErrorException">The recipe contradicts itself, or the folder holds something else.</exception>
    public static Experiment Start(Recipe recipe, string folder, string expertsFolder, torch.Device device) =>
        Start(recipe, null, folder, expertsFolder, device);

    /// <summary>Prepares an experiment in a new run folder, which also records the reasons of its recipe.</summary>
    internal static Experiment Start(Recipe recipe, Plan? plan, string folder, string expertsFolder, torch.Device device)
    {
        recipe.Check();
        var run = new RunFolder(folder);
        // The first process may have written to it when another one comes here.
        if (ProcessGroups.Current.Writes())
            run.CheckFree();
        return new Experiment(run, recipe, expertsFolder, device) { Plan = plan };
    }

    /// <summary>Prepares an experiment in the first folder that nobody uses, and keeps it locked until the experiment ends.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="plan">The reasons of a recipe that was chosen from the data; null for any other.</param>
    /// <param name="folders">The folders to try, in this order.</param>
    /// <param name="expertsFolder">The folder of the experts.</param>
    /// <param name="device">The device to compute on.</param>
    internal static Experiment StartInFirst(
        Recipe recipe, Plan? plan, IEnumerable<string> folders, string expertsFolder, torch.Device device)
    {
        recipe.Check();
        var group = ProcessGroups.Current;
        if (!group.Writes())
            return new Experiment(new RunFolder(group.FromFirst(() => "")), recipe, expertsFolder, device) { Plan = plan };
        foreach (var run in folders.Select(folder => new RunFolder(folder)))
        {
            if (Directory.Exists(run.Path) || run.TryLock() is not { } held)
                continue;
            // Whoever had the folder before may have ended just now.
            if (Directory.EnumerateFileSystemEntries(run.Path).Any(entry => !RunLock.IsPart(Path.GetFileName(entry))))
                held.Dispose();
            else
            {
                group.FromFirst(() => run.Path);
                return new Experiment(run, recipe, expertsFolder, device) { _held = held, Plan = plan };
            }
        }
        throw new UserErrorException("found no free name for a run folder; choose a folder.") { Cause = new OutputFolderUnusable() };
    }

    /// <summary>Opens an experiment that was stopped; its results equal those of one without a stop.</summary>
    /// <param name="folder">The run folder.</param>
    /// <param name="expertsFolder">The folder of the experts; null for the one of the start.</param>
    /// <param name="device">The device to compute on.</param>
    /// <exception cref="UserErrorException">The folder holds no run, or the run is finished.</exception>
    public static Experiment Resume(string folder, string? expertsFolder, torch.Device device)
    {
        var run = new RunFolder(folder);
        run.ReadRecipe();
        CheckUnfinished(run);
        run.ReadEnvironments();
        return new Experiment(run, null, expertsFolder, device);
    }

    /// <summary>Opens a finished experiment to train more epochs. The schedule of the learning rate spans all epochs.</summary>
    /// <param name="folder">The run folder.</param>
    /// <param name="epochs">The new number of epochs, more than are trained.</param>
    /// <param name="expertsFolder">The folder of the experts; null for the one of the start.</param>
    /// <param name="device">The device to compute on.</param>
    /// <exception cref="UserErrorException">The folder holds no finished run, or one of as many epochs.</exception>
    public static Experiment Extend(string folder, int epochs, string? expertsFolder, torch.Device device)
    {
        var run = new RunFolder(folder);
        run.ReadRecipe();
        run.ReadEnvironments();
        return new Experiment(run, null, expertsFolder, device) { _epochs = epochs };
    }

    /// <summary>Starts or resumes an experiment in a folder that the caller keeps locked until it ends.</summary>
    /// <param name="run">The folder.</param>
    /// <param name="recipe">The recipe, for a folder without a run.</param>
    /// <param name="expertsFolder">The folder of the experts.</param>
    /// <param name="device">The device to compute on.</param>
    /// <param name="shared">
    /// What it has in common with the experiments that are read in lock-step with it, step by step; null: it runs by itself.
    /// </param>
    internal static Experiment OpenLocked(
        RunFolder run, Recipe recipe, string expertsFolder, torch.Device device, SharedWork? shared = null) =>
        new(run, run.Exists && !run.IsUntrained ? null : recipe, expertsFolder, device) { _isCell = true, _shared = shared };

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
        return new Experiment(new RunFolder(expertsFolder), only, expertsFolder, device).OnlyExpert(only, expertsFolder, stop);
    }

    /// <summary>Runs the experiment.</summary>
    /// <param name="stop">Requests an end after the current step, with a checkpoint.</param>
    public IEnumerable<RunEvent> Run(CancellationToken stop = default)
    {
        // What was found before the lock may have changed: it is read again.
        using var only = _isCell || !_group.Writes() ? null : _held ?? _folder.Lock();
        if (_epochs is int epochs && _group.Writes())
            yield return RunExtension.Apply(_folder, epochs);
        _group.Meet();
        var (recipe, text) = Settled();
        string expertsFolder = _expertsFolder ?? _folder.ExpertsFolder;
        var load = new DataLoad(recipe.Data, resumes: _new is null, _shared?.Data);
        bool needsAnswers = recipe.Data.Labels == LabelOrigin.Expert && _shared?.Data is null;
        foreach (var step in load.Run(stop).Where(step => !needsAnswers || step is not DataReady))
            yield return step;
        if (load.Data is not { } data)
            yield break;
        if (needsAnswers)
        {
            var answered = new AnsweredImages(recipe, data, _device);
            foreach (var step in answered.Run(stop))
                yield return step;
            if (answered.Data is not { } labelled)
                yield break;
            data = labelled;
        }
        _shared?.Data = data;
        RequireEqual(text, recipe.Training.Precision, data);
        SharedPixels.Join(_group, data);
        recipe.CheckLabels(data.Splits.Train.Labelling);
        recipe.Training.CheckHeldOut("training", data.HeldOut is not null);
        var environment = RunEnvironment.Now(_device, recipe.Training.Precision) with
        {
            Experts = Seen(expertsFolder),
            Lockstep = _shared is null ? null : true,
        };
        using var teachers = new Teachers(recipe, expertsFolder, _device, Seen, _shared);
        bool isRecorded = teachers.Rehearse(data);
        if (isRecorded)
            Record();
        foreach (var step in teachers.Prepare(data, stop))
            yield return step;
        if (!teachers.AreComplete)
            yield break;
        using var run = new TrainingRun(_folder, recipe, text, data, _device, teachers.Ready, isExpert: false, _shared);
        if (!isRecorded)
            Record();
        foreach (var step in run.Run(stop))
            yield return step;

        void Record()
        {
            if (_group.Writes())
                _folder.Record(text, environment, Plan);
        }
    }

    // Processes of different recipes, versions or images would add up unlike gradients.
    private void RequireEqual(string recipe, Precision precision, PreparedData data)
    {
        Require("version of Pupil", RunEnvironment.VersionOf(typeof(Experiment).Assembly));
        Require("recipe", recipe);
        // Of different kernels, batch-norms sum in different order.
        string kernels = ConvolutionalNetwork.Kernels.Split(',')[0];
        Require("kernels", $"{kernels} kernels, {SingleProcess.In(precision, _device).Precision}");
        Require("images", data.TrainingFingerprint);

        void Require(string what, string own) => _group.RequireEqual(own, (rank, found, expected) => own.Contains('\n')
            ? $"{what}: process {rank} has another one than process 0; start all processes by one command."
            : $"{what}: process {rank} has {found}, but process 0 has {expected}; expected the same in all processes.");
    }

    private IEnumerable<RunEvent> OnlyExpert(Recipe recipe, string expertsFolder, CancellationToken stop)
    {
        var load = new DataLoad(recipe.Data);
        foreach (var step in load.Run(stop))
            yield return step;
        if (load.Data is not { } data)
            yield break;
        RequireEqual(SettingsWriter.Write(recipe), recipe.Training.Precision, data);
        SharedPixels.Join(_group, data);
        recipe.CheckLabels(data.Splits.Train.Labelling);
        using var teachers = new Teachers(recipe, expertsFolder, _device, Seen);
        teachers.Rehearse(data);
        foreach (var step in teachers.Prepare(data, stop))
            yield return step;
    }

    // The recipe that runs, and its text in the folder.
    private (Recipe Recipe, string Text) Settled()
    {
        if (_new is null)
        {
            if (_group.Writes())
                CheckUnfinished(_folder);
            return (_folder.ReadRecipe(), File.ReadAllText(_folder.RecipeFile));
        }
        if (!_isCell && _group.Writes())
            _folder.CheckFree();
        return (_new, SettingsWriter.Write(_new));
    }

    private static void CheckUnfinished(RunFolder run)
    {
        if (run.IsFinished)
            throw new UserErrorException($"{run.Path}: the run is finished; see its run.json, or start a new one.");
    }

    private string Seen(string path) => Teachers.Seen(_folder, path);
}
