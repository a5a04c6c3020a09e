using Pupil.Distillation.Adapters;
using Pupil.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace Pupil.Tests.Distillation.Adapters;

public sealed class AdaptingConvolutionTests
{
    [Theory]
    [InlineData(8, 8, 8, 8, new[] { 1L, 1 })]
    [InlineData(8, 8, 4, 4, new[] { 3L, 3 })]
    [InlineData(4, 4, 8, 8, new[] { 4L, 4 })]
    [InlineData(8, 8, 5, 7, new[] { 4L, 2 })]
    [InlineData(7, 7, 3, 3, new[] { 5L, 5 })]
    [InlineData(8, 4, 4, 4, new[] { 5L, 1 })]
    [InlineData(2, 2, 1, 1, new[] { 3L, 3 })]
    [InlineData(1, 1, 1, 1, new[] { 1L, 1 })]
    public void A_map_is_brought_to_the_other_s_size(int height, int width, int toHeight, int toWidth, long[] kernel)
    {
        using var scope = NewDisposeScope();
        using var unit = AdaptingConvolution.Fitting(new("stage1", 3, height, width), new("stage2", 5, toHeight, toWidth), rectifies: true);
        var found = unit.call(Tensors.Wave(1, 2, 3, height, width).to(ScalarType.Float32));

        Assert.Equal([2, 5, toHeight, toWidth], found.shape);
        Assert.Equal(kernel, unit.named_parameters().Single(entry => entry.name == "convolution.weight").parameter.shape[2..]);
        Assert.True(found.min().ToDouble() >= 0);
    }

    [Fact]
    public void Without_rectifying_it_is_normalised_alone()
    {
        using var scope = NewDisposeScope();
        using var unit = AdaptingConvolution.Pointwise(3, 5, rectifies: false);
        var found = unit.call(Tensors.Wave(1, 2, 3, 4, 4).to(ScalarType.Float32));

        Tensors.AssertNear(new double[5], found.mean([0, 2, 3]).Numbers(), 1e-2, "means");
        Assert.Equal(["convolution.weight", "norm.bias", "norm.weight"], unit.named_parameters().Select(entry => entry.name).Order());
    }

    [Theory]
    [InlineData(3, 3, 7, 7)]
    [InlineData(4, 4, 8, 4)]
    public void Other_sizes_are_refused(int height, int width, int toHeight, int toWidth)
    {
        string message = Assert.Throws<UserErrorException>(() =>
            AdaptingConvolution.Fitting(new StageShape("stage1", 3, height, width), new StageShape("stage2", 5, toHeight, toWidth),
                rectifies: true)).Message;
        Assert.Equal($"a map of {height}×{width} (stage1) cannot be brought to {toHeight}×{toWidth} (stage2): "
            + "expected an equal or larger size, or half of it; choose another stage.", message);
    }
}
