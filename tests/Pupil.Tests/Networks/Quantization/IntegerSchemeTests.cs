using Pupil.Networks.Quantization;
using static TorchSharp.torch;

namespace Pupil.Tests.Networks.Quantization;

/// <summary>
/// Tests the equations of 8 bits against numbers of PyTorch's <c>fake_quantize_per_channel_affine</c> and
/// <c>fake_quantize_per_tensor_affine</c>, and against plain loops.
/// </summary>
public sealed class IntegerSchemeTests
{
    // The first channel has steps of 1/4, so that some weights lie in the middle of two steps.
    private static readonly float[] SomeWeights = [31.75f, 0.375f, -0.125f, -0.625f, -1, 0.3f, 0.7f, 0.004f];

    [Fact]
    public void Weights_are_those_of_PyTorch()
    {
        using var scope = NewDisposeScope();
        var (weight, bias) = IntegerScheme.Simulated(tensor(SomeWeights, [2, 4]), null, new MapScale(1, 0));
        Assert.Null(bias);
        float[] expected = [31.75f, 0.5f, 0, -0.5f, -1, 0.2992126f, 0.7007874f, 0.0078740f];
        Assert.Equal(expected, weight.data<float>().ToArray(), (one, other) => Math.Abs(one - other) < 1e-6);
    }

    [Fact]
    public void Maps_and_their_gradients_are_those_of_PyTorch()
    {
        using var scope = NewDisposeScope();
        var scale = MapScale.OfRange(-2, 29.875);
        Assert.Equal(new MapScale(0.125f, -112), scale);
        float[] values = [-9, -1.5f, -0.25f, 0, 0.125f, 0.375f, 1.3f, 20, 31.9f, 50];
        using var map = tensor(values, requires_grad: true);
        var rounded = IntegerScheme.Simulated(map, scale);
        Assert.Equal([-2, -1.5f, -0.25f, 0, 0.125f, 0.375f, 1.25f, 20, 29.875f, 29.875f], rounded.data<float>().ToArray());
        (rounded * arange(1, 11, dtype: ScalarType.Float32)).sum().backward();
        Assert.Equal([0, 2, 3, 4, 5, 6, 7, 8, 0, 0], map.grad!.data<float>().ToArray());
        using (no_grad())
            Assert.Equal(rounded.data<float>().ToArray(), IntegerScheme.Simulated(map, scale).data<float>().ToArray());
    }

    [Theory]
    [InlineData("3 4 1 1")]
    [InlineData("5 2 3 3")]
    [InlineData("4 7")]
    public void Weights_and_biases_are_those_of_plain_loops(string sizes)
    {
        long[] shape = [.. sizes.Split(' ').Select(long.Parse)];
        using var scope = NewDisposeScope();
        using var generator = random.manual_seed(7);
        Tensor weight = randn(shape), bias = randn(shape[0]);
        weight[0].zero_();
        var input = new MapScale(0.037f, 3);
        float[] weights = weight.data<float>().ToArray(), biases = bias.data<float>().ToArray();
        int each = weights.Length / biases.Length;
        var (foundWeight, foundBias) = IntegerScheme.Simulated(weight, bias, input);
        float[] found = foundWeight.data<float>().ToArray(), foundBiases = foundBias!.data<float>().ToArray();
        for (int channel = 0; channel < biases.Length; channel++)
        {
            float most = 0;
            for (int i = 0; i < each; i++)
                most = Math.Max(most, Math.Abs(weights[channel * each + i]));
            double step = Math.Max(most / 127, 1e-12);
            for (int i = 0; i < each; i++)
                Assert.Equal(step * Math.Round(weights[channel * each + i] / step), found[channel * each + i], 1e-6);
            // 32 bits: a bias beyond them is clipped, as in the channel of zeros.
            double whole = Math.Clamp(Math.Round(biases[channel] / (step * input.Step)), int.MinValue, int.MaxValue);
            Assert.Equal(whole * step * input.Step, foundBiases[channel], 1e-5);
        }
    }

    [Fact]
    public void Gradients_pass_the_rounding_of_weights_and_biases()
    {
        using var scope = NewDisposeScope();
        using Tensor weight = tensor(SomeWeights, [2, 4], requires_grad: true), bias = tensor([0.3f, -2], requires_grad: true);
        var (values, biases) = IntegerScheme.Simulated(weight, bias, new MapScale(0.5f, 0));
        ((values * arange(8, dtype: ScalarType.Float32).view(2, 4)).sum() + (biases! * tensor([3f, 5f])).sum()).backward();
        Assert.Equal(Enumerable.Range(0, 8).Select(i => (float)i), weight.grad!.data<float>().ToArray());
        Assert.Equal([3f, 5f], bias.grad!.data<float>().ToArray());
    }

    [Theory]
    [InlineData(0, 6, -128)]
    [InlineData(2, 6, -128)]
    [InlineData(-6, 0, 127)]
    [InlineData(-2, 29.875, -112)]
    [InlineData(0, 0, -128)]
    public void Zero_is_a_value_of_every_scale(double least, double greatest, int zero)
    {
        var scale = MapScale.OfRange(least, greatest);
        Assert.Equal(zero, scale.Zero);
        Assert.True(scale.Step > 0);
        Assert.Equal(Math.Min(0, least), scale.LeastValue, scale.Step / 2 + 1e-6);
        Assert.Equal(greatest, scale.GreatestValue, scale.Step / 2 + 1e-6);
    }
}
