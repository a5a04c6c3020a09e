using System.Diagnostics;
using Pupil.Core;
using Pupil.Distillation;
using Pupil.Experiments.Exhibits;
using Pupil.Experiments.Recipes;
using Pupil.Images.Loading;
using Pupil.Interop.Students;
using Pupil.Networks;
using Pupil.Training;
using static TorchSharp.torch;

namespace Pupil.Experiments.Runs;

/// <summary>
/// One training in one run folder, from its start or its checkpoint to its summary. Every file is whole at every moment: an epoch's line is
/// written before its checkpoint, and dropped again on resuming if the checkpoint never came.
/// </summary>
internal sealed class TrainingRun : IDisposable
{
    private const string RecipeKey = "recipe", DataKey = "data", ExpertsKey = "experts";

    private readonly RunFolder _folder;
    private readonly Recipe _recipe;
    private readonly PreparedData _data;
    private readonly Device _device;
    private readonly IReadOnlyList<ExpertResult> _experts;
    private readonly bool _isExpert;
    private readonly TrainingData _batches;
    private readonly Trainer _trainer;
    private readonly string _recipeHash;
    private readonly ProbePath _path;
    private readonly Batches _probe;
    private readonly IReadOnlyList<ShownNetwork> _shown;

    /// <summary>Builds the networks of a recipe.</summary>
    /// <param name="folder">A folder that <see cref="RunFolder.Create"/> made.</param>
    /// <param name="recipe">The recipe as run.</param>
    /// <param name="data">Its images.</param>
    /// <param name="device">Where to compute.</param>
    /// <param name="experts">The experts that the method asks, and what is known of them, the recipe's own first.</param>
    /// <param name="isExpert">Whether this training makes an expert.</param>
    public TrainingRun(RunFolder folder, Recipe recipe, PreparedData data, Device device, IReadOnlyList<(Expert Teacher, ExpertResult Result)> experts,
        bool isExpert)
    {
        (_folder, _recipe, _data, _device, _isExpert) = (folder, recipe, data, device, isExpert);
        _experts = [.. experts.Select(expert => expert.Result)];
        _recipeHash = Hash.OfText(File.ReadAllText(folder.RecipeFile));
        _batches = new TrainingData(
            Batches.ForTraining(data.Train, recipe.Training.BatchSize, data.Normalization, device, recipe.Data.Augmentation, recipe.Seed, data.Input),
            data.HeldOut is null ? null : data.ForEvaluation(data.HeldOut, data.Normalization, device),
            data.ForEvaluation(data.Test, data.Normalization, device));
        var named = experts.ToDictionary(expert => expert.Result.Network.Name, expert => expert.Teacher);
        _trainer = new Trainer(Classrooms.Of(recipe, data, device, named), _batches, recipe.Training, recipe.Seed);
        Networks = [.. _trainer.Networks.Select(network => new RunNetwork(network.Name, RoleOf(network.Name), network.Network.Spec.Architecture, NetworkCost.Of(network.Network)))];
        _path = new ProbePath(folder.PathFolder, (long)_trainer.Epochs * _batches.Train.Steps);
        _probe = data.ForEvaluation(ProbePath.Probe(data.HeldOut ?? data.Test), data.Normalization, device);
        _shown =
        [
            .. _trainer.Networks.Select(network => ShownNetwork.Of(network.Name, network.Network)),
            .. experts.Select(expert => ShownNetwork.Of(expert.Result.Network.Name, expert.Teacher)),
        ];
    }

    /// <summary>Who is trained.</summary>
    public IReadOnlyList<RunNetwork> Networks { get; }

