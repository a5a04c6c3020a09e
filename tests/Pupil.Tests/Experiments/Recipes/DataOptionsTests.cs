using Pupil.Experiments.Recipes;
using Pupil.Images;
using Pupil.Images.Formats.Synthetic;
using Pupil.Images.Transforms;

namespace Pupil.Tests.Experiments.Recipes;

public sealed class DataOptionsTests
{
    private static readonly ShapesOptions Source = new() { Size = 16, Train = 200, Test = 60 };
    private static readonly DataSplits Splits = Source.Load();
    private static readonly DataOptions Options = new() { Source = Source, HeldOut = 50 };

    [Fact]
    public void Without_options_all_images_are_used_and_none_held_out()
    {
        var data = new DataOptions { Source = Source }.Prepare();
        Assert.Equal((200, 60), (data.Train.Count, data.Test.Count));
        Assert.Null(data.HeldOut);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(150)]
    [InlineData(37)]
    [InlineData(1)]
    public void No_network_trains_on_held_out_images(int? trainImages)
    {
        var data = (Options with { TrainImages = trainImages }).Prepare(Splits);
        Assert.Equal(trainImages ?? 150, data.Train.Count);
        Assert.Equal(50, data.HeldOut!.Count);
        Assert.Empty(data.Train.Indices.Intersect(data.HeldOut.Indices));
        Assert.Same(Splits.Train, data.Train.Set);
        Assert.Same(Splits.Train, data.HeldOut.Set);
        Assert.Same(Splits.Test, data.Test.Set);
    }

    [Fact]
    public void The_held_out_part_is_the_same_however_many_images_are_trained_on()
    {
        int[] expected = Options.Prepare(Splits).HeldOut!.Indices;
        foreach (int? trainImages in new int?[] { 1, 20, 149, 150 })
            Assert.Equal(expected, (Options with { TrainImages = trainImages, TestImages = 20 }).Prepare(Splits).HeldOut!.Indices);
        Assert.NotEqual(expected, (Options with { SplitSeed = 1 }).Prepare(Splits).HeldOut!.Indices);
    }

    [Fact]
    public void Fewer_images_are_some_of_more_images()
    {
        int[] smaller = [];
        foreach (int count in new[] { 10, 33, 90, 150 })
        {
            int[] larger = (Options with { TrainImages = count }).Prepare(Splits).Train.Indices;
            Assert.Equal(smaller, smaller.Intersect(larger));
            smaller = larger;
        }
    }

    [Fact]
    public void Every_class_keeps_its_share_in_every_part()
    {
        var data = (Options with { TrainImages = 100, TestImages = 30 }).Prepare(Splits);
        Assert.All(Enumerable.Range(0, 10), label =>
            Assert.Equal((10, 5, 3), (CountOf(data.Train, label), CountOf(data.HeldOut!, label), CountOf(data.Test, label))));

        static int CountOf(ImageSubset images, int label) => images.Indices.Count(index => images.Set.Labels[index] == label);
    }

    [Fact]
    public void The_normalisation_is_that_of_the_images_trained_on_unless_it_is_given()
    {
        var options = Options with { TrainImages = 40 };
        var data = options.Prepare(Splits);
        var expected = Normalization.OfImages(data.Train);
        Assert.Equal(expected.Mean, data.Normalization.Mean);
        Assert.Equal(expected.Deviation, data.Normalization.Deviation);
        Assert.NotEqual(Normalization.OfImages(ImageSubset.All(Splits.Train)).Mean, data.Normalization.Mean);
        var given = new Normalization { Mean = [0.1, 0.2, 0.3], Deviation = [1, 1, 1] };
        Assert.Same(given, (options with { Normalization = given }).Prepare(Splits).Normalization);
        Assert.Throws<UserErrorException>(() => (options with { Normalization = new() { Mean = [0.1], Deviation = [1] } }).Prepare(Splits));
    }

    [Theory]
    [InlineData(200, null, null, "200")]
    [InlineData(300, null, null, "300")]
    [InlineData(50, 151, null, "151")]
    [InlineData(0, 201, null, "201")]
    [InlineData(0, null, 61, "61")]
    public void More_images_than_the_split_has_are_refused(int heldOut, int? trainImages, int? testImages, string found)
    {
        var options = Options with { HeldOut = heldOut, TrainImages = trainImages, TestImages = testImages };
        Assert.Contains(found, Assert.Throws<UserErrorException>(() => options.Prepare(Splits)).Message);
    }
}
