using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Pupil.Images.Transforms;

/// <summary>How a stored image becomes a network input of another size.</summary>
public enum InputFit
{
    /// <summary>The central part is cropped, unscaled, as the released code does with Tiny ImageNet (32 of 64 pixels).</summary>
    CentreCrop,

    /// <summary>The whole image is scaled; proportions change if it is not square.</summary>
    Resize,
}

/// <summary>The options of a network input size that differs from the stored size.</summary>
public sealed record InputOptions
{
    /// <summary>Height and width of the network input in pixels, 8…512. Default 32.</summary>
    [Description("Height and width of the network input, in pixels."), Range(8, 512)]
    public int Size { get; init; } = 32;

    /// <summary>
    /// How images become that size: test and held-out images, and training images without a random resized crop.
    /// Default <see cref="InputFit.Resize"/>.
    /// </summary>
    [Description("How images become that size: resize (the whole image is scaled) or centre-crop (the central part, unscaled). "
        + "A random resized crop replaces it for training images.")]
    public InputFit Fit { get; init; } = InputFit.Resize;

    /// <summary>Checks that images of a stored size can become the input size.</summary>
    /// <exception cref="UserErrorException">The images are smaller than the centre crop.</exception>
    internal void Check(int height, int width)
    {
        if (Fit == InputFit.CentreCrop && (height < Size || width < Size))
        {
            throw new UserErrorException($"data.input.size: found {Size}, expected at most {Math.Min(height, width)} "
                + $"for a centre crop of images of {height}×{width} pixels; lower it, or set data.input.fit to 'resize'.");
        }
    }

    /// <summary>Returns the corner of the centre crop: the rows above it and the columns left of it.</summary>
    internal (int Top, int Left) Corner(int height, int width) => ((height - Size) / 2, (width - Size) / 2);

    /// <summary>Maps an object's box to the network input: rounded outwards to whole pixels and clipped; null if none is left.</summary>
    /// <param name="box">The box in the stored image.</param>
    /// <param name="height">The height of the stored image, in pixels.</param>
    /// <param name="width">The width of the stored image, in pixels.</param>
    internal BoundingBox? Map(BoundingBox box, int height, int width)
    {
        var (top, left) = Corner(height, width);
        var moved = Fit == InputFit.CentreCrop
            ? new BoundingBox(box.Left - left, box.Top - top, box.Right - left, box.Bottom - top)
            : new BoundingBox(Down(box.Left, width), Down(box.Top, height), Up(box.Right, width), Up(box.Bottom, height));
        var clipped = new BoundingBox(Inside(moved.Left), Inside(moved.Top), Inside(moved.Right), Inside(moved.Bottom));
        return clipped.Left < clipped.Right && clipped.Top < clipped.Bottom ? clipped : null;

        int Down(int position, int length) => (int)Math.Floor((double)position * Size / length);
        int Up(int position, int length) => (int)Math.Ceiling((double)position * Size / length);
        int Inside(int position) => Math.Clamp(position, 0, Size);
    }
}
