using Pupil.Networks;
using Pupil.Networks.Families;
using Pupil.Networks.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace Pupil.Tests.Networks;

/// <summary>Convolutions of which oneDNN computes some wrongly, or ends the process, if they are not computed as products.</summary>
public sealed class ConvolutionsTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Theory]
    [InlineData(512, 1024, 1, false)]
    [InlineData(1024, 256, 1, true)]
    [InlineData(256, 1024, 2, false)]
    [InlineData(320, 1280, 1, false)]
    [InlineData(256, 512, 2, false)]
    [InlineData(16, 264, 1, true)]
    [InlineData(96, 320, 2, false)]
    [InlineData(512, 256, 1, false)]
    [InlineData(8, 12, 2, true)]
    public void Forward_and_gradients_are_the_convolution_s(int from, int to, int stride, bool bias)
    {
        using var convolution = nn.Conv2d(from, to, 1, stride, bias: bias);
        var wave = Tensors.Wave(1, 3, from, 5, 4).to(ScalarType.Float32);
        var pixels = wave.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2).requires_grad_();
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
    [InlineData(8, 6, 4, 2, 1, 0, 1, 1)]
    [InlineData(6, 9, 3, 1, 1, 0, 1, 3)]
    [InlineData(4, 4, 3, 2, 0, 1, 2, 1)]
    [InlineData(16, 32, 1, 1, 0, 0, 1, 1)]
    public void Transposed_ones_have_the_numbers_of_double_precision(
        int from, int to, int kernel, int stride, int padding, int outputPadding, int dilation, int groups)
    {
        using var convolution = nn.ConvTranspose2d(from, to, kernel, stride, padding, outputPadding, dilation, groups: groups);
        var input = Tensors.Wave(1, 3, 5, 4, from).to(ScalarType.Float32).permute(0, 3, 1, 2).requires_grad_();
        var found = convolution.Convolve(input);
        var slope = Tensors.Wave(2, found.shape);
        (found * slope).sum().backward();

        var exactInput = input.detach().to(ScalarType.Float64).requires_grad_();
        var exactWeight = convolution.weight.detach().to(ScalarType.Float64).requires_grad_();
        var exact = nn.functional.conv_transpose2d(exactInput, exactWeight, convolution.bias!.to(ScalarType.Float64), [stride, stride],
            [padding, padding], [outputPadding, outputPadding], [dilation, dilation], groups);
        (exact * slope).sum().backward();
        Assert.Equal(exact.shape, found.shape);
        Tensors.AssertNear(exact.Numbers(), found.Numbers(), 1e-5, "output");
        Tensors.AssertNear(exactInput.grad!.Numbers(), input.grad!.Numbers(), 1e-5, "gradient of the input");
        Tensors.AssertNear(exactWeight.grad!.Numbers(), convolution.weight.grad!.Numbers(), 1e-5, "gradient of the weights");
    }

    // oneDNN's transposed ones read memory that was never written, which holds NaN in tests, where the channels are no multiple of 16.
    [Theory]
    [InlineData(4, 2, 3, 1)]
    [InlineData(32, 8, 3, 1)]
    [InlineData(24, 24, 4, 2)]
    [InlineData(20, 40, 4, 2)]
    public void Transposed_ones_read_no_memory_that_was_not_written(int from, int to, int kernel, int stride) =>
        AssertReadsWhatIsWritten(nn.ConvTranspose2d(from, to, kernel, stride: stride, padding: 1), 8, ScalarType.Float32, isLast: false);

    // So do others, unless weights or input are channels-last; in 16 bits also for odd numbers of outputs, and on maps within the padding.
    [Theory]
    [InlineData(ScalarType.Float32, false)]
    [InlineData(ScalarType.Float32, true)]
    [InlineData(ScalarType.BFloat16, false)]
    [InlineData(ScalarType.BFloat16, true)]
    public void No_memory_is_read_that_was_not_written(ScalarType type, bool isLast)
    {
        foreach (int from in new[] { 1, 3, 8, 17, 40, 220 })
        {
            foreach (int to in new[] { 1, 8, 33, 110, 220 })
            {
                foreach (int side in new[] { 1, 2, 6 })
                {
                    foreach (var (kernel, stride) in new[] { (1, 1), (3, 1), (3, 2), (7, 1) })
                    {
                        AssertReadsWhatIsWritten(nn.Conv2d(from, to, kernel, stride, padding: kernel / 2), side, type, isLast);
                        if (from % 4 == 0 && to % 4 == 0)
                            AssertReadsWhatIsWritten(nn.Conv2d(from, to, kernel, stride, kernel / 2, groups: 4), side, type, isLast);
                        if (to == 8)
                            AssertReadsWhatIsWritten(nn.Conv2d(from, from, kernel, stride, kernel / 2, groups: from), side, type, isLast);
                    }
                }
            }
        }
    }

    private static void AssertReadsWhatIsWritten(TorchSharp.Modules.Convolution made, int side, ScalarType type, bool isLast)
    {
        using var scope = NewDisposeScope();
        using var convolution = made;
        Convolutions.LayOut(convolution);
        var input = Tensors.Wave(1, 8, convolution.in_channels, side, side).to(ScalarType.Float32);
        input = isLast ? input.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2) : input.contiguous();
        input.requires_grad_();
        using var reduced = type == ScalarType.BFloat16 ? ReducedPrecision.Use() : null;
        var found = convolution.Convolve(input);
        found.backward([Tensors.Wave(2, found.shape).to(found.dtype)]);
        foreach (var (name, values) in new[] { ("output", found), ("input", input.grad!), ("weight", convolution.weight.grad!) })
            Assert.True(values.isfinite().all().item<bool>(), $"{name} of {ConvolutionForm.OfConvolution(convolution)} on {side}×{side}");
    }

    // Training is in single precision; it must give the numbers of double precision, for batches of any size.
    [Theory]
    [InlineData("wrn-10-1", 32)]
    [InlineData("wrn-10-5", 32)]
    [InlineData("wrn-10-8", 16)]
    [InlineData("resnet-14", 32)]
    [InlineData("resnet-8x4", 32)]
    [InlineData("resnet-8x8", 16)]
    [InlineData("vgg-8", 32)]
    [InlineData("mobilenet-v2-0.25", 32)]
    [InlineData("mobilenet-v2-0.5", 32)]
    [InlineData("mobilenet-v2-1", 32)]
    [InlineData("shufflenet-v2-0.5", 32)]
    [InlineData("shufflenet-v2-1", 32)]
    [InlineData("imagenet-resnet-18", 64)]
    [InlineData("imagenet-resnet-50", 64)]
    [InlineData("imagenet-mobilenet-v2-1", 32)]
    [InlineData("mobilenet-v3-small", 32)]
    [InlineData("efficientnet-b0", 32)]
    [InlineData("regnet-y-400mf", 32)]
    [InlineData("vit-tiny-8", 32)]
    public void Networks_compute_in_single_precision_the_numbers_of_double(string name, int side)
    {
        using var network = NetworkCatalogue.Build(new NetworkSpec { Architecture = name }, new(3, side, side), 10);
        network.eval();
        using var noGradient = no_grad();
        var images = Tensors.Wave(1, 5, 3, side, side).to(ScalarType.Float32).permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2);
        var found = network.call(images);
        network.to(ScalarType.Float64);
        var expected = network.call(images.to(ScalarType.Float64));
        Tensors.AssertNear(expected.Logits.Numbers(), found.Logits.Numbers(), 1e-3, "logits");
        Tensors.AssertNear(expected.Embedding.Numbers(), found.Embedding.Numbers(), 1e-4, "embedding");
        foreach (var (own, other) in expected.Stages.Zip(found.Stages))
            Tensors.AssertNear(own.Map.Numbers(), other.Map.Numbers(), 1e-4, own.Name);
    }

    [Theory]
    [InlineData("imagenet-resnet-50", 64)]
    [InlineData("wrn-10-16", 16)] // its last shortcut
    public void Networks_that_have_them_train_in_single_precision(string name, int side)
    {
        using var network = NetworkCatalogue.Build(new NetworkSpec { Architecture = name }, new(3, side, side), 10);
        var images = Tensors.Wave(1, 4, 3, side, side).to(ScalarType.Float32).permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2);

        network.call(images).Logits.sum().backward();

        Assert.All(network.parameters(), parameter => Assert.True(parameter.grad!.isfinite().all().item<bool>()));
    }
}
