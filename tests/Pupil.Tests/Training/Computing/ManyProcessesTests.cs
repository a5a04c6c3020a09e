using Pupil.Distillation;
using Pupil.Distillation.Methods;
using Pupil.Images;
using Pupil.Networks;
using Pupil.Tests.Processes;
using Pupil.Training;
using static TorchSharp.torch;

namespace Pupil.Tests.Training.Computing;

/// <summary>Several processes compute the same training as one: the same images, losses, statistics and weights, up to rounding.</summary>
public sealed class ManyProcessesTests
{
    public static TheoryData<string, int> MethodsAndSizes => new(
        from method in EveryMethodTests.Methods.Select(row => row.Data)
        from size in new[] { 2, 3 }
        select (method, size));

    [Theory]
    [MemberData(nameof(MethodsAndSizes))]
    public void Every_method_computes_the_same_terms(string method, int size) =>
        AssertSame(EveryMethodTests.Training(method) with { Type = ScalarType.Float64 }, size, 1e-6);

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    // The last batch of an epoch has four images.
    [InlineData(5)]
    public void Twenty_steps_in_double_precision_are_equal_within_rounding(int size) => AssertSame(new TinyTraining
    {
        Method = TinyTraining.Ctkd,
        Type = ScalarType.Float64,
        Options = new TinyTraining().Options with { Epochs = 7 },
    }, size, 1e-5, steps: 21);

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void Paths_divided_by_the_configured_batch_size_are_equal(int size) => AssertSame(new TinyTraining
    {
        Method = TinyTraining.Ctkd with { PathDivisor = PathDivisor.ConfiguredBatch, ShareFirstConvolution = true },
        Type = ScalarType.Float64,
    }, size, 1e-6);

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void Class_weights_count_over_the_whole_batch(int size) => AssertSame(new TinyTraining
    {
        Options = new TinyTraining().Options with { ClassWeights = ClassWeights.Balanced, LabelSmoothing = 0.1 },
        Type = ScalarType.Float64,
    }, size, 1e-6);

    [Theory]
    [InlineData(2)]
    [InlineData(5)]
    public void Mixed_images_have_partners_in_other_processes(int size) => AssertSame(new TinyTraining
    {
        Augmentation = new() { Pad = 2, Mixing = new() { MixUp = 1, CutMix = 1 } },
        Type = ScalarType.Float64,
    }, size, 1e-6);

    // Networks without own kernels have libtorch's batch-norms.
    [Theory]
    [InlineData("mobilenet-v2-0.5")]
    [InlineData("shufflenet-v2-0.5")]
    public void Batch_norms_of_other_families_are_synchronized(string architecture) =>
        AssertSame(new TinyTraining
        {
            Students = [("student", architecture)],
            Type = ScalarType.Float64,
            Train = ImageSubset.All(TinyTraining.Images(TinyTraining.TrainImages, 1, 32)),
            Options = new TinyTraining().Options with { Epochs = 1, Optimizer = new SgdOptions { LearningRate = 0.001 } },
        }, 2, 1e-6);

    // Each student shares a convolution with the scratch teacher.
    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void A_convolution_of_several_owners_is_summed_once(int size) => AssertSame(new TinyTraining
    {
        Method = TinyTraining.Ctkd with { ShareFirstConvolution = true },
        Students = [("student", "wrn-10-1"), ("other", "wrn-10-1")],
        Type = ScalarType.Float64,
    }, size, 1e-6);

    // Own kernels have single precision, whose rounding grows from step to step.
    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void Own_kernels_compute_the_same_terms(int size) =>
        AssertSame(new TinyTraining { Method = TinyTraining.Ctkd }, size, 1e-3, steps: TinyTraining.Steps);

    // Own kernels give the gradient of the shared convolution for the scratch teacher, libtorch adds it for the student.
    [Theory]
    [InlineData("student")]
    [InlineData("scratch-teacher")]
    public void A_shared_convolution_is_summed_where_one_network_is_computed_by_modules(string name) => AssertSame(new TinyTraining
    {
        Method = TinyTraining.Ctkd with { ShareFirstConvolution = true },
    }, 2, 1e-3, steps: TinyTraining.Steps, prepare: trainer => ((ConvolutionalNetwork)trainer.Network(name)).UsesModules = true);

