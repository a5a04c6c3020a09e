using Pupil.Images.Transforms.PixelOperations;
using Pupil.Tests.References;

namespace Pupil.Tests.Images.Transforms.PixelOperations;

/// <summary>Compares what an operation makes of images with what Pillow makes of them.</summary>
internal static class Changed
{
    public delegate void Operation(Raster image, double argument);

    /// <summary>All cases of an operation, byte for byte.</summary>
    public static void AssertLikePillow(string name, Operation operation) =>
        Assert.All(PixelReferences.Cases(name), found =>
        {
            byte[] pixels = By(found.Input, operation, found.Arguments is [var argument] ? argument : 0);
            Assert.True(found.Expected.AsSpan().SequenceEqual(pixels), $"{found} differs");
        });

    /// <summary>What an operation makes of an image.</summary>
    public static byte[] By(PixelReferences.Picture image, Operation operation, double argument)
    {
        byte[] pixels = image.Bytes;
        // More room than needed, with something in it: neither may matter.
        byte[] spare = [.. Enumerable.Repeat((byte)200, pixels.Length + 5)];
        operation(new Raster(pixels, spare, image.Height, image.Width, image.Channels), argument);
        return pixels;
    }
}
