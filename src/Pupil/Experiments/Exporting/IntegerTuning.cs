using Pupil.Core;
using Pupil.Distillation.Methods;
using Pupil.Experiments.Recipes;
using Pupil.Experiments.Runs;
using Pupil.Images;
using Pupil.Images.Loading;
using Pupil.Interop.Onnx;
using Pupil.Interop.Students;
using Pupil.Networks;
using Pupil.Networks.Quantization;
using Pupil.Training;
using static TorchSharp.torch;

namespace Pupil.Experiments.Exporting;

/// <summary>A student is tuned for its model in 8 bits; the records of the training follow.</summary>
/// <param name="Teacher">The name of the teacher.</param>
/// <param name="Training">The networks and the length of the training.</param>
/// <param name="Images">The number of its images.</param>
/// <param name="Selecting">The number of images that select the epoch.</param>
internal sealed record TuningStarted(string Teacher, TrainingStarted Training, int Images, int Selecting) : RunEvent;

/// <summary>A student that was tuned for its model in 8 bits.</summary>
/// <param name="Network">The network with the weights of the best epoch, as the model in 8 bits computes; disposed of with this.</param>
/// <param name="Scales">The scales of its maps.</param>
/// <param name="Selecting">The images that selected the epoch.</param>
/// <param name="Teacher">The name of its teacher.</param>
/// <param name="Epochs">The number of epochs.</param>
internal sealed record TunedStudent(
    QuantizedNetwork Network, IReadOnlyDictionary<string, MapScale> Scales, ImageSubset Selecting, string Teacher, int Epochs) : IDisposable
{
    /// <inheritdoc/>
    public void Dispose() => Network.Dispose();
}

/// <summary>
/// Tunes a student in simulated 8 bits (Jacob et al. 2018, arXiv 1712.05877): knowledge distillation with the run's training images, which
/// starts from the student's weights and the calibrated scales of its maps. The scales and the batch-norms' statistics are unchanged.
/// </summary>
/// <param name="student">The student file.</param>
/// <param name="recipe">The recipe of its run.</param>
/// <param name="data">The images of the recipe.</param>
/// <param name="options">The options.</param>
internal sealed class IntegerTuning(string student, Recipe recipe, PreparedData data, TuningOptions options)
{
    private const string Name = "int8";
    private const int MostSelecting = 1000;

    /// <summary>The tuned student, once the stream of <see cref="Run"/> was read to its end without a stop.</summary>
    public TunedStudent? Result { get; private set; }

    /// <summary>Tunes the student.</summary>
    /// <param name="stop">Requests an end after the current step, without a result.</param>
    /// <exception cref="UserErrorException">The student file does not fit the images, or its teacher is missing.</exception>
    public IEnumerable<RunEvent> Run(CancellationToken stop)
    {
        var (network, card) = StudentFile.Read(student, CPU);
        data.CheckInput(student, card.Input);
        if (!card.Classes.SequenceEqual(data.Splits.Train.Classes))
        {
            throw new UserErrorException($"{student}: has {card.Classes.Count} classes ({card.Classes[0]} …), the images have "
                + $"{data.Splits.Train.Classes.Count} ({data.Splits.Train.Classes[0]} …); expected the same, since it is tuned on them.");
        }
        if (card.Labelling == Labelling.Several)
        {
            throw new UserErrorException($"{student}: was trained with several labels a picture; expected one, since a softmax softens the "
                + "teacher's logits. Export it without tuning.");
        }
        var (selecting, train) = data.HeldOut is { } heldOut ? (heldOut, data.Train)
            : data.Train.Draw(Math.Clamp(data.Train.Count / 10, 1, MostSelecting), RandomStream.Purpose.HeldOut, recipe.Seed);
        var teacher = TuningTeacher.Open(student, card, recipe, data);
        using var expert = teacher.Expert;
        var cost = NetworkCost.OfNetwork(network);
        var plain = OnnxModel.OfNetwork(network, OnnxExport.CardOf(card, new OnnxOptions(), recipe.Data.Source, data));
        var calibrating = ModelBatch.FromPart(data, OnnxExport.CalibrationPart(data.Train), card.Normalization, asPictures: false);
        var scales = OnnxInteger.Calibrate(plain, calibrating.Select(batch => batch.Input));
        var tuned = new QuantizedNetwork(network, new OnnxGraph(), OnnxModel.Images, scales);
        var training = recipe.Training;
        var batches = new TrainingData(
            Batches.ForTraining(train, training.BatchSize, card.Normalization, CPU, recipe.Data.Augmentation, recipe.Seed, data.Input,
                LabelWeighting.OfImages(train, training.ClassWeights, training.LabelSmoothing), training.Sampling),
            data.ForEvaluation(selecting, card.Normalization, CPU), data.ForEvaluation(data.Test, card.Normalization, CPU));
        var classroom = new Classroom(new Kd(new KdOptions(), expert), [new NamedNetwork(Name, tuned)]);
        using var trainer = new Trainer([classroom], batches, new TrainingOptions
        {
            Epochs = options.Epochs,
            BatchSize = training.BatchSize,
            Optimizer = new AdamWOptions { LearningRate = options.LearningRate, WeightDecay = 0 },
            Schedule = new CosineSchedule(),
            TestEvery = 0,
        }, recipe.Seed);
        var known = new RunNetwork(Name, NetworkRole.Student, network.Spec.Architecture, cost);
        yield return new TuningStarted(teacher.Name,
            new TrainingStarted(RunFolder.OfStudent(student), [known], options.Epochs, 0, IsExpert: false), train.Count, selecting.Count);
        InitialTensors? best = null;
        foreach (var record in trainer.Run())
        {
            if (record is EpochRecord { NewBest.Count: > 0 })
            {
                best?.Dispose();
                best = new InitialTensors(network.State().Select(entry => entry.Value));
            }
            yield return new Progressed(record);
            if (stop.IsCancellationRequested)
            {
                best?.Dispose();
                tuned.Dispose();
                yield break;
            }
        }
        best!.Restore();
        best.Dispose();
        tuned.eval();
        Result = new TunedStudent(tuned, scales, selecting, teacher.Name, options.Epochs);
    }
}
