using Pupil.Images.Transforms.PixelOperations;
using Pupil.Tests.References;

namespace Pupil.Tests.Images.Transforms.PixelOperations;

/// <summary>Compares the results of operations with Pillow's.</summary>
internal static class Changed
{
    public delegate void Operation(Raster image, double argument);

    /// <summary>Checks all cases of an operation, byte for byte.</summary>
    public static void AssertLikePillow(string name, Operation operation) =>
        Assert.All(PixelReferences.Cases(name), found =>
        {
            byte[] pixels = By(found.Input, operation, found.Arguments is [var argument] ? argument : 0);
            Assert.True(found.Expected.AsSpan().SequenceEqual(pixels), $"{found} differs");
        });

    /// <summary>Returns the result of an operation on an image.</summary>
    public static byte[] By(PixelReferences.Picture image, Operation operation, double argument)
    {
        byte[] pixels = image.Bytes;
        // A longer buffer than needed, not empty: neither may influence the result.
        byte[] spare = [.. Enumerable.Repeat((byte)200, pixels.Length + 5)];
        operation(new Raster(pixels, spare, image.Height, image.Width, image.Channels), argument);
        return pixels;
    }
}
