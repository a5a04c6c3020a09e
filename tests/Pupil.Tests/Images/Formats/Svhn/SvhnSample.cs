using Pupil.Images;

namespace Pupil.Tests.Images.Formats.Svhn;

/// <summary>Images in SVHN's layout whose pixels and labels follow from formulas, those of <c>make_mat_files.py</c>.</summary>
internal static class SvhnSample
{
    public const int ImageBytes = 3072;

    /// <summary>The pixel of an image.</summary>
    public static byte Pixel(int image, int row, int column, int channel) =>
        (byte)((7 * image + 5 * row + 3 * column + 11 * channel + row * column) % 251);

    /// <summary>The label in the file, 1…10.</summary>
    public static int Label(int image) => (3 * image + 9) % 10 + 1;

    /// <summary>The pixels as MATLAB lays them out: rows fastest, then columns, channels, images.</summary>
    public static byte[] X(int count, int first = 0)
    {
        var bytes = new List<byte>();
        for (int image = first; image < first + count; image++)
        {
            for (int channel = 0; channel < 3; channel++)
            {
                for (int column = 0; column < 32; column++)
                {
                    for (int row = 0; row < 32; row++)
                        bytes.Add(Pixel(image, row, column, channel));
                }
            }
        }
        return [.. bytes];
    }

    /// <summary>The labels of the first images.</summary>
    public static double[] Y(int count, int first = 0) => [.. Enumerable.Range(first, count).Select(image => (double)Label(image))];

    /// <summary>Checks that a set holds the first images, all of them and right.</summary>
    public static void AssertHeld(ImageSet set, int count)
    {
        Assert.Equal((count, 32, 32, 3), (set.Count, set.Height, set.Width, set.Channels));
        Assert.Equal(["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"], set.Classes);
        for (int image = 0; image < count; image++)
        {
            Assert.Equal(Label(image) == 10 ? 0 : Label(image), set.Labels[image]);
            var pixels = set.Image(image);
            for (int i = 0; i < pixels.Length; i++)
                Assert.Equal(Pixel(image, i / 96, i / 3 % 32, i % 3), pixels[i]);
        }
    }
}