    /// <summary>Goes from where the folder stands to the end, or to where <paramref name="stop"/> asks.</summary>
    public IEnumerable<RunEvent> Run(CancellationToken stop)
    {
        AtomicFile.RemoveStale(_folder.Path);
        AtomicFile.RemoveStale(_folder.StudentsFolder);
        if (File.Exists(_folder.CheckpointFile))
        {
            if (SafeTensors.ReadMetadata(_folder.CheckpointFile).GetValueOrDefault(RecipeKey) != _recipeHash)
                throw new UserErrorException($"{_folder.CheckpointFile}: belongs to another recipe than {_folder.RecipeFile}; start anew in another folder.");
            if (SafeTensors.ReadMetadata(_folder.CheckpointFile).GetValueOrDefault(DataKey) is { } seen && seen != _data.Fingerprint)
            {
                throw new UserErrorException($"{_folder.Path}: the images have changed since the run was stopped, so it cannot go on as if it never had been; "
                    + "bring back those it began with, or start anew.");
            }
            if (SafeTensors.ReadMetadata(_folder.CheckpointFile).GetValueOrDefault(ExpertsKey) is { } taught && taught != ExpertHashes)
            {
                throw new UserErrorException($"{_folder.Path}: the expert's file has changed since the run was stopped ({string.Join(", ", _experts.Select(expert => expert.File))}); "
                    + "bring back the one it began with, or start anew.");
            }
            Checkpoint.Read(_folder.CheckpointFile, _trainer);
        }
        _folder.KeepEpochsBefore(_trainer.State.Epoch);
        if (_isExpert)
            _folder.AddEnvironment(RunEnvironment.Now(_device));
        yield return new TrainingStarted(_folder, Networks, _trainer.Epochs, _trainer.State.Epoch - 1, _isExpert);
        NotePath(StepsDone);
        foreach (var record in _trainer.Run())
        {
            if (record is StepRecord)
                NotePath(StepsDone);
            if (record is EpochRecord epoch)
            {
                foreach (string name in epoch.NewBest)
                    WriteNetwork(_folder.StudentFile(name), name, epoch.Epoch, epoch.Test.GetValueOrDefault(name));
                if (IsSnapshot(epoch.Epoch))
                {
                    foreach (var network in Networks)
                        WriteNetwork(_folder.SnapshotFile(network.Name, epoch.Epoch), network.Name, epoch.Epoch, epoch.Test.GetValueOrDefault(network.Name));
                }
                _folder.Append(epoch);
                SaveCheckpoint();
            }
            yield return new Progressed(record);
            if (stop.IsCancellationRequested && !(record is EpochRecord last && last.Epoch == _trainer.Epochs))
            {
                if (record is StepRecord)
                    SaveCheckpoint();
                yield return new TrainingStopped(_folder, _trainer.State.Epoch, _trainer.State.StepsDone, _isExpert);
                yield break;
            }
        }
        string[] students = [.. _recipe.Students.Select(student => student.Name)];
        new ExhibitMaker(_data, _device).Make(_shown, students).Write(_folder.ExhibitFile);
        var summary = Summarize();
        _folder.Write(summary);
        yield return new TrainingFinished(_folder, summary, _isExpert);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _trainer.Dispose();
        foreach (var network in _trainer.Networks)
            network.Network.Dispose();
    }

    private string ExpertHashes => string.Join(' ', _experts.Select(expert => expert.FileHash));

    private long StepsDone => (_trainer.State.Epoch - 1L) * _batches.Train.Steps + _trainer.State.StepsDone;

    private void NotePath(long step)
    {
        if (!_path.IsPoint(step))
            return;
        using var probe = _probe.Get(1, 0);
        _path.Note(step, probe, _shown);
    }

    // Equally spaced, the last epoch among them.
    private bool IsSnapshot(int epoch)
    {
        long done = epoch - _trainer.PreliminaryEpochs, epochs = _recipe.Training.Epochs, count = Math.Min(_recipe.Training.Snapshots, epochs);
        return done > 0 && done * count / epochs > (done - 1) * count / epochs;
    }

    private NetworkRole RoleOf(string name) => _recipe.Students.FirstOrDefault(student => student.Name == name) switch
    {
        null => NetworkRole.Companion,
        { Taught: true } => NetworkRole.Student,
        _ => NetworkRole.Control,
    };

    private void SaveCheckpoint() => Checkpoint.Write(_folder.CheckpointFile, _trainer, new Dictionary<string, string>
    {
        [RecipeKey] = _recipeHash,
        [DataKey] = _data.Fingerprint,
        [ExpertsKey] = ExpertHashes,
    });

    private RunSummary Summarize()
    {
        var epochs = _folder.ReadEpochs();
        return new RunSummary
        {
            Name = _recipe.Name,
            Method = _recipe.Method.MethodName,
            Data = _data.Splits.Name,
            LeftOut = _data.Splits.LeftOutCount,
            Seed = _recipe.Seed,
            Finished = DateTimeOffset.UtcNow,
            Epochs = _recipe.Training.Epochs,
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
        var latency = Latency.Of(_trainer.Networks.First(trained => trained.Name == name).Network);
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
            var result = new EpochResult(best.Epoch, Evaluation.Measure(bestNetwork, _batches.HeldOut!), Evaluation.Measure(bestNetwork, _batches.Test));
            // The file was written before its accuracy was known.
            StudentFile.Write(_folder.StudentFile(name), bestNetwork, Card(bestNetwork, name, best.Epoch, result.Test));
            return new NetworkResult(network, lastResult, result) { Latency = latency };
        }
    }

    private void WriteNetwork(string path, string name, int epoch, Accuracy? test)
    {
        var network = _trainer.Networks.First(network => network.Name == name).Network;
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
        TestTop1 = test?.Top1,
        RecipeHash = _recipeHash,
    };
}
