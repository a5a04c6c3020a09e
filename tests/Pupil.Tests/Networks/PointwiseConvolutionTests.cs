using Pupil.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace Pupil.Tests.Networks;

/// <summary>Convolutions that end the process where they go to oneDNN as they are.</summary>
[Collection(AloneCollection.Name)]
public sealed class PointwiseConvolutionTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Theory]
    [InlineData(512, 1024, 1, false)]
    [InlineData(1024, 256, 1, true)]
    [InlineData(256, 1024, 2, false)]
    [InlineData(320, 1280, 1, false)]
    [InlineData(8, 12, 2, true)]
    public void Forward_and_gradients_are_the_convolution_s(int from, int to, int stride, bool bias)
    {
        using var convolution = nn.Conv2d(from, to, 1, stride, bias: bias);
        var pixels = Tensors.Wave(1, 3, from, 5, 4).to(ScalarType.Float32).permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2).requires_grad_();
        var slope = Tensors.Wave(2, 3, to, (5 + stride - 1) / stride, (4 + stride - 1) / stride);

        var found = convolution.Convolve(pixels);
        (found * slope).sum().backward();
        var gradients = (pixels.grad!.Numbers(), convolution.weight.grad!.Numbers());

        var expectedPixels = pixels.detach().to(ScalarType.Float64).requires_grad_();
        var expectedWeight = convolution.weight.detach().to(ScalarType.Float64).requires_grad_();
        var expected = nn.functional.conv2d(expectedPixels, expectedWeight, convolution.bias?.to(ScalarType.Float64), [stride, stride]);
        (expected * slope).sum().backward();
        Tensors.AssertNear(expected.Numbers(), found.Numbers(), 1e-5, "output");
        Tensors.AssertNear(expectedPixels.grad!.Numbers(), gradients.Item1, 1e-5, "gradient of the input");
        Tensors.AssertNear(expectedWeight.grad!.Numbers(), gradients.Item2, 1e-5, "gradient of the weights");
    }

    [Theory]
    [InlineData("imagenet-resnet-50", 64)]
    [InlineData("wrn-10-16", 16)] // its last shortcut
    public void Networks_that_have_them_learn_in_single_precision(string name, int side)
    {
        using var network = NetworkCatalogue.Build(new NetworkSpec { Architecture = name }, new(3, side, side), 10);
        var images = Tensors.Wave(1, 4, 3, side, side).to(ScalarType.Float32).permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2);

        network.call(images).Logits.sum().backward();

        Assert.All(network.parameters(), parameter => Assert.True(parameter.grad!.isfinite().all().item<bool>()));
    }
}
