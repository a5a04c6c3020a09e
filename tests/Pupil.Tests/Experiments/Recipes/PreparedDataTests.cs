using Pupil.Experiments.Recipes;
using Pupil.Images.Formats.Synthetic;
using Pupil.Images.Transforms;
using Pupil.Networks;

namespace Pupil.Tests.Experiments.Recipes;

public sealed class PreparedDataTests
{
    private static readonly DataOptions Options = new() { Source = new ShapesOptions { Size = 20, Train = 20, Test = 10 } };

    [Fact]
    public void The_network_input_has_the_stored_size_unless_a_size_is_given()
    {
        Assert.Equal(new ImageShape(3, 20, 20), Options.Prepare().InputShape);
        Assert.Equal(new ImageShape(3, 12, 12), (Options with { Input = new() { Size = 12 } }).Prepare().InputShape);
    }

    [Fact]
    public void A_wrong_size_is_refused_before_a_network_is_built()
    {
        var options = Options with { Input = new() { Size = 24, Fit = InputFit.CentreCrop } };
        Assert.Contains("data.input.size: found 24", Assert.Throws<UserErrorException>(() => options.Prepare()).Message);
        Assert.Equal(new ImageShape(3, 24, 24), (Options with { Input = new() { Size = 24 } }).Prepare().InputShape);
    }

    [Theory]
    [InlineData(3, 20, 20, "set data.input.size to 20")]
    [InlineData(1, 12, 12, "choose the recipe it was trained by")]
    [InlineData(3, 12, 20, "choose the recipe it was trained by")]
    public void A_network_that_takes_other_images_is_refused(int channels, int height, int width, string advice)
    {
        var data = (Options with { Input = new() { Size = 12 } }).Prepare();
        data.CheckInput("student.safetensors", new(3, 12, 12));
        var error = Assert.Throws<UserErrorException>(() => data.CheckInput("student.safetensors", new(channels, height, width)));
        Assert.StartsWith($"student.safetensors: takes images of {height}×{width} pixels and {channels} channel", error.Message);
        Assert.Contains("12×12 pixels and 3 channels", error.Message);
        Assert.EndsWith($"{advice}.", error.Message);
        Assert.DoesNotContain('\n', error.Message);
    }
}
