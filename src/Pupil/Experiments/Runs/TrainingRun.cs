using Pupil.Distillation;
using Pupil.Experiments.Recipes;
using Pupil.Images;
using Pupil.Images.Loading;
using Pupil.Processes;
using Pupil.Training;
using Pupil.Training.Computing;
using static TorchSharp.torch;

namespace Pupil.Experiments.Runs;

/// <summary>One training in one run folder, from its start or its checkpoint to its summary.</summary>
internal sealed class TrainingRun : IDisposable
{
    private readonly RunFolder _folder;
    private readonly bool _isExpert, _isResumed;
    private readonly string? _precision;
    private readonly RunShare? _share;
    private readonly IProcessGroup _group;
    private readonly IReadOnlyList<string> _notes;
    private readonly Trainer _trainer;
    private readonly RunRecorder _recorder;

    /// <summary>Builds the networks of a recipe.</summary>
    /// <param name="folder">The run folder, whose <see cref="RunFolder.Record"/> is called before <see cref="Run"/>.</param>
    /// <param name="recipe">The recipe as run.</param>
    /// <param name="text">Its text in the folder.</param>
    /// <param name="data">Its images.</param>
    /// <param name="device">The device to compute on.</param>
    /// <param name="experts">The experts that the method reads, with their results, the recipe's own first.</param>
    /// <param name="isExpert">Whether this training makes an expert.</param>
    /// <param name="shared">What it has in common with runs that train in lock-step with it; null: it trains by itself.</param>
    public TrainingRun(RunFolder folder, Recipe recipe, string text, PreparedData data, Device device,
        IReadOnlyList<(Expert Teacher, ExpertResult Result)> experts, bool isExpert, SharedWork? shared = null)
    {
        (_folder, _isExpert) = (folder, isExpert);
        var training = recipe.Training;
        _notes = recipe.Method.SettingNotes(
            training.BatchSize, data.Splits.Train.Classes.Count, recipe.Students.Count(student => student.Taught));
        var alone = SingleProcess.In(training.Precision, device);
        _precision = training.Precision == Precision.Float32 ? null : alone.Precision;
        _group = ProcessGroups.Current;
        var part = new BatchShare(_group.Rank, _group.Size);
        var computing = _group.Size == 1 ? (Execution)alone
            : new ManyProcesses(_group, alone, training.BatchNorm != BatchStatistics.Local);
        _share = shared?.Join(folder, recipe, TrainingBatches, alone);
        var batches = new TrainingData(
            _share?.Batches ?? TrainingBatches(),
            data.HeldOut is null ? null : data.ForEvaluation(data.HeldOut, data.Normalization, device),
            data.ForEvaluation(data.Test, data.Normalization, device))
        {
            Labelling = data.Splits.Train.Labelling,
            OvertakenAbove = experts.Max(expert => expert.Result.HeldOut is not { } measured ? (double?)null
                : training.OvertakenAbove(measured, data.Splits.Train.Labelling == Labelling.One ? data.Splits.Train.Classes.Count : null)),
        };
        var named = experts.ToDictionary(expert => expert.Result.Network.Name, expert => expert.Teacher);
        var origins = CheckpointOrigin.WeightsIn(folder);
        _isResumed = File.Exists(folder.CheckpointFile);
        var classrooms = Classrooms.FromRecipe(recipe, data, device, named, origins, _share);
        _trainer = new Trainer(classrooms, batches, training, recipe.Seed, _share?.Execution ?? computing);
        _share?.Begin(_trainer);
        _recorder = new RunRecorder(folder, recipe, text, data, device, experts, _trainer, batches);

        IBatchSource TrainingBatches()
        {
            var weighting = LabelWeighting.OfImages(data.Train, training.ClassWeights, training.LabelSmoothing);
            if (data.Unlabelled is not { } unlabelled)
            {
                return Batches.ForTraining(data.Train, training.BatchSize, data.Normalization, device, recipe.Data.Augmentation,
                    recipe.Seed, data.Input, weighting, training.Sampling, part);
            }
            var both = PartlyLabelledBatches.Combine(data.Train.Count, unlabelled.Count, training.BatchSize, data.UnlabelledShare,
                (isLabelled, size) => isLabelled ? BatchesOf(data.Train, size, weighting, training.Sampling)
                    : BatchesOf(unlabelled, size, null, Sampling.All),
                recipe.Method.LearnsInFirstPhaseOnly ? recipe.Method.EpochsBefore : int.MaxValue);
            return part.Size == 1 ? both : new BatchParts(both, part);
        }

        Batches BatchesOf(ImageSubset images, int size, LabelWeighting? weighting, Sampling sampling) => Batches.ForTraining(
            images, size, data.Normalization, device, recipe.Data.Augmentation, recipe.Seed, data.Input, weighting, sampling);
    }

    /// <summary>Trains from the start or the checkpoint of the folder to the end, or until <paramref name="stop"/> is requested.</summary>
    public IEnumerable<RunEvent> Run(CancellationToken stop)
    {
        _recorder.Restore();
        // Before a training in lock-step with this one makes its first step.
        _recorder.Start();
        foreach (var network in _recorder.Networks.Where(network => network.Weights is not null && !_isResumed))
            yield return new WeightsLoaded(network.Name, network.Weights!);
        yield return new TrainingStarted(_folder, _recorder.Networks, _trainer.Epochs, _trainer.State.Epoch - 1, _isExpert)
        {
            StepsDone = _trainer.State.StepsDone,
            Precision = _precision,
            Notes = _notes,
        };
        foreach (var record in _trainer.Run())
        {
            _recorder.Write(record);
            yield return new Progressed(record);
            // A signal reaches the processes at different steps.
            if (!_trainer.IsDone && _group.Any(stop.IsCancellationRequested))
            {
                if (record is StepRecord)
                {
                    _trainer.Settle();
                    _recorder.SaveCheckpoint();
                }
                yield return new TrainingStopped(_folder, _trainer.State.Epoch, _trainer.State.StepsDone, _isExpert);
                yield break;
            }
        }
        var summary = _recorder.Finish();
        _group.MeetAtFile(_folder.SummaryFile);
        if (summary is not null)
            yield return new TrainingFinished(_folder, summary, _isExpert);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _trainer.Dispose();
        foreach (var network in _trainer.Networks.Where(network => _share?.Keeps(network.Network) != true))
            network.Network.Dispose();
    }
}
