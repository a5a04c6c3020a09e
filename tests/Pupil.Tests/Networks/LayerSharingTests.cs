using Pupil.Distillation.Methods;
using Pupil.Interop.Students;
using Pupil.Networks;
using Pupil.Networks.Families;
using Pupil.Tests.Training;
using Pupil.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Pupil.Tests.Networks;

public sealed class LayerSharingTests : IDisposable
{
    private static readonly ImageShape Small = new(3, 8, 8);

    private readonly DisposeScope _scope = NewDisposeScope();

    // Student, lender, and the weights that they share by each kind of sharing beside the first convolution's.
    public static TheoryData<string, string, LayerSharing, string[]> Cases => new()
    {
        { "wrn-10-1", "wrn-16-1", LayerSharing.None, [] },
        { "wrn-10-1", "wrn-16-1", LayerSharing.FirstConvolution, [] },
        { "wrn-10-1", "wrn-16-1", LayerSharing.Bottom, ["stage1.0.conv1", "stage1.0.conv2"] },
        {
            "wrn-16-2", "wrn-22-2", LayerSharing.Bottom,
            ["stage1.0.conv1", "stage1.0.conv2", "stage1.0.shortcut", "stage1.1.conv1", "stage1.1.conv2"]
        },
        {
            "wrn-10-1", "wrn-16-1", LayerSharing.Interval,
            [
                "stage1.0.conv1", "stage1.0.conv2", "stage2.0.conv1", "stage2.0.conv2", "stage2.0.shortcut",
                "stage3.0.conv1", "stage3.0.conv2", "stage3.0.shortcut",
            ]
        },
        {
            "resnet-8", "resnet-20", LayerSharing.Interval,
            ["stage1.0.conv1", "stage1.0.conv2", "stage2.0.conv1", "stage2.0.conv2", "stage3.0.conv1", "stage3.0.conv2"]
        },
        { "resnet-8x2", "resnet-14x2", LayerSharing.Bottom, ["stage1.0.conv1", "stage1.0.conv2", "stage1.0.shortcut"] },
        { "resnet-8", "wrn-10-2", LayerSharing.FirstConvolution, [] },
        { "vgg-8", "vgg-11", LayerSharing.FirstConvolution, ["stem.bias"] },
        { "mobilenet-v2-0.25", "mobilenet-v2-0.25", LayerSharing.FirstConvolution, [] },
    };

    public static TheoryData<string, string, LayerSharing> Pairs =>
        new(Cases.Select(row => (row.Data.Item1, row.Data.Item2, row.Data.Item3)));

    public void Dispose() => _scope.Dispose();

