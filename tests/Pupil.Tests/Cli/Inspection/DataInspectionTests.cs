using Pupil.Cli.Inspection;
using Pupil.Core;
using Pupil.Images;
using Pupil.Inference.Pictures;

namespace Pupil.Tests.Cli.Inspection;

public sealed class DataInspectionTests
{
    private static readonly string[] Classes = ["cat", "dog", "emu"];
    private static readonly int[] Many = [.. Enumerable.Range(0, 120).Select(i => i % 3)];

    [Fact]
    public void Counts_statistics_sizes_and_boxes_are_reported()
    {
        byte[] pixels = [0, 0, 0, 255, 255, 255, 51, 102, 153, 51, 102, 154, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];
        BoundingBox[] boxes = [new(0, 0, 1, 1), new(0, 0, 2, 1), new(1, 0, 2, 1), new(0, 0, 1, 1)];
        PictureSize[] sizes = [new(9, 7), new(5, 5), new(9, 7), new(9, 7)];
        var labels = ImageLabels.OfOne([0, 2, 2, 1]);
        var train = new ImageSet("set/train", PixelMemory.FromArray(pixels), labels, Classes, 1, 2, 3, boxes, sizes);
        var test = Noise([0, 1, 2], 5);
        var splits = new DataSplits("set", train, test) { LeftOut = [new("a.jpg", "is empty")], LeftOutCount = 3 };
        var found = DataInspection.Inspect(splits);
        var part = found.Parts[0];
        Assert.Equal(("set", new ImageDimensions(1, 2, 3), 2), (found.Name, found.Shape, found.Parts.Count));
        Assert.Equal([1, 1, 2], part.PerClass);
        Assert.Equal(4, part.Count);
        Assert.Equal([new SizeCount(new(9, 7), 3), new SizeCount(new(5, 5), 1)], part.Sizes);
        Assert.Equal((0.5 + 1 + 0.5 + 0.5) / 4, part.BoxShare!.Value, 12);
        int[] reds = [0, 255, 51, 51, 1, 4, 7, 10];
        double red = reds.Average() / 255;
        Assert.Equal(red, part.Mean[0], 12);
        Assert.Equal(Math.Sqrt(reds.Average(value => Math.Pow(value / 255.0 - red, 2))), part.Deviation[0], 12);
        Assert.Equal((3, "a.jpg"), (found.LeftOutCount, found.LeftOut[0].File));
        Assert.Null(found.Parts[1].BoxShare);
    }

    [Fact]
    public void A_set_without_faults_has_no_warnings() =>
        Assert.Empty(DataInspection.Inspect(new DataSplits("set", Noise(Many, 1), Noise(Many, 2))).Warnings);

    [Fact]
    public void Single_pictures_of_a_class_and_tiny_test_parts_are_reported()
    {
        var warnings = DataInspection.Warnings(new DataSplits("set", Noise([0, 0, 1, 1, 2], 1), Noise([0, 1, 2, 1, 0], 2)));
        Assert.Contains("train: 1 class has a single image: 'emu'.", warnings);
        Assert.Contains(warnings, warning => warning.StartsWith("test: has only 5 images: an accuracy of 90 % there means "));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(3, 1)]
    [InlineData(90, 0)]
    public void Images_that_are_nearly_one_of_train_are_reported_with_their_files(int lighter, int reported)
    {
        const int Side = 18, Bytes = Side * Side * 3;
        byte[] pixels = new byte[6 * Bytes], other = new byte[3 * Bytes];
        new Random(1).NextBytes(pixels);
        new Random(2).NextBytes(other);
        for (int i = 0; i < Bytes; i++)
            other[i] = (byte)Math.Min(pixels[Bytes + i] + lighter, 255);
        var train = new ImageSet("train", pixels, [0, 1, 2, 0, 1, 2], Classes, Side, Side, 3)
        {
            Files = ["a.png", "b.png", "c.png", "d.png", "e.png", "f.png"],
        };
        var test = new ImageSet("test", other, [0, 1, 2], Classes, Side, Side, 3) { Files = ["x.png", "y.png", "z.png"] };
        var warnings = DataInspection.Warnings(new DataSplits("set", train, test));
        Assert.Equal(reported, warnings.Count(warning => warning.StartsWith("test: 1 image is nearly one of train ('x.png' and 'b.png')")));
        Assert.Equal(lighter == 0 ? 1 : 0, warnings.Count(warning => warning.StartsWith("test: 1 image is in train, too: 'x.png'")));
    }

    [Fact]
    public void Empty_classes_and_single_classes_are_reported()
    {
        var warnings = DataInspection.Inspect(new DataSplits("set", Noise([0, 0, 1, 1], 1), Noise([1, 1], 2))).Warnings;
        Assert.Contains("train: 1 class has no image: 'emu'.", warnings);
        Assert.Contains("test: all images are of one class, 'dog'.", warnings);
    }

