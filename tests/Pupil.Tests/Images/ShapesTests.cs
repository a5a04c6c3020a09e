using System.Security.Cryptography;
using Pupil.Images;
using Pupil.Images.Formats.Synthetic;

namespace Pupil.Tests.Images;

public sealed class ShapesTests
{
    private static readonly DataSplits Set = ShapesSource.Create(new() { Train = 600, Test = 400 });

    [Fact]
    public void The_pictures_never_change()
    {
        var set = ShapesSource.Create(new() { Train = 100, Test = 20, Seed = 7 });
        Assert.Equal("e68595ed3516d7b7ca3332ed970cd7747618080fefbc6dd6f06c8b3b2c6e83a6", set.Train.Fingerprint);
        Assert.Equal("e9b40d944fba41f1c184ca436d7bbc07c1f76d98c348d663df20f10fa229a696", set.Test.Fingerprint);
        var boxes = string.Join(';', set.Train.Boxes!.Select(box => $"{box.Left},{box.Top},{box.Right},{box.Bottom}"));
        Assert.Equal("054201bd4814236cff78a01c036a4a30254851be04cb36ef1a4b8375cc9a66d5",
            Convert.ToHexStringLower(SHA256.HashData(System.Text.Encoding.ASCII.GetBytes(boxes))));
    }

    [Fact]
    public void Equal_options_make_equal_sets_and_another_seed_another()
    {
        var options = new ShapesOptions { Train = 50, Test = 50, Size = 16 };
        var first = ShapesSource.Create(options);
        Assert.Equal(first.Train.Fingerprint, ShapesSource.Create(options).Train.Fingerprint);
        Assert.NotEqual(first.Train.Fingerprint, ShapesSource.Create(options with { Seed = 1 }).Train.Fingerprint);
    }

    [Fact]
    public void More_images_keep_the_ones_before_them()
    {
        var few = ShapesSource.Create(new() { Train = 37, Test = 23 });
        foreach (var (part, whole) in new[] { (few.Train, Set.Train), (few.Test, Set.Test) })
        {
            Assert.All(Enumerable.Range(0, part.Count), i => Assert.Equal(part.Image(i), whole.Image(i)));
            Assert.Equal(part.Labels, whole.Labels[..part.Count]);
            Assert.Equal(part.Boxes, whole.Boxes![..part.Count]);
        }
    }

    [Fact]
    public void An_image_does_not_depend_on_what_its_painter_painted_before()
    {
        var (painter, pixels) = (new Painter(32), new byte[32 * 32 * 3]);
        foreach (var index in new[] { 311, 4, 57 })
        {
            var box = ShapesSource.Paint(painter, 0, 0, index, pixels);
            Assert.Equal(Set.Train.Image(index).ToArray(), pixels);
            Assert.Equal(Set.Train.Boxes![index], box);
        }
    }

    [Fact]
    public void Every_ten_images_show_the_ten_classes_each_time_in_another_order()
    {
        var blocks = Set.Train.Labels.Chunk(10).ToArray();
        Assert.All(blocks, block => Assert.Equal(Enumerable.Range(0, 10), block.Order()));
        Assert.True(blocks.Select(block => string.Join(' ', block)).Distinct().Count() > 50);
        for (var place = 0; place < 10; place++) // a class is first (second …) in 6 of the 60 blocks, more or less
            Assert.All(blocks.GroupBy(block => block[place]), group => Assert.InRange(group.Count(), 1, 16));
    }

    [Fact]
    public void Training_and_test_share_no_image()
    {
        var all = Enumerable.Range(0, Set.Train.Count).Select(index => Hash(Set.Train, index))
            .Concat(Enumerable.Range(0, Set.Test.Count).Select(index => Hash(Set.Test, index)));
        Assert.Equal(1000, all.Distinct().Count());
        // Nor the same scenes under other noise: their boxes would agree.
        Assert.True(Enumerable.Range(0, 400).Count(index => Set.Train.Boxes![index] == Set.Test.Boxes![index]) < 10);
    }

    [Fact]
    public void Splits_say_what_they_are()
    {
        Assert.Equal(("shapes", "shapes/train", "shapes/test"), (Set.Name, Set.Train.Name, Set.Test.Name));
        Assert.Equal((600, 400), (Set.Train.Count, Set.Test.Count));
        Assert.Equal((32, 32, 3), (Set.Train.Height, Set.Train.Width, Set.Train.Channels));
        Assert.Equal(10, Set.Test.Classes.Distinct().Count());
    }

    [Theory]
    [InlineData(16)]
    [InlineData(64)]
    public void Every_size_shows_the_same_scenes(int size)
    {
        var other = ShapesSource.Create(new() { Train = 100, Test = 1, Size = size }).Train;
        Assert.Equal(Set.Train.Labels[..100], other.Labels);
        var tolerance = 1.0 / size + 1.0 / 32;
        for (var index = 0; index < 100; index++)
        {
            var (expected, found) = (Set.Train.Boxes![index], other.Boxes![index]);
            Assert.Equal(expected.Left / 32.0, (double)found.Left / size, tolerance);
            Assert.Equal(expected.Bottom / 32.0, (double)found.Bottom / size, tolerance);
        }
    }

    [Fact]
    public void Numbers_out_of_range_are_refused_by_name()
    {
        var good = new ShapesOptions { Train = 1, Test = 1 };
        foreach (var (options, name) in new[]
        {
            (good with { Size = 15 }, "size"), (good with { Size = 65 }, "size"), (good with { Train = 0 }, "train"),
            (good with { Test = 100_001 }, "test"), (good with { Seed = -1 }, "seed"),
        })
        {
            var error = Assert.Throws<UserErrorException>(() => ShapesSource.Create(options));
            Assert.Contains($"change data.source.{name}.", error.Message, StringComparison.Ordinal);
        }
    }

    private static string Hash(ImageSet set, int index) => Convert.ToHexString(SHA256.HashData(set.Image(index)));
}
