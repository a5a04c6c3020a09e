using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;
using Pupil.Distillation;
using Pupil.Distillation.Methods;
using Pupil.Images;
using Pupil.Images.Loading;
using Pupil.Images.Transforms;
using Pupil.Networks;
using Pupil.Networks.Families;
using Pupil.Processes;
using Pupil.Settings;
using Pupil.Tests.Images;
using Pupil.Training;
using Pupil.Training.Computing;
using TorchSharp;
using static TorchSharp.torch;

namespace Pupil.Tests.Training;

/// <summary>A training small enough for many repetitions: noise images of 8×8 pixels, three classes.</summary>
internal sealed record TinyTraining
{
    public const int Classes = 3, TrainImages = 20, BatchSize = 8, Steps = 3;

    public static readonly ImageShape Shape = new(3, 8, 8);
    public static readonly Normalization Normalization = new() { Mean = [0.5, 0.5, 0.5], Deviation = [0.25, 0.25, 0.25] };

    public MethodOptions Method { get; init; } = new SupervisedOptions();

    /// <summary>Used in place of <see cref="Method"/>, if set.</summary>
    public Method? Instead { get; init; }

    public IReadOnlyList<(string Name, string Architecture)> Students { get; init; } = [("student", "wrn-10-1")];

    /// <summary>Students that are trained with the labels alone, beside the others.</summary>
    public IReadOnlyList<(string Name, string Architecture)> Controls { get; init; } = [];

    public double Dropout { get; init; }

    /// <summary>See <see cref="TrainingData.OvertakenAbove"/>.</summary>
    public double? OvertakenAbove { get; init; }

    /// <summary>The tensors of the students that count as those of a file; null: none.</summary>
    public PretrainedBody? Body { get; init; }

    public int Seed { get; init; }

    /// <summary>The precision of the steps.</summary>
    public Precision Precision { get; init; }

    /// <summary>The shape of the images, 8×8 if <see cref="Train"/> is not set.</summary>
    public ImageShape Input => new(Train.Set.Channels, Train.Set.Height, Train.Set.Width);

    /// <summary>The processes that compute the training together; null: one.</summary>
    public IProcessGroup? Group { get; init; }

    /// <summary>Whether batch-norms use the statistics of the whole batch.</summary>
    public bool SharesStatistics { get; init; } = true;

    /// <summary>The numbers of a bucket of gradients that is summed over processes.</summary>
    public long BucketNumbers { get; init; } = 1 << 18;

    /// <summary>Images without labels in every batch; null: none.</summary>
    public ImageSubset? Unlabelled { get; init; }

    /// <summary>The type of weights and images.</summary>
    public ScalarType Type { get; init; } = ScalarType.Float32;

    /// <summary>The random changes of the training images.</summary>
    public Augmentation Augmentation { get; init; } = new() { Pad = 2 };

    /// <summary>The training images; by default all noise images.</summary>
    public ImageSubset Train { get; init; } = ImageSubset.All(Images(TrainImages, 1));

    /// <summary>The network of the expert.</summary>
    public string Expert { get; init; } = "wrn-10-1";

    public TrainingOptions Options { get; init; } = new()
    {
        Epochs = 2,
        BatchSize = BatchSize,
        Optimizer = new SgdOptions { LearningRate = 0.05 },
        Schedule = new MultiStepSchedule { Milestones = [1], DropFactor = 0.5 },
    };

    public static CtkdOptions Ctkd { get; } = new() { ScratchTeacher = new() { Architecture = "wrn-10-1" } };

    /// <summary>The expert of all tests, with initial weights of its own.</summary>
    public static Network ExpertNetwork(int seed = 77) => new TinyTraining().BuildExpert(seed);

    public Network BuildExpert(int seed) => Typed(NetworkCatalogue.Build(new() { Architecture = Expert }, Input, Classes, seed, "expert"));

    /// <summary>A method with the smallest networks, and phases of one epoch.</summary>
    public static MethodOptions Small(MethodOptions method)
    {
        foreach (var property in method.GetType().GetProperties().Where(property => property.CanWrite))
        {
            object? small = property.GetValue(method) switch
            {
                NetworkSpec => new NetworkSpec { Architecture = "wrn-10-1" },
                IReadOnlyList<NetworkSpec> specs => specs.Select(_ => new NetworkSpec { Architecture = "wrn-10-1" }).ToList(),
                IReadOnlyList<PartOptions> parts => parts.Select(part => part with { Method = Small(part.Method) }).ToList(),
                > 1 when property.Name is "PreliminaryEpochs" or "CurriculumEpochs" => 1,
                > 2 when property.Name is "Anchors" => 2,
                var value => value,
            };
            property.SetValue(method, small);
        }
        return method;
    }

    public Network Build(string architecture, string role, SharedLayers? shared = null) =>
        Typed(NetworkCatalogue.Build(new() { Architecture = architecture, Dropout = Dropout }, Input, Classes, Seed, role, shared));

    private Network Typed(Network network)
    {
        if (Type != ScalarType.Float32)
            network.to(Type);
        return network;
    }

    public TrainingData Data() => new(
        new TypedBatches(TrainingBatches(), Type),
        new TypedBatches(Batches.ForEvaluation(ImageSubset.All(Images(9, 2, Input.Height)), 5, Normalization, CPU), Type),
        new TypedBatches(Batches.ForEvaluation(ImageSubset.All(Images(11, 3, Input.Height)), 5, Normalization, CPU), Type))
    {
        OvertakenAbove = OvertakenAbove,
    };

