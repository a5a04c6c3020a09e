using Google.Protobuf;
using Pupil.Inference;
using Pupil.Interop.Onnx;
using Pupil.Networks.Quantization;
using TorchSharp;
using static TorchSharp.torch;

namespace Pupil.Tests.Interop.Onnx;

/// <summary>Tests that the simulation of 8 bits computes as ONNX Runtime does with the exported model.</summary>
public sealed class QuantizedNetworkTests(ITestOutputHelper output)
{
    // The greatest difference for a typical image, as a share of what 8 bits cost; without rounding it is 1. The last digits of float32
    // decide between two steps now and then, and each layer adds to it, most of all those of a transformer, whose layer norms and attention
    // are float32.
    [Theory]
    [InlineData("wrn-10-1", 0.4)]
    [InlineData("resnet-14", 0.4)]
    [InlineData("resnet-8x4", 0.4)]
    [InlineData("vgg-8", 0.4)]
    [InlineData("mobilenet-v2-0.5", 0.9)]
    [InlineData("shufflenet-v2-0.5", 0.9)]
    [InlineData("imagenet-mobilenet-v2-0.35", 0.9)]
    [InlineData("mobilenet-v3-small", 0.9)]
    [InlineData("mobilenet-v3-large", 0.9)]
    [InlineData("efficientnet-b0", 0.9)]
    [InlineData("efficientnet-lite0", 0.9)]
    [InlineData("regnet-y-400mf", 0.9)]
    [InlineData("vit-tiny-8", 1.5)]
    public void The_simulation_gives_the_logits_of_the_exported_model(string name, double greatest)
    {
        using var scope = NewDisposeScope();
        using var network = OnnxModelTests.OddNetwork(name, 32);
        OnnxModelTests.LetImagesMatter(network);
        var images = randn(64, 3, 32, 32);
        using var noGradient = no_grad();
        var exact = network.call(images).Logits;
        var model = OnnxModel.OfNetwork(network, OnnxModelTests.Card(network));
        var scales = OnnxInteger.Calibrate(model, [OnnxModelTests.Value(images)]);
        OnnxInteger.Apply(model, scales);
        using var session = OnnxSession.Open(model.ToByteArray());
        var expected = OnnxModelTests.Ask(session, images);
        using var simulation = new QuantizedNetwork(network, new OnnxGraph(), OnnxModel.Images, scales);
        var found = simulation.call(images).Logits;
        bool hasTokens = name.StartsWith("vit", StringComparison.Ordinal);
        double off = Typical(found - expected), cost = Typical(exact - expected), spread = (exact.max() - exact.min()).ToDouble();
        double most = (found - expected).abs().max().ToDouble() / spread;
        double same = found.argmax(1).eq(expected.argmax(1)).to(ScalarType.Float64).mean().ToDouble();
        string numbers = $"off by {off / cost:0.000} of the cost of 8 bits, by {most:0.000} of the spread at most; same class {same:0.000}";
        output.WriteLine(numbers);
        Assert.True(cost > 1e-4 * spread && off < greatest * cost, numbers);
        Assert.True(most < 0.15 && same > (hasTokens ? 0.85 : 0.96), numbers);

        static double Typical(Tensor difference) => difference.abs().mean([1]).median().ToDouble();
    }

    [Theory]
    [InlineData("wrn-10-1")]
    [InlineData("mobilenet-v2-0.25")]
    [InlineData("mobilenet-v3-small")]
    [InlineData("vit-tiny-8")]
    public void Gradients_are_nearly_those_of_the_network_in_float32(string name)
    {
        using var scope = NewDisposeScope();
        using var network = OnnxModelTests.OddNetwork(name, 32);
        OnnxModelTests.LetImagesMatter(network);
        var images = randn(16, 3, 32, 32);
        var model = OnnxModel.OfNetwork(network, OnnxModelTests.Card(network));
        using var simulation = new QuantizedNetwork(
            network, new OnnxGraph(), OnnxModel.Images, OnnxInteger.Calibrate(model, [OnnxModelTests.Value(images)]));
        // Positions and class token of a transformer are not trained.
        simulation.call(images).Logits.square().sum().backward();
        var tuned = network.parameters().Where(parameter => parameter.grad is not null).ToList();
        var found = Gradients(tuned);
        network.call(images).Logits.square().sum().backward();
        var expected = Gradients(tuned);
        double similarity = nn.functional.cosine_similarity(found, expected, 0).ToDouble();
        output.WriteLine($"{similarity}");
        Assert.True(similarity > 0.95);
        int untrained = name.StartsWith("vit", StringComparison.Ordinal) ? 2 : 0;
        Assert.Equal(network.parameters().Count() - untrained, tuned.Count);

        static Tensor Gradients(List<TorchSharp.Modules.Parameter> parameters)
        {
            var all = cat([.. parameters.Select(parameter => parameter.grad!.flatten().clone())]);
            parameters.ForEach(parameter => parameter.grad!.zero_());
            return all;
        }
    }

    [Fact]
    public void A_scale_of_an_unknown_map_is_a_defect()
    {
        using var network = OnnxModelTests.OddNetwork("resnet-8", 32);
        var scales = new Dictionary<string, MapScale> { [OnnxModel.Images] = new(1, 0), ["Relu100"] = new(1, 0) };
        var error = Assert.Throws<InvalidOperationException>(() =>
            new QuantizedNetwork(network, new OnnxGraph(), OnnxModel.Images, scales));
        Assert.Contains("computes no map 'Relu100'", error.Message);
    }
}
