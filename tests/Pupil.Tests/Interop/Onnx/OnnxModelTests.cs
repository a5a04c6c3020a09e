using Google.Protobuf;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using Onnx;
using Pupil.Inference;
using Pupil.Interop.Onnx;
using Pupil.Networks;
using Pupil.Networks.Families;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Pupil.Tests.Interop.Onnx;

/// <summary>Tests that ONNX models of networks give the networks' logits.</summary>
public sealed class OnnxModelTests
{
    [Theory]
    [InlineData("wrn-10-1", 32)]
    [InlineData("wrn-16-2", 20)]
    [InlineData("resnet-14", 32)]
    [InlineData("resnet-8x4", 32)]
    [InlineData("vgg-8", 32)]
    [InlineData("vgg-13", 64)]
    [InlineData("mobilenet-v2-0.5", 32)]
    [InlineData("shufflenet-v2-0.5", 32)]
    [InlineData("imagenet-mobilenet-v2-0.35", 32)]
    [InlineData("mobilenet-v3-small", 32)]
    [InlineData("mobilenet-v3-large", 32)]
    [InlineData("efficientnet-b0", 32)]
    [InlineData("efficientnet-lite0", 32)]
    [InlineData("regnet-y-400mf", 32)]
    [InlineData("vit-tiny-8", 32)]
    [InlineData("imagenet-resnet-18", 64)]
    [InlineData("imagenet-resnet-50", 64)]
    public void Every_family_gives_the_same_logits_for_any_image_and_batch_size(string name, int side)
    {
        using var scope = NewDisposeScope();
        using var network = OddNetwork(name, side);
        using var session = OnnxSession.Open(OnnxModel.OfNetwork(network, Card(network)).ToByteArray());
        foreach (var (images, height, width) in new[] { (1, side, side), (5, side, side), (2, side + 16, side + 32) })
        {
            if (network.HasFixedSize && height != side)
                continue;
            var input = randn(images, 3, height, width);
            using var noGradient = no_grad();
            var expected = network.call(input).Logits;
            var found = Ask(session, input);
            Assert.Equal(expected.shape, found.shape);
            double scale = Math.Max(1, expected.abs().max().ToDouble());
            double off = (expected - found).abs().max().ToDouble();
            Assert.True(off <= 1e-4 * scale, $"{images} images of {height}×{width}: {off} of {scale}");
        }
    }

    [Fact]
    public void Batch_norms_are_folded_and_the_metadata_describes_the_model()
    {
        using var network = OddNetwork("resnet-8", 32);
        var card = Card(network) with { TestTop1 = 0.5, RecipeHash = "abc" };
        var model = OnnxModel.OfNetwork(network, card);
        Assert.DoesNotContain(model.Graph.Node, node => node.OpType is "BatchNormalization" or "Mul");
        Assert.Equal(17, model.OpsetImport.Single().Version);
        Assert.Equal(8, model.IrVersion);
        using var session = OnnxSession.Open(model.ToByteArray());
        var read = ModelCard.FromMetadata(session.ModelMetadata.CustomMetadataMap, "x.onnx");
        Assert.Equal(card.ToJson(), read.ToJson());
        Assert.Equal("a\nb\nc", session.ModelMetadata.CustomMetadataMap["classes"]);
        Assert.Equal("Pupil", session.ModelMetadata.ProducerName);
    }

    [Fact]
    public void Probabilities_sum_to_one()
    {
        using var network = OddNetwork("resnet-8", 32);
        var model = OnnxModel.OfNetwork(network, Card(network));
        OnnxModel.GiveProbabilities(model, Card(network));
        using var session = OnnxSession.Open(model.ToByteArray());
        Assert.Equal("probabilities", session.OutputNames.Single());
        using var scope = NewDisposeScope();
        Assert.Equal(4, Ask(session, randn(4, 3, 32, 32)).sum().ToDouble(), 1e-5);
    }

    [Theory]
    [InlineData("resnet-14")]
    [InlineData("imagenet-mobilenet-v2-0.35")]
    [InlineData("mobilenet-v3-small")]
    [InlineData("mobilenet-v3-large")]
    [InlineData("efficientnet-b0")]
    [InlineData("efficientnet-lite0")]
    [InlineData("regnet-y-400mf")]
    [InlineData("vit-tiny-8")]
    public void Float16_halves_the_file_and_int8_quarters_it(string name)
    {
        using var scope = NewDisposeScope();
        using var network = OddNetwork(name, 32);
        LetImagesMatter(network);
        OnnxModelBytes whole = new(OnnxModel.OfNetwork(network, Card(network)));
        OnnxModelBytes half = new(OnnxModel.OfNetwork(network, Card(network)));
        OnnxModelBytes small = new(OnnxModel.OfNetwork(network, Card(network)));
        OnnxHalf.Apply(half.Model);
        var images = randn(64, 3, 32, 32);
        OnnxInteger.Apply(small.Model, OnnxInteger.Calibrate(small.Model, [Value(images[..32]), Value(images[32..])]));
        Assert.InRange((double)half.Length / whole.Length, 0.48, 0.6);
        Assert.InRange((double)small.Length / whole.Length, 0.2, 0.4);

        using var noGradient = no_grad();
        var expected = network.call(images).Logits;
        double spread = (expected.max() - expected.min()).ToDouble();
        Assert.InRange(Largest(half), 0, 0.01 * spread);
        Assert.InRange(Largest(small), 0, 0.25 * spread);
        Assert.True(Largest(small) > 0);

        // Weights have a step for each output channel, and an error of at most half a step.
        var first = small.Model.Graph.Initializer.First(initializer => initializer.Name == "Conv1.weight.whole");
        Assert.Equal((int)TensorProto.Types.DataType.Int8, first.DataType);
        var steps = small.Model.Graph.Initializer.First(initializer => initializer.Name == "Conv1.weight.steps");
        Assert.Equal(first.Dims[0], steps.Dims.Single());

        double Largest(OnnxModelBytes model)
        {
            using var session = OnnxSession.Open(model.Model.ToByteArray());
            return (expected - Ask(session, images)).abs().max().ToDouble();
        }
    }