    // The adapters of one part see the images of a process, the other part those of the batch.
    [Theory]
    [InlineData("sp")]
    [InlineData("rkd")]
    public void Parts_that_compare_images_stand_beside_parts_with_adapters(string comparing) => AssertSame(new TinyTraining
    {
        Method = TinyTraining.Small(new CombinationOptions
        {
            Parts =
            [
                new() { Method = comparing == "sp" ? new SpOptions { Weight = 1 } : new RkdOptions { DistanceWeight = 1 } },
                new() { Method = new ReviewKdOptions() },
            ],
        }),
        Options = new TinyTraining().Options with { Epochs = 1, Optimizer = new SgdOptions { LearningRate = 0.001 } },
        Type = ScalarType.Float64,
    }, 3, 1e-6);

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void Images_without_labels_keep_their_places(int size) => AssertSame(new TinyTraining
    {
        Method = new DistOptions(),
        Type = ScalarType.Float64,
        Unlabelled = ImageSubset.All(TinyTraining.Images(17, 5)),
    }, size, 1e-6);

    [Fact]
    public void Clipping_and_averages_of_weights_are_those_of_the_whole_batch() => AssertSame(new TinyTraining
    {
        Method = TinyTraining.Ctkd,
        Options = new TinyTraining().Options with { GradientClipping = 0.1, Averaging = new() { Decay = 0.5 } },
        Type = ScalarType.Float64,
    }, 2, 1e-6);

    [Fact]
    public void Local_statistics_are_averaged_after_each_epoch()
    {
        var groups = ThreadGroup.Of(2);
        var training = new TinyTraining
        {
            SharesStatistics = false,
            Options = new TinyTraining().Options with { Averaging = new() { Decay = 0.5 } },
        };
        using var first = (training with { Group = groups[0] }).Start();
        using var second = (training with { Group = groups[1] }).Start();
        TinyTrainer[] both = [first, second];
        ThreadGroup.Run(groups, group => both[group.Rank].Go().Count);
        Assert.Equal(first.Snapshot(), second.Snapshot());
        using var whole = (training with { SharesStatistics = true }).Start();
        whole.Go();
        Assert.NotEqual(whole.Snapshot(), first.Snapshot());
    }

    [Fact]
    public void Weights_that_differ_are_found_before_the_first_step()
    {
        var groups = ThreadGroup.Of(2);
        using var first = new TinyTraining { Group = groups[0] }.Start();
        using var second = new TinyTraining { Group = groups[1], Seed = 1 }.Start();
        TinyTrainer[] both = [first, second];
        var error = Assert.Throws<UserErrorException>(() => ThreadGroup.Run(groups, group => both[group.Rank].Go().Count));
        Assert.Contains("the weights of process 1 differ", error.Message);
    }

    // A sum for statistics comes before and after the backward pass of each layer; the last one is that of the terms.
    [Theory]
    [InlineData("wrn-10-1")]
    [InlineData("mobilenet-v2-0.5")]
    public void Gradients_are_summed_while_the_backward_pass_goes_on(string architecture)
    {
        var training = new TinyTraining { Students = [("student", architecture)], BucketNumbers = 1 };
        var groups = ThreadGroup.Of(2);
        using var first = (training with { Group = groups[0] }).Start();
        using var second = (training with { Group = groups[1] }).Start();
        TinyTrainer[] both = [first, second];
        ThreadGroup.Run(groups, group => both[group.Rank].Go(2).Count);
        var sums = groups[0].Sums;
        Assert.Equal(sums, groups[1].Sums);
        Assert.True(sums.SkipWhile(sum => !sum.IsStarted).TakeWhile(sum => sum.IsStarted || sum.Count > 2).Count(sum => !sum.IsStarted) > 3,
            string.Join(' ', sums));
    }

    [Fact]
    public void Buckets_hold_as_many_gradients_as_fit()
    {
        var training = new TinyTraining { Method = TinyTraining.Ctkd };
        var groups = ThreadGroup.Of(2);
        using var first = (training with { Group = groups[0] }).Start();
        using var second = (training with { Group = groups[1] }).Start();
        TinyTrainer[] both = [first, second];
        const int Steps = 2;
        ThreadGroup.Run(groups, group => both[group.Rank].Go(Steps).Count);
        // One bucket for each network, which is smaller than a bucket, and each gradient once.
        var started = groups[0].Sums.Where(sum => sum.IsStarted).ToList();
        Assert.Equal(Steps * first.Trainer.Networks.Count, started.Count);
        long weights = first.Trainer.Networks.Sum(network => network.Network.parameters().Sum(parameter => parameter.numel()));
        Assert.Equal(Steps * weights, started.Sum(sum => sum.Count));
    }

