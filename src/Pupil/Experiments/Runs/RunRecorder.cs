using System.Diagnostics;
using Pupil.Core;
using Pupil.Distillation;
using Pupil.Experiments.Exhibits;
using Pupil.Experiments.Recipes;
using Pupil.Images;
using Pupil.Images.Loading;
using Pupil.Interop.Students;
using Pupil.Networks;
using Pupil.Processes;
using Pupil.Training;
using static TorchSharp.torch;

namespace Pupil.Experiments.Runs;

/// <summary>
/// Writes a run folder from the stream of a training's records. Every file is complete at any time: an epoch's line is written before its
/// checkpoint, and dropped on resuming if the checkpoint is missing. Of several processes, the first one writes.
/// </summary>
internal sealed class RunRecorder
{
    private readonly RunFolder _folder;
    private readonly Recipe _recipe;
    private readonly PreparedData _data;
    private readonly Device _device;
    private readonly IReadOnlyList<ExpertResult> _experts;
    private readonly Trainer _trainer;
    private readonly TrainingData _batches;
    private readonly string _recipeHash;
    private readonly ProbePath _path;
    private readonly Batches _probe;
    private readonly IReadOnlyList<ShownNetwork> _shown;

    /// <summary>Prepares to record a training.</summary>
    /// <param name="folder">The run folder.</param>
    /// <param name="recipe">The recipe as run.</param>
    /// <param name="text">Its text in the folder.</param>
    /// <param name="data">Its images.</param>
    /// <param name="device">The device of the networks.</param>
    /// <param name="experts">The experts that the method reads, with their results, the recipe's own first.</param>
    /// <param name="trainer">The training.</param>
    /// <param name="batches">Its batches.</param>
    public RunRecorder(RunFolder folder, Recipe recipe, string text, PreparedData data, Device device,
        IReadOnlyList<(Expert Teacher, ExpertResult Result)> experts, Trainer trainer, TrainingData batches)
    {
        (_folder, _recipe, _data, _device, _trainer, _batches) = (folder, recipe, data, device, trainer, batches);
        _experts = [.. experts.Select(expert => expert.Result)];
        _recipeHash = Hash.OfText(text);
        Networks =
        [
            .. trainer.Networks.Select(named => new RunNetwork(
                named.Name, RoleOf(named.Name), named.Network.Spec.Architecture, NetworkCost.OfNetwork(named.Network))
            {
                Weights = named.Body?.Origin,
            }),
        ];
        _path = new ProbePath(folder.PathFolder, (long)trainer.Epochs * batches.Train.Steps);
        _probe = data.ForEvaluation(ProbePath.Probe(data.HeldOut ?? data.Test), data.Normalization, device);
        _shown =
        [
            .. trainer.Networks.Select(network => ShownNetwork.FromNetwork(network.Name, network.Network)),
            .. experts.Select(expert => ShownNetwork.FromExpert(expert.Result.Network.Name, expert.Teacher)),
        ];
    }

    /// <summary>The trained networks.</summary>
    public IReadOnlyList<RunNetwork> Networks { get; }

    /// <summary>Restores the training from the folder's checkpoint, if there is one.</summary>
    /// <exception cref="UserErrorException">The checkpoint is damaged, or recipe, images or experts have changed.</exception>
    public void Restore()
    {
        if (Writes)
        {
            AtomicFile.RemoveStale(_folder.Path);
            AtomicFile.RemoveStale(_folder.StudentsFolder);
            AtomicFile.RemoveStale(_folder.PathFolder);
        }
        if (File.Exists(_folder.CheckpointFile))
        {
            Origin.Check(_folder, _experts);
            Checkpoint.Read(_folder.CheckpointFile, _trainer);
        }
        if (Writes)
            _folder.KeepEpochsBefore(_trainer.State.Epoch);
    }

    /// <summary>Records the networks before the first step.</summary>
    public void Start()
    {
        if (Writes)
            NotePath(StepsDone);
    }

