using Pupil.Inference.Pictures;
using Pupil.Tests.Images.Formats.Pictures;

namespace Pupil.Tests.Inference.Pictures;

public sealed class PictureDecoderTests
{
    public static TheoryData<string> Kinds => PictureReferences.Names("kinds");

    public static TheoryData<string> Sizes => PictureReferences.Names("sizes");

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Every_kind_of_picture_gives_the_pixels_that_Pillow_gives(string name)
    {
        var expected = PictureReferences.Expected("kinds", name);
        int height = expected.GetProperty("height").GetInt32(), width = expected.GetProperty("width").GetInt32();
        byte[] file = PictureReferences.FileOf(name), pixels = expected.GetProperty("pixels").GetBytesFromBase64();
        Assert.Equal(new PictureSize(height, width), PictureDecoder.SizeOf(file));
        // A square as large as the picture's longer side holds the picture unchanged, between bars.
        int size = Math.Max(height, width), left = (size - width) / 2, top = (size - height) / 2, most = 0;
        var square = new byte[size * size * 3];
        Assert.Equal(new PictureSize(height, width), new PictureDecoder(size, PictureFit.Pad, 3).Decode(file, square));
        for (int row = 0; row < height; row++)
        {
            for (int at = 0; at < 3 * width; at++)
                most = Math.Max(most, Math.Abs(square[((top + row) * size + left) * 3 + at] - pixels[3 * row * width + at]));
        }
        Assert.True(most <= expected.GetProperty("most").GetInt32(), $"{name}: off by {most}");
    }

    [Theory]
    [MemberData(nameof(Sizes))]
    public void A_square_is_the_one_that_Pillow_makes(string name)
    {
        var expected = PictureReferences.Expected("sizes", name);
        int size = expected.GetProperty("width").GetInt32(), channels = expected.GetProperty("channels").GetInt32();
        var fit = Enum.Parse<PictureFit>(expected.GetProperty("fit").GetString()!);
        byte[] pixels = expected.GetProperty("pixels").GetBytesFromBase64(), square = new byte[size * size * channels];
        Array.Fill(square, (byte)77); // the content of an earlier picture
        new PictureDecoder(size, fit, channels).Decode(PictureReferences.FileOf(expected.GetProperty("file").GetString()!), square);
        Assert.Equal(pixels.Length, square.Length);
        int most = square.Zip(pixels, (ours, theirs) => Math.Abs(ours - theirs)).Max();
        Assert.True(most <= expected.GetProperty("most").GetInt32(), $"{name}: off by {most}");
    }

    [Fact]
    public void A_decoder_s_next_picture_does_not_depend_on_the_one_before()
    {
        var decoder = new PictureDecoder(12, PictureFit.Pad, 3);
        byte[] used = new byte[12 * 12 * 3], fresh = new byte[12 * 12 * 3];
        foreach (string name in (string[])["png, alpha", "jpeg, orientation 6", "wide", "high", "small", "gif, transparent", "png, grey"])
        {
            byte[] file = PictureReferences.FileOf(name);
            var size = decoder.Decode(file, used);
            Assert.Equal(size, new PictureDecoder(12, PictureFit.Pad, 3).Decode(file, fresh));
            Assert.Equal(fresh, used);
        }
    }

    [Fact]
    public void Grey_pictures_have_three_equal_channels_where_colour_is_asked_for()
    {
        var square = new byte[9 * 9 * 3];
        new PictureDecoder(9, PictureFit.Crop, 3).Decode(PictureReferences.FileOf("jpeg, grey"), square);
        for (int i = 0; i < square.Length; i += 3)
            Assert.Equal((square[i], square[i]), (square[i + 1], square[i + 2]));
    }

    [Theory]
    [InlineData("", "is empty")]
    [InlineData("This is a text.", "is no picture (expected JPEG, PNG, WebP, BMP or GIF)")]
    [InlineData("\0\0\u0005\u0005ABCDE", "is no picture")] // a wireless bitmap, a format that almost any bytes match
    [InlineData("%PDF-1.7", "is no picture")]
    [InlineData("\0\0\0\u0018ftypheic\0\0\0\0", "is a picture in the format HEIC, which cannot be read; convert it to JPEG or PNG")]
    [InlineData("<svg xmlns='http://www.w3.org/2000/svg'/>", "is no picture")]
    public void What_is_no_picture_is_refused(string text, string found)
    {
        byte[] file = [.. text.Select(character => (byte)character)];
        Assert.StartsWith(found, Assert.Throws<BrokenPictureException>(() => Decode(file)).Message);
        Assert.StartsWith(found, Assert.Throws<BrokenPictureException>(() => PictureDecoder.SizeOf(file)).Message);
    }

    [Theory]
    [InlineData("jpeg")]
    [InlineData("jpeg, progressive")]
    [InlineData("png")]
    [InlineData("webp, lossless")]
    [InlineData("webp, lossy")]
    [InlineData("bmp")]
    [InlineData("gif")]
    public void A_picture_that_is_cut_off_is_refused(string name)
    {
        byte[] file = PictureReferences.FileOf(name);
        Decode(file);
        foreach (double part in (double[])[0.1, 0.5, 0.8])
            Assert.ThrowsAny<BrokenPictureException>(() => Decode(file[..(int)(part * file.Length)]));
    }

    [Theory]
    [InlineData(20_000, 20_000, "has 20,000×20,000 pixels, expected at most 100,000,000")]
    [InlineData(9_000, 9_000, "declares 9,000×9,000 pixels")]
    public void A_picture_that_would_fill_the_memory_is_refused(int height, int width, string found)
    {
        byte[] file = TinyPictures.Bmp(1);
        BitConverter.TryWriteBytes(file.AsSpan(18), width);
        BitConverter.TryWriteBytes(file.AsSpan(22), height);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Contains(found, Assert.Throws<BrokenPictureException>(() => Decode(file)).Message);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    private static void Decode(byte[] file) => new PictureDecoder(8, PictureFit.Crop, 3).Decode(file, new byte[8 * 8 * 3]);
}