    [Fact]
    public void Weights_beyond_the_range_of_float16_are_refused()
    {
        using var network = OddNetwork("resnet-8", 32);
        using (no_grad())
            network.parameters().First().fill_(1e6f);
        var error = Assert.Throws<UserErrorException>(() => OnnxHalf.Apply(OnnxModel.OfNetwork(network, Card(network))));
        Assert.Contains("use float32", error.Message);
    }

    [Fact]
    public void An_invalid_card_is_refused()
    {
        var missing = Assert.Throws<UserErrorException>(() => ModelCard.FromMetadata(new Dictionary<string, string>(), "x.onnx"));
        Assert.Contains("expected a model that Pupil exported", missing.Message);
        Assert.IsType<ModelWithoutCard>(missing.Cause);
        using var network = OddNetwork("resnet-8", 32);
        var card = Card(network);
        Assert.Contains("version 3", Refused(card with { Version = ModelCard.CurrentVersion + 1 }));
        Assert.Contains("invalid values", Refused(card with { Mean = [0.5] }));
        Assert.Contains("invalid values", Refused(card with { Size = 1 << 20 }));
        Assert.Contains("invalid values", Refused(card with { Temperature = 0 }));
        Assert.Contains("invalid values", Refused(card with { RejectionThreshold = 1.5 }));
        Assert.Contains("invalid values", Refused(card with { Tuning = new ModelTuning("the student in float32", 0, 1, 1, 1) }));
        Assert.Throws<UserErrorException>(() => ModelCard.FromMetadata(new Dictionary<string, string> { [ModelCard.Key] = "{" }, "x.onnx"));

        static string Refused(ModelCard card)
        {
            var metadata = new Dictionary<string, string> { [ModelCard.Key] = card.ToJson() };
            return Assert.Throws<UserErrorException>(() => ModelCard.FromMetadata(metadata, "x.onnx")).Message;
        }
    }

    /// <summary>Makes a network whose batch norms have other values than their initial ones.</summary>
    internal static Network OddNetwork(string name, int side)
    {
        var network = NetworkCatalogue.Build(new NetworkSpec { Architecture = name }, new ImageShape(3, side, side), 3, seed: 5);
        using var noGradient = no_grad();
        using var generator = random.manual_seed(3);
        foreach (var (key, value) in network.State())
        {
            bool isBias = key.Contains("orm", StringComparison.Ordinal) && key.EndsWith("bias", StringComparison.Ordinal);
            if (key.EndsWith("running_mean", StringComparison.Ordinal) || isBias)
                value.normal_(0, 0.1);
            else if (value.dim() == 1)
                value.uniform_(0.5, 1.5);
        }
        network.eval();
        return network;
    }

    // Batch statistics that are those of images keep maps of a deep network from fading or growing.
    internal static void LetImagesMatter(Network network)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        network.train();
        foreach (var norm in network.modules().OfType<BatchNorm2d>())
            norm.momentum = 0.5;
        for (int step = 0; step < 5; step++)
            network.call(randn(16, 3, 32, 32));
        network.eval();
    }

    internal static ModelCard Card(Network network) => new()
    {
        Network = network.Spec.Architecture,
        Classes = ["a", "b", "c"],
        Channels = 3,
        Height = network.Input.Height,
        Width = network.Input.Width,
        Mean = [0.5, 0.4, 0.3],
        Deviation = [0.2, 0.25, 0.3],
        Size = network.Input.Height,
    };

    internal static NamedOnnxValue Value(torch.Tensor images) => NamedOnnxValue.CreateFromTensor(OnnxModel.Images,
        new DenseTensor<float>(images.contiguous().data<float>().ToArray(), [.. images.shape.Select(size => (int)size)]));

    internal static torch.Tensor Ask(InferenceSession session, torch.Tensor images)
    {
        using var results = session.Run([Value(images)]);
        var found = results[0].AsTensor<float>();
        return tensor(found.ToArray(), [.. found.Dimensions.ToArray().Select(size => (long)size)]);
    }

    private sealed record OnnxModelBytes(ModelProto Model)
    {
        public int Length => Model.CalculateSize();
    }
}
