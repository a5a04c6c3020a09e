using Pupil.Networks;
using Pupil.Networks.Families;
using Pupil.Tests.References;
using TorchSharp;
using static TorchSharp.torch;

namespace Pupil.Tests.Networks;

/// <summary>All numbers that torchvision's networks give for the same weights, in float64.</summary>
public sealed class DeployedForwardTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Theory]
    [InlineData("imagenet-mobilenet-v2-0.35", 35, 64)]
    [InlineData("mobilenet-v3-small", 64, 41)]
    [InlineData("mobilenet-v3-large", 33, 64)]
    [InlineData("efficientnet-b0", 40, 64)]
    [InlineData("efficientnet-lite0", 64, 35)]
    [InlineData("regnet-y-400mf", 35, 64)]
    [InlineData("vit-tiny-8", 24, 24)]
    public void Outputs_gradients_and_statistics_are_torchvision_s(string name, int height, int width)
    {
        string group = $"deployed/{name}/training";
        using var network = NetworkCatalogue.Build(new NetworkSpec { Architecture = name }, new(3, height, width), 10).Filled();
        if (network is ConvolutionalNetwork convolutional)
            convolutional.ShowsPreActivations = true;
        var images = Tensors.FromValues(
            ReferenceNumbers.Wave(2 * 3L * height * width, height + width, scattered: true), 2, 3, height, width);

        network.eval();
        using (no_grad())
            ReferenceForwardTests.AssertForward($"deployed/{name}/evaluation", network.call(images));
        network.train();
        var output = network.call(images);
        ReferenceForwardTests.AssertForward(group, output);
        var loss = output.Stages.Aggregate(nn.functional.cross_entropy(output.Logits, arange(2)),
            (sum, stage) => sum + (stage.PreActivation ?? stage.Map).pow(3).mean());
        loss.backward();

        Tensors.AssertReference($"{group}/loss", loss);
        AssertNorms($"{group}/gradient-norms", network.named_parameters().Select(entry => (entry.name, entry.parameter.grad!)), 1e-8);
        AssertNorms($"{group}/state-norms",
            network.State().Where(entry => entry.Key.Contains(".running_")).Select(entry => (entry.Key, entry.Value)), 1e-9);
    }

    // Each norm relative to its own size, in the order of the names.
    private static void AssertNorms(string name, IEnumerable<(string Name, Tensor Value)> tensors, double relative)
    {
        var sorted = tensors.OrderBy(entry => entry.Name, StringComparer.Ordinal).ToList();
        double[] expected = ReferenceNumbers.Values(name);
        Assert.Equal(expected.Length, sorted.Count);
        foreach (var ((tensor, value), norm) in sorted.Zip(expected))
            Tensors.AssertNear(norm, value.norm().ToDouble(), relative, $"{name} {tensor}");
    }
}
