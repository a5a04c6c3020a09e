using Pupil.Inference.Pictures;
using Pupil.Tests.References;

namespace Pupil.Tests.Inference.Pictures;

public sealed class ResamplingTests
{
    private static readonly IReadOnlyList<PixelReferences.Case> Cases = PixelReferences.Cases("resize");

    [Fact]
    public void Bytes_are_those_of_Pillow()
    {
        Assert.All(Cases, found => Assert.True(found.Expected.AsSpan().SequenceEqual(Resample(found)), $"{found} differs"));
        Assert.True(Cases.Count > 60);
    }

    [Fact]
    public void Buffers_that_were_used_before_change_nothing()
    {
        var resampling = new Resampling();
        foreach (var found in Cases.Concat(Cases.Reverse()))
        {
            var (image, target) = (found.Input, new byte[found.Expected.Length]);
            resampling.Apply(image.Bytes, image.Width * image.Channels, image.Height, image.Width, image.Channels, Box(found),
                target, found.Height, found.Width);
            Assert.Equal(found.Expected, target);
        }
    }

    [Fact]
    public void A_part_that_is_cut_out_does_not_depend_on_its_surroundings()
    {
        var image = PixelReferences.Image("noise-3");
        var (height, width, stride) = (5, 6, image.Width * 3);
        byte[] part = [.. Enumerable.Range(2, height).SelectMany(row => image.Bytes[(row * stride + 9)..(row * stride + 9 + width * 3)])];
        byte[] expected = new byte[8 * 7 * 3], found = new byte[8 * 7 * 3];
        Resampling.Resample(part, height, width, 3, (0, 0, width, height), expected, 8, 7);
        new Resampling().Apply(image.Bytes.AsSpan(2 * stride + 9), stride, height, width, 3, (0, 0, width, height), found, 8, 7);
        Assert.Equal(expected, found);
    }

    private static byte[] Resample(PixelReferences.Case found)
    {
        var (image, target) = (found.Input, new byte[found.Height * found.Width * found.Input.Channels]);
        Resampling.Resample(image.Bytes, image.Height, image.Width, image.Channels, Box(found), target, found.Height, found.Width);
        return target;
    }

    private static (double, double, double, double) Box(PixelReferences.Case found) =>
        (found.Arguments[0], found.Arguments[1], found.Arguments[2], found.Arguments[3]);
}
