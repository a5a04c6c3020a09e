using Pupil.Images;
using Pupil.Images.Loading;
using Pupil.Images.Transforms;
using Pupil.Inference.Pictures;
using static TorchSharp.torch;

namespace Pupil.Tests.Images.Transforms;

public sealed class InputOptionsTests
{
    private static readonly Normalization Plain = new() { Mean = [0, 0, 0], Deviation = [1, 1, 1] };
    private static readonly InputOptions Cut = new() { Size = 8, Fit = InputFit.CentreCrop }, Scaled = new() { Size = 8 };

    public static TheoryData<int, int, int, int, string, string> Boxes => new()
    {
        // Of an image of 20 rows and 16 columns: the crop begins at row 6, column 4; the whole is scaled by 8/20 and 8/16.
        { 5, 7, 9, 12, "1 1 5 6", "2 2 5 5" },
        { 0, 0, 16, 20, "0 0 8 8", "0 0 8 8" },
        { 4, 6, 12, 14, "0 0 8 8", "2 2 6 6" },
        { 0, 0, 4, 20, "none", "0 0 2 8" },
        { 12, 6, 13, 7, "none", "6 2 7 3" },
        { 3, 13, 5, 20, "0 7 1 8", "1 5 3 8" },
        { 15, 19, 16, 20, "none", "7 7 8 8" },
        { 5, 7, 5, 9, "none", "none" },
    };

    [Theory]
    [MemberData(nameof(Boxes))]
    public void A_box_goes_where_its_object_goes(int left, int top, int right, int bottom, string cut, string scaled)
    {
        var box = new BoundingBox(left, top, right, bottom);
        Assert.Equal(cut, Text(Cut.Map(box, 20, 16)));
        Assert.Equal(scaled, left == right ? "none" : Text(Scaled.Map(box, 20, 16)));

        static string Text(BoundingBox? box) => box is { } found ? $"{found.Left} {found.Top} {found.Right} {found.Bottom}" : "none";
    }

    [Theory]
    [InlineData(20, 16)]
    [InlineData(9, 8)]
    [InlineData(8, 8)]
    public void A_centre_crop_is_the_middle_as_it_is(int height, int width)
    {
        var set = TinyImages.Numbered(3, height, width);
        Assert.All(Bytes(set, Cut), (found, index) =>
        {
            for (int i = 0; i < found.Length; i++)
            {
                var (row, column, channel) = (i / 24 + (height - 8) / 2, i / 3 % 8 + (width - 8) / 2, i % 3);
                Assert.Equal(set.Image(index)[(row * width + column) * 3 + channel], found[i]);
            }
        });
    }

    [Theory]
    [InlineData(20, 16)]
    [InlineData(8, 8)]
    [InlineData(3, 5)]
    public void Resizing_scales_the_whole(int height, int width)
    {
        var set = TinyImages.Numbered(3, height, width);
        Assert.All(Bytes(set, Scaled), (found, index) =>
        {
            var expected = new byte[8 * 8 * 3];
            Resampling.Resample(set.Image(index), height, width, 3, (0, 0, width, height), expected, 8, 8);
            Assert.Equal(expected, found);
        });
    }

    [Theory]
    [InlineData(7, 9)]
    [InlineData(9, 7)]
    public void Nothing_is_cut_out_of_less(int height, int width)
    {
        var images = ImageSubset.All(TinyImages.Numbered(1, height, width));
        var error = Assert.Throws<UserErrorException>(() => Batches.ForEvaluation(images, 1, Plain, CPU, Cut));
        string expected = $"data.input.size: found 8, expected at most 7 for a centre crop of images of {height}×{width} pixels; lower it";
        Assert.StartsWith(expected, error.Message);
        Batches.ForEvaluation(images, 1, Plain, CPU, Scaled).Get(1, 0).Dispose();
    }

    [Fact]
    public void Flips_and_shifts_apply_to_the_network_input()
    {
        var set = TinyImages.Numbered(12, 15, 13);
        foreach (var input in new[] { Cut, Scaled })
        {
            var small = new ImageSet("small", [.. Bytes(set, input).SelectMany(image => image)], set.Labels, set.Classes, 8, 8, 3);
            using var expected = Batches.ForTraining(ImageSubset.All(small), 12, Plain, CPU, new Augmentation(), seed: 3).Get(2, 0);
            using var found = Batches.ForTraining(ImageSubset.All(set), 12, Plain, CPU, new Augmentation(), seed: 3, input).Get(2, 0);
            Assert.Equal([12, 3, 8, 8], found.Images.shape);
            Assert.Equal(expected.Images.contiguous().data<float>().ToArray(), found.Images.contiguous().data<float>().ToArray());
        }
    }

    // Returns the network inputs before normalisation, in the order row, column, channel.
    private static List<byte[]> Bytes(ImageSet set, InputOptions input)
    {
        using var scope = NewDisposeScope();
        var batch = Batches.ForEvaluation(ImageSubset.All(set), set.Count, Plain, CPU, input).Get(1, 0);
        float[] all = batch.Images.permute(0, 2, 3, 1).contiguous().data<float>().ToArray();
        return [.. all.Select(value => (byte)MathF.Round(value * 255)).Chunk(8 * 8 * 3)];
    }
}