    // Of few numbers: most are taken while the backward pass goes on.
    [Theory]
    [InlineData("wrn-10-1")]
    [InlineData("mobilenet-v2-0.5")]
    public void Each_gradient_is_summed_once(string architecture)
    {
        var training = new TinyTraining { Students = [("student", architecture)], BucketNumbers = 500 };
        var groups = ThreadGroup.Of(2);
        using var first = (training with { Group = groups[0] }).Start();
        using var second = (training with { Group = groups[1] }).Start();
        TinyTrainer[] both = [first, second];
        const int Steps = 3;
        ThreadGroup.Run(groups, group => both[group.Rank].Go(Steps).Count);
        long weights = first.Network().parameters().Sum(parameter => parameter.numel());
        Assert.Equal(Steps * weights, groups[0].Sums.Where(sum => sum.IsStarted).Sum(sum => sum.Count));
    }

    private static void AssertSame(
        TinyTraining training, int size, double tolerance, int steps = int.MaxValue, Action<TinyTrainer>? prepare = null)
    {
        using var whole = training.Start();
        prepare?.Invoke(whole);
        var expected = new List<TrainingRecord>();
        foreach (var record in whole.Trainer.Run())
        {
            expected.Add(record);
            // Not one step further: states are compared, too.
            if (expected.OfType<StepRecord>().Count() == steps)
                break;
        }
        var groups = ThreadGroup.Of(size);
        // Some buckets for each network.
        var parts = groups.Select(group => (training with { Group = group, BucketNumbers = 10_000 }).Start()).ToList();
        foreach (var part in parts)
            prepare?.Invoke(part);
        try
        {
            var found = ThreadGroup.Run(groups, group => parts[group.Rank].Trainer.Run().Take(expected.Count).ToList());
            foreach (var records in found)
            {
                foreach (var (one, other) in expected.Zip(records))
                    AssertClose(one, other, tolerance);
            }
            foreach (var part in parts)
                AssertClose(whole, part, tolerance);
            Assert.All(parts.Skip(1), part => Assert.Equal(parts[0].Snapshot(), part.Snapshot()));
        }
        finally
        {
            foreach (var part in parts)
                part.Dispose();
        }
    }

    private static void AssertClose(TrainingRecord one, TrainingRecord other, double tolerance)
    {
        Assert.Equal(one.GetType(), other.GetType());
        var (terms, others) = (TermsOf(one), TermsOf(other));
        Assert.Equal(terms.Keys, others.Keys);
        foreach (var (name, value) in terms)
        {
            double apart = Math.Abs(value - others[name]);
            Assert.True(apart <= tolerance * (Math.Abs(value) + 1e-3), $"{name}: {others[name]}, expected {value}");
        }
        if (one is not EpochRecord epoch)
            return;
        foreach (var (name, accuracy) in epoch.Test)
        {
            var found = ((EpochRecord)other).Test[name];
            Assert.Equal(accuracy.Images, found.Images);
            Assert.Equal(accuracy.CrossEntropy, found.CrossEntropy, tolerance * 10 * (1 + accuracy.CrossEntropy));
        }
    }

    private static IReadOnlyDictionary<TermName, double> TermsOf(TrainingRecord record) =>
        record is EpochRecord epoch ? epoch.Terms : ((StepRecord)record).Terms;

    private static void AssertClose(TinyTrainer one, TinyTrainer other, double tolerance)
    {
        using var scope = NewDisposeScope();
        var others = Checkpoint.Tensors(other.Trainer);
        foreach (var (name, tensor) in Checkpoint.Tensors(one.Trainer))
        {
            double apart = (tensor.detach() - others[name].detach()).abs().max().to_type(ScalarType.Float64).item<double>();
            double size = tensor.detach().abs().max().to_type(ScalarType.Float64).item<double>();
            Assert.True(apart <= tolerance * (size + 0.1), $"{name}: {apart} apart, of {size}");
        }
    }
}