    /// <summary>Writes the files that belong to a record.</summary>
    /// <param name="record">The newest record of the training.</param>
    public void Write(TrainingRecord record)
    {
        if (!Writes)
            return;
        FolderClaim.RequireHeld(_folder.Path);
        if (record is StepRecord)
            NotePath(StepsDone);
        if (record is not EpochRecord epoch)
            return;
        WriteNetworks(epoch);
        if (_trainer.HasStoppedEarly)
            NotePoint(StepsDone);
        _folder.Append(epoch);
        SaveCheckpoint();
    }

    /// <summary>Writes a checkpoint of a training that stops in the middle of an epoch.</summary>
    public void SaveCheckpoint()
    {
        if (!Writes)
            return;
        FolderClaim.RequireHeld(_folder.Path);
        Checkpoint.Write(_folder.CheckpointFile, _trainer, Origin.ToMetadata());
    }

    /// <summary>Writes exhibit and summary of a finished training.</summary>
    /// <returns>The summary; null in a process that does not write.</returns>
    public RunSummary? Finish()
    {
        if (!Writes)
            return null;
        FolderClaim.RequireHeld(_folder.Path);
        using var kept = _trainer.WithKeptWeights();
        string[] students = [.. _recipe.Students.Select(student => student.Name)];
        string[] experts = [.. _experts.Select(expert => expert.Network.Name)];
        new ExhibitMaker(_data, _device).Make(_shown, students, experts).Write(_folder.ExhibitFile);
        var summary = Summarize();
        _folder.Write(summary);
        return summary;
    }

    private CheckpointOrigin Origin => new(_recipeHash, _data.TrainingFingerprint, CheckpointOrigin.HashesOf(_experts),
        Networks.Where(network => network.Weights is not null).ToDictionary(network => network.Name, network => network.Weights!));

    private bool Writes => _trainer.Processes.Writes();

    private Labelling Labelling => _data.Splits.Train.Labelling;

    private long StepsDone => (_trainer.State.Epoch - 1L) * _batches.Train.Steps + _trainer.State.StepsDone;

    private void NotePath(long step)
    {
        if (_path.IsPoint(step))
            NotePoint(step);
    }

    private void NotePoint(long step)
    {
        using var kept = _trainer.WithKeptWeights();
        using var probe = _probe.Get(1, 0);
        _path.Note(step, probe, _shown);
    }

    // Equally spaced, with the last epoch among them.
    private bool IsSnapshot(int epoch)
    {
        long done = epoch - _trainer.PreliminaryEpochs, epochs = _recipe.Training.Epochs;
        long count = Math.Min(_recipe.Training.Snapshots, epochs);
        return done > 0 && (count > 0 && _trainer.IsDone || done * count / epochs > (done - 1) * count / epochs);
    }

    private NetworkRole RoleOf(string name) => _recipe.Students.FirstOrDefault(student => student.Name == name) switch
    {
        null => NetworkRole.Companion,
        { Taught: true } => NetworkRole.Student,
        _ => NetworkRole.Control,
    };

    private RunSummary Summarize()
    {
        var epochs = _folder.ReadEpochs();
        return new RunSummary
        {
            Name = _recipe.Name,
            Method = _recipe.Method.MethodName,
            Data = _data.Splits.Name,
            LeftOut = _data.Splits.LeftOutCount,
            Unlabelled = _data.Unlabelled?.Count,
            Seed = _recipe.Seed,
            Finished = DateTimeOffset.UtcNow,
            Epochs = _trainer.State.Epoch - 1 - _trainer.PreliminaryEpochs,
            StoppedEarly = _trainer.HasStoppedEarly,
            Images = new ImageCounts(_data.Train.Count, _data.HeldOut?.Count ?? 0, _data.Test.Count),
            TrainingSeconds = epochs.Sum(epoch => epoch.TrainingSeconds),
            EvaluationSeconds = epochs.Sum(epoch => epoch.EvaluationSeconds),
            PeakMemory = Process.GetCurrentProcess().PeakWorkingSet64,
            Expert = _recipe.Expert is { } own ? _experts.FirstOrDefault(expert => expert.Network.Name == own.Name) : null,
            OtherExperts = [.. _experts.Where(expert => expert.Network.Name != _recipe.Expert?.Name)],
            Networks = [.. Networks.Select(network => ResultOf(network, epochs[^1]))],
        };
    }

