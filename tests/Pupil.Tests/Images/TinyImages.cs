using Pupil.Images;

namespace Pupil.Tests.Images;

/// <summary>Small sets of noise for tests.</summary>
internal static class TinyImages
{
    /// <summary>Noise images with the given labels; the same arguments make the same set.</summary>
    public static ImageSet Labelled(int[] labels, int height = 8, int width = 8, int channels = 3, int seed = 1)
    {
        var pixels = new byte[labels.Length * height * width * channels];
        new Random(seed).NextBytes(pixels);
        string[] classes = [.. Enumerable.Range(0, labels.Max() + 1).Select(label => $"class {label}")];
        return new ImageSet("tiny", pixels, labels, classes, height, width, channels);
    }

    /// <summary>Noise images, each the only one of its class, so that a batch's labels say which images are in it.</summary>
    public static ImageSet Numbered(int count, int height = 8, int width = 8, int channels = 3, int seed = 1) =>
        Labelled([.. Enumerable.Range(0, count)], height, width, channels, seed);

    /// <summary>Noise images with so many of each class, the classes in turns as long as they last.</summary>
    public static ImageSet WithClassSizes(params int[] sizes) =>
        Labelled([.. Enumerable.Range(0, sizes.Max())
            .SelectMany(turn => Enumerable.Range(0, sizes.Length).Where(label => turn < sizes[label]))]);
}
