using Pupil.Distillation.Equations;
using Pupil.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace Pupil.Tests.Networks;

/// <summary>Maps and tokens are one kind of feature: methods read the same numbers from both.</summary>
public sealed class FeatureTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(5)]
    public void Tokens_are_read_as_the_map_of_their_patches(int leading)
    {
        const int images = 3, rows = 2, columns = 4, width = 6;
        var grid = new TokenGrid(rows, columns, leading);
        var tokens = Tensors.Wave(2, images, grid.Tokens, width);
        var feature = Feature.OfTokens("stage1", tokens, grid);
        double[] numbers = tokens.Numbers();

        Assert.Equal([images, width, rows, columns], feature.Map.shape);
        double[] map = feature.Map.Numbers(), pooled = feature.Pooled.Numbers();
        for (int image = 0; image < images; image++)
        {
            for (int channel = 0; channel < width; channel++)
            {
                double sum = 0;
                for (int patch = 0; patch < rows * columns; patch++)
                {
                    double expected = numbers[(image * grid.Tokens + leading + patch) * width + channel];
                    Assert.Equal(expected, map[(image * width + channel) * rows * columns + patch]);
                    sum += expected;
                }
                Assert.Equal(sum / (rows * columns), pooled[image * width + channel], 1e-12);
            }
        }
        Assert.Same(tokens, feature.Tokens);
        Assert.Equal(leading == 0, feature.ClassToken is null);
        if (leading > 0)
            Assert.Equal(numbers[..width], feature.ClassToken![0].Numbers());
    }

    [Fact]
    public void A_map_has_a_token_for_every_pixel()
    {
        var map = Tensors.Wave(4, 2, 3, 2, 5);
        var feature = Feature.OfMap("stage1", map);

        Assert.Same(map, feature.Map);
        Assert.Null(feature.ClassToken);
        Assert.Equal([2, 10, 3], feature.Tokens.shape);
        var back = Feature.OfTokens("stage1", feature.Tokens, new(2, 5, 0));
        Assert.Equal(map.Numbers(), back.Map.Numbers());
        Assert.Equal(feature.Pooled.Numbers(), back.Pooled.Numbers());
    }

    [Fact]
    public void Gradients_reach_the_tokens_and_leave_the_class_token_alone()
    {
        var tokens = Tensors.Wave(1, 2, 5, 3).requires_grad_();
        var feature = Feature.OfTokens("stage1", tokens, new(2, 2, 1));

        AttentionMaps.FromActivations(feature.Map, 2).square().sum().backward();
        AttentionMaps.FromActivations(feature.Map, 4).select(1, 0).sum().backward();
        Assert.True(tokens.grad!.narrow(1, 1, 4).abs().max().ToDouble() > 0);
        Assert.Equal(0, tokens.grad!.select(1, 0).abs().max().ToDouble());
    }

    [Fact]
    public void Attention_of_tokens_equals_that_of_the_same_numbers_as_a_map()
    {
        var map = Tensors.Wave(3, 2, 4, 3, 3);
        var tokens = cat([Tensors.Wave(9, 2, 1, 4), Feature.OfMap("", map).Tokens], 1);
        var feature = Feature.OfTokens("stage1", tokens, new(3, 3, 1));

        Assert.Equal(AttentionMaps.FromActivations(map, 2).Numbers(), AttentionMaps.FromActivations(feature.Map, 2).Numbers());
    }

    [Fact]
    public void Tokens_that_do_not_fill_the_grid_are_refused()
    {
        var error = Assert.Throws<ArgumentException>(() => Feature.OfTokens("stage2", zeros(2, 10, 4), new(3, 3, 0)));
        Assert.Contains("stage2", error.Message);
        Assert.Contains("N×9×D", error.Message);
        Assert.Throws<ArgumentException>(() => Feature.OfTokens("stage2", zeros(2, 9), new(3, 3, 0)));
    }
}