    private NetworkResult ResultOf(RunNetwork network, EpochRecord last)
    {
        string name = network.Name;
        var latency = Latency.Measure(_trainer.Networks.First(trained => trained.Name == name).Network);
        var lastResult = new EpochResult(last.Epoch, last.HeldOut.GetValueOrDefault(name), last.Test[name]);
        if (!_trainer.State.Best.TryGetValue(name, out var best))
        {
            WriteNetwork(_folder.StudentFile(name), name, last.Epoch, lastResult.Test);
            return new NetworkResult(network, lastResult, null) { Latency = latency };
        }
        WriteNetwork(_folder.LastStudentFile(name), name, last.Epoch, lastResult.Test);
        var (bestNetwork, _) = StudentFile.Read(_folder.StudentFile(name), _device);
        using (bestNetwork)
        {
            bool isOne = Labelling == Labelling.One;
            var thresholds = isOne ? null : LabelSetTable.FromNetwork(bestNetwork, _batches.HeldOut!).Thresholds();
            var calibration = isOne ? LogitTable.Calibrate(bestNetwork, _batches.HeldOut!, _batches.Test) : null;
            var result = new EpochResult(best.Epoch, Measure(_batches.HeldOut!), Measure(_batches.Test));
            // The file was written before its accuracy was known.
            var card = Card(bestNetwork, name, best.Epoch, result.Test) with { Calibration = calibration, Thresholds = thresholds };
            StudentFile.Write(_folder.StudentFile(name), bestNetwork, card);
            return new NetworkResult(network, lastResult, result) { Latency = latency, Calibration = calibration };

            Accuracy Measure(IBatchSource batches) => Evaluation.Measure(bestNetwork, batches, thresholds: thresholds);
        }
    }

    private void WriteNetworks(EpochRecord epoch)
    {
        using var kept = _trainer.WithKeptWeights();
        foreach (string name in epoch.NewBest)
            WriteOne(_folder.StudentFile(name), name);
        if (IsSnapshot(epoch.Epoch))
        {
            foreach (var network in Networks)
                WriteOne(_folder.SnapshotFile(network.Name, epoch.Epoch), network.Name);
        }

        void WriteOne(string file, string name) => WriteNetwork(file, name, epoch.Epoch, epoch.Test.GetValueOrDefault(name));
    }

    private void WriteNetwork(string path, string name, int epoch, Accuracy? test)
    {
        var network = _trainer.Networks.First(network => network.Name == name).Network;
        // The folder of a run that was copied without its empty folders.
        if (!Directory.Exists(_folder.StudentsFolder))
            Directory.CreateDirectory(_folder.StudentsFolder);
        StudentFile.Write(path, network, Card(network, name, epoch, test));
    }

    private StudentCard Card(Network network, string name, int epoch, Accuracy? test) => new()
    {
        Network = network.Spec,
        Input = network.Input,
        Classes = [.. _data.Splits.Train.Classes],
        Normalization = _data.Normalization,
        Name = name,
        Epoch = epoch,
        Labelling = Labelling,
        TestTop1 = Labelling == Labelling.One && test is { IsAgreement: false } ? test.Top1 : null,
        TestMeanAveragePrecision = test is { IsAgreement: false } ? test.LabelSets?.MeanAveragePrecision : null,
        RecipeHash = _recipeHash,
        Images = _data.Fingerprint,
    };
}