    [Theory]
    [MemberData(nameof(Cases))]
    public void The_convolutions_named_are_one_and_all_else_starts_as_without(
        string student, string lender, LayerSharing sharing, string[] shared)
    {
        using var teacher = Build(lender, "companion");
        var before = teacher.State().ToDictionary(entry => entry.Key, entry => entry.Value.clone());
        using var alone = Build(student);
        using var borrower = Build(student, shared: new(teacher, sharing));
        string[] names = [.. shared.Select(name => name == "stem.bias" ? name : $"{name}.weight")];
        string[] expected = sharing == LayerSharing.None ? [] : ["stem.weight", .. names];

        Dictionary<string, Tensor> own = borrower.State().ToDictionary(), theirs = teacher.State().ToDictionary();
        var plain = alone.State().ToDictionary();
        Assert.Equal(plain.Keys.Order(), own.Keys.Order());
        foreach (var (name, tensor) in own)
        {
            bool isShared = theirs.TryGetValue(name, out var other) && tensor.Handle == other.Handle;
            Assert.True(isShared == expected.Contains(name), name);
            Assert.True(tensor.Equals(isShared ? before[name] : plain[name]), name);
        }
        Assert.Equal(before.Keys, theirs.Keys);
        Assert.All(before, entry => Assert.True(entry.Value.Equals(theirs[entry.Key]), entry.Key));
        Assert.Equal(NetworkCost.OfNetwork(alone), NetworkCost.OfNetwork(borrower));
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public void A_borrower_computes_the_outputs_of_a_network_of_the_same_weights(string student, string lender, LayerSharing sharing)
    {
        using var teacher = Build(lender, "companion");
        using var borrower = Build(student, shared: new(teacher, sharing));
        using var copy = Build(student, "copy");
        copy.LoadState(borrower.State().ToDictionary(), "the borrower");
        var images = Images();
        NetworkOutput expected = copy.call(images), found = borrower.call(images);

        Assert.Equal(expected.Logits.Numbers(), found.Logits.Numbers());
        // Its statistics are its own: the lender's are unchanged.
        var copied = copy.State().ToDictionary();
        Assert.All(borrower.State(), entry => Assert.True(entry.Value.Equals(copied[entry.Key]), entry.Key));
        Assert.All(teacher.State().Where(entry => entry.Key.EndsWith("mean", StringComparison.Ordinal)),
            entry => Assert.All(entry.Value.Numbers(), value => Assert.Equal(0, value)));
    }

    [Fact]
    public void A_shared_weight_gets_both_gradients_and_one_step()
    {
        using var teacher = Build("wrn-16-1", "companion");
        using var student = Build("wrn-10-1", shared: new(teacher, LayerSharing.Interval));
        var weight = teacher.State().ToDictionary()["stage2.0.conv1.weight"];
        var before = weight.detach().clone();
        var images = Images();
        Tensor Gradient(Network network)
        {
            network.call(images).Logits.square().sum().backward();
            return weight.grad!.clone();
        }

        Tensor first = Gradient(teacher), both = Gradient(student);
        Assert.True((both - first).abs().sum().ToDouble() > 0);
        var trained = new[] { teacher, student }.SelectMany(network => network.named_parameters())
            .DistinctBy(entry => entry.parameter.Handle).Select((entry, i) => KeyValuePair.Create($"{i}", (Tensor)entry.parameter));
        using var optimizer = new Sgd(new SgdOptions { Momentum = 0, WeightDecay = 0 }, trained);
        optimizer.Step(0.5);
        Tensors.AssertNear((before - (0.5 * both)).Numbers(), weight.Numbers(), 1e-6, "weight");
    }

    [Fact]
    public void A_student_file_holds_the_shared_weights()
    {
        using var folder = new TemporaryFolder();
        using var training = new TinyTraining
        {
            Method = new RocketOptions { Booster = new() { Architecture = "wrn-16-1" }, Sharing = LayerSharing.Interval },
        }.Start();
        training.Go();
        var student = training.Network();
        student.eval();
        double[] expected = student.call(Images()).Logits.Numbers();
        StudentFile.Write(folder["student"], student, new()
        {
            Network = student.Spec,
            Input = student.Input,
            Classes = ["a", "b", "c"],
            Normalization = TinyTraining.Normalization,
        });
        var (read, _) = StudentFile.Read(folder["student"], CPU);
        using (read)
            Assert.Equal(expected, read.call(Images()).Logits.Numbers());
        Assert.Equal(training.Network("booster").State().ToDictionary()["stage3.0.conv2.weight"].Numbers(),
            student.State().ToDictionary()["stage3.0.conv2.weight"].Numbers());
    }

    [Theory]
    [InlineData("wrn-10-1", "wrn-16-2", LayerSharing.Interval, "a block of it has the convolutions conv1 16×16×3×3", "32×16×3×3")]
    [InlineData("wrn-16-1", "wrn-10-1", LayerSharing.Interval, "it has 2 blocks in a stage, the other only 1", "no deeper")]
    [InlineData("wrn-16-1", "wrn-10-1", LayerSharing.Bottom, "it has 2 blocks in a stage, the other only 1", "no deeper")]
    [InlineData("resnet-8", "wrn-16-1", LayerSharing.Interval, "their blocks are built differently", "one family")]
    [InlineData("resnet-8", "resnet-14x1", LayerSharing.Interval, "32×32×3×3 with stride 1, the other's", "shortcut 32×16×1×1")]
    [InlineData("vgg-8", "vgg-11", LayerSharing.Bottom, "not of one family whose blocks can be shared", "wrn, resnet, imagenet-resnet")]
    [InlineData("wrn-10-1", "vgg-8", LayerSharing.FirstConvolution,
        "its first convolution is 16×3×3×3 with stride 1, the other's", "64×3×3×3 with stride 1 and bias")]
    [InlineData("mobilenet-v2-0.5", "wrn-10-1", LayerSharing.FirstConvolution,
        "16×3×3×3 with stride 2, the other's 16×3×3×3 with stride 1", "share less")]
    public void Convolutions_that_do_not_fit_are_refused(string student, string lender, LayerSharing sharing, params string[] parts)
    {
        using var teacher = Build(lender, "companion");
        using var own = Build(student);
        var before = own.Snapshot();
        long alive = Tensors.Alive;
        string message = Assert.Throws<UserErrorException>(() => Build(student, shared: new(teacher, sharing))).Message;

        Assert.Equal(alive, Tensors.Alive);
        Assert.StartsWith($"sharing layers: {student} cannot use convolutions of {lender}: ", message);
        Assert.All(parts, part => Assert.Contains(part, message));
        Assert.DoesNotContain('\n', message);
        Assert.Equal(message, Assert.Throws<UserErrorException>(() => own.AsConvolutional().ShareWith(teacher.AsConvolutional(), sharing))
            .Message);
        Assert.Equal(before, own.Snapshot());
    }

    [Theory]
    [InlineData(LayerSharing.FirstConvolution)]
    [InlineData(LayerSharing.Interval)]
    public void Both_can_be_disposed_and_nothing_stays(LayerSharing sharing)
    {
        Once();
        long before = Tensors.Alive;
        Once();
        Assert.Equal(before, Tensors.Alive);

        void Once()
        {
            var teacher = Build("wrn-16-1", "companion");
            var student = Build("wrn-10-1", shared: new(teacher, sharing));
            student.Dispose();
            teacher.Dispose();
        }
    }

    private static Tensor Images() => Tensors.Wave(1, 4, 3, 8, 8).to(ScalarType.Float32);

    private static Network Build(string name, string role = "student", SharedLayers? shared = null) =>
        NetworkCatalogue.Build(new NetworkSpec { Architecture = name }, Small, 10, 1, role, shared);
}