    [Theory]
    [InlineData("Cat", "cat", "'Cat', 'cat' are 2 classes whose names differ only in case or spaces.")]
    [InlineData("\u00c9t", "\u00e9t", "'\u00c9t', '\u00e9t' are 2 classes whose names differ only in case or spaces.")]
    [InlineData("big  cat", "big cat ", "'big  cat', 'big cat ' are 2 classes whose names differ only in case or spaces.")]
    [InlineData("cat", "cats", null)]
    public void Names_that_differ_only_in_case_or_spaces_are_reported(string one, string other, string? warning)
    {
        var found = ClassWarnings.AboutNames([one, "dog", other]);
        Assert.Equal(warning is null ? [] : [warning], found);
    }

    [Theory]
    [InlineData(4, "train: 3 classes have fewer than 10 images: 'cat', 'dog', 'emu'. Little can be learnt from so few.")]
    [InlineData(10, null)]
    public void Classes_with_few_training_images_are_reported(int each, string? warning)
    {
        int[] labels = [.. Enumerable.Range(0, 3 * each).Select(i => i % 3)];
        var warnings = DataInspection.Warnings(new DataSplits("set", Noise(labels, 1), Noise(Many, 2)));
        Assert.Equal(warning is null ? [] : [warning], warnings);
    }

    [Theory]
    [InlineData(PictureFit.Crop, true)]
    [InlineData(PictureFit.Pad, false)]
    [InlineData(null, false)]
    public void Pictures_of_which_the_crop_leaves_less_than_half_are_reported(PictureFit? fit, bool reported)
    {
        PictureSize[] sizes = [new(10, 21), new(21, 10), new(10, 20), .. Enumerable.Repeat(new PictureSize(9, 9), Many.Length - 3)];
        byte[] pixels = new byte[Many.Length * 6];
        new Random(1).NextBytes(pixels);
        var labels = ImageLabels.OfOne(Many);
        var train = new ImageSet("set/train", PixelMemory.FromArray(pixels), labels, Classes, 1, 2, 3, pictureSizes: sizes);
        var warnings = DataInspection.Warnings(new DataSplits("set", train, Noise(Many, 2)) { Fit = fit });
        Assert.Equal(reported ? ["train: 2 pictures lose more than half of the area to the crop. "
            + "--set data.source.fit=pad keeps whole pictures, with bars beside them."] : [], warnings);
    }

    [Theory]
    [InlineData(10, false)]
    [InlineData(11, true)]
    public void Imbalance_above_ten_times_is_reported(int most, bool reported)
    {
        int[] labels = [.. Enumerable.Repeat(0, most), 1, 2];
        var warnings = DataInspection.Inspect(new DataSplits("set", Noise(labels, 1), Noise([0, 1, 2], 2))).Warnings;
        Assert.Equal(reported, warnings.Any(warning => warning.Contains($"'cat' has {most} images, 'dog' 1")));
    }

    [Fact]
    public void Copies_contradictions_and_test_images_in_training_are_reported()
    {
        byte[] a = [1, 2, 3, 4, 5, 6], b = [6, 5, 4, 3, 2, 1], c = [9, 9, 9, 1, 1, 1], d = [7, 1, 7, 1, 7, 1];
        var train = new ImageSet("train", [.. a, .. b, .. a, .. a, .. c], [0, 1, 0, 2, 1], Classes, 1, 2, 3);
        var test = new ImageSet("test", [.. d, .. a, .. c], [0, 1, 2], Classes, 1, 2, 3);
        var warnings = DataInspection.Inspect(new DataSplits("set", train, test)).Warnings;
        Assert.Contains("train: 2 images are copies of another one.", warnings);
        Assert.Contains("train: 1 copy has another label than the first.", warnings);
        Assert.Contains(warnings, warning => warning.StartsWith("test: 2 images are in train, too"));
    }

    [Fact]
    public void Pictures_of_one_colour_are_reported()
    {
        var train = new ImageSet("train", [5, 6, 7, 5, 6, 7, 5, 5, 5, 6, 6, 6, 8, 1, 1, 2, 2, 2], [0, 1, 2], Classes, 1, 2, 3);
        var found = DataInspection.Inspect(new DataSplits("set", train, Noise([0, 1, 2], 3)));
        Assert.Contains("train: 1 image has only one colour.", found.Warnings);
    }

    private static ImageSet Noise(int[] labels, int seed)
    {
        var pixels = new byte[labels.Length * 6];
        new Random(seed).NextBytes(pixels);
        return new ImageSet("noise", pixels, labels, Classes, 1, 2, 3);
    }
}