    private IBatchSource TrainingBatches()
    {
        var share = Group is null ? BatchShare.All : new BatchShare(Group.Rank, Group.Size);
        if (Unlabelled is null)
        {
            return Batches.ForTraining(Train, Options.BatchSize, Normalization, CPU, Augmentation, Seed, null,
                LabelWeighting.OfImages(Train, Options.ClassWeights, Options.LabelSmoothing), Sampling.All, share);
        }
        var both = PartlyLabelledBatches.Combine(Train.Count, Unlabelled.Count, Options.BatchSize, null, (isLabelled, size) =>
            Batches.ForTraining(isLabelled ? Train : Unlabelled, size, Normalization, CPU, Augmentation, Seed));
        return share.Size == 1 ? both : new BatchParts(both, share);
    }

    public TinyTrainer Start() => new(this);

    /// <summary>A record without times, as text.</summary>
    public static string Timeless(TrainingRecord record) => record switch
    {
        EpochRecord epoch => JsonSerializer.Serialize(epoch with { ImagesPerSecond = 0, TrainingSeconds = 0, EvaluationSeconds = 0 },
            SettingsJson.Compact),
        StepRecord step => JsonSerializer.Serialize(step with { ImagesPerSecond = 0 }, SettingsJson.Compact),
        _ => throw new ArgumentException("A new kind of record.", nameof(record)),
    };

    /// <summary>Noise images, the classes in turns.</summary>
    public static ImageSet Images(int count, int seed, int side = 8) =>
        TinyImages.Labelled([.. Enumerable.Range(0, count).Select(i => i % Classes)], side, side, seed: seed);
}

/// <summary>Batches whose images have another type.</summary>
internal sealed class TypedBatches(IBatchSource batches, ScalarType type) : IBatchSource
{
    public int Steps => batches.Steps;

    public Batch Get(int epoch, int step)
    {
        var batch = batches.Get(epoch, step);
        if (type == ScalarType.Float32)
            return batch;
        using (batch.Images)
            return batch with { Images = batch.Images.to(type) };
    }
}

/// <summary>A training in progress, with all that it disposes of.</summary>
internal sealed class TinyTrainer : IDisposable
{
    private readonly Expert? _expert;

    public TinyTrainer(TinyTraining training)
    {
        if (training.Method.NeedsExpert)
        {
            Experts = [.. Enumerable.Range(77, training.Method.NeedsSnapshots + 1).Select(seed => training.BuildExpert(seed))];
            _expert = new Expert(Experts[0], TinyTraining.Normalization, TinyTraining.Normalization)
            {
                Snapshots = [.. Experts.Skip(1)
                    .Select(network => new Expert(network, TinyTraining.Normalization, TinyTraining.Normalization))],
            };
        }
        var setting = new MethodContext(training.Input, TinyTraining.Classes, _expert, spec =>
            training.Build(spec.Architecture, "companion"))
        {
            Seed = training.Seed,
            TrainingImages = training.Train,
        };
        var method = training.Instead ?? training.Method.CreateMethod(setting);
        foreach (var companion in method.Companions)
            companion.Module.to(training.Type);
        List<Classroom> classrooms = [new(method, Named(training.Students, method.SharedLayers))];
        if (training.Controls.Count > 0)
            classrooms.Add(new(new Supervised(new SupervisedOptions()), Named(training.Controls, null)) { IsTaught = false });
        Execution execution = SingleProcess.In(training.Precision, CPU);
        if (training.Group is { } group)
            execution = new ManyProcesses(group, execution, training.SharesStatistics, training.BucketNumbers);
        Trainer = new Trainer(classrooms, training.Data(), training.Options, training.Seed, execution);

        List<NamedNetwork> Named(IReadOnlyList<(string Name, string Architecture)> students, SharedLayers? shared) =>
            [.. students.Select(student => new NamedNetwork(student.Name, training.Build(student.Architecture, "student", shared))
            {
                Body = training.Body,
            })];
    }

    /// <summary>The expert, then its snapshots; none if no method needs one.</summary>
    public IReadOnlyList<Network> Experts { get; } = [];

    public Trainer Trainer { get; }

    public Network Network(string name = "student") => Trainer.Networks.First(network => network.Name == name).Network;

    /// <summary>Trains to the end, or for a number of records.</summary>
    public IReadOnlyList<TrainingRecord> Go(int records = int.MaxValue) => [.. Trainer.Run().Take(records)];

    /// <summary>All weights, statistics, averages and states of the optimizer, each as the hash of its bytes.</summary>
    public SortedDictionary<string, string> Snapshot()
    {
        var all = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var network in Trainer.Networks)
        {
            foreach (var (name, values) in network.Network.State())
                all.Add($"{network.Name}/{name}", Digest(values));
        }
        foreach (var (name, module) in Trainer.Extras)
        {
            foreach (var (key, values) in module.WeightsAndStatistics())
                all.Add($"{name}/{key}", Digest(values));
        }
        foreach (var (name, values) in Trainer.Memories)
            all.Add($"memory {name}", Digest(values));
        foreach (var (name, values) in Trainer.OptimizerState)
            all.Add(name, Digest(values));
        foreach (var (name, values) in Trainer.Averages)
            all.Add($"average of {name}", Digest(values));
        return all;
    }

    /// <summary>The hash of a tensor's bytes.</summary>
    public static string Digest(Tensor tensor) => Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes(Values(tensor).AsSpan())));

    public static float[] Values(Tensor tensor)
    {
        using var scope = NewDisposeScope();
        return tensor.detach().to_type(ScalarType.Float32).contiguous().data<float>().ToArray();
    }

    public void Dispose()
    {
        Trainer.Dispose();
        foreach (var network in Trainer.Networks)
            network.Network.Dispose();
        _expert?.Dispose();
    }
}
