using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace Pupil.Images.Transforms;

/// <summary>How an image is brought to the size that the network sees.</summary>
public enum InputFit
{
    /// <summary>The middle is cut out, nothing is scaled: what the released code does with Tiny ImageNet (32 of 64 pixels).</summary>
    CentreCrop,

    /// <summary>The whole image is scaled; one that is not square changes its proportions.</summary>
    Resize,
}

/// <summary>The size of the images that the network sees, where it is not the size they are stored in.</summary>
public sealed record InputOptions
{
    /// <summary>Height and width, in pixels. Default 32.</summary>
    [Description("Height and width of the images that the network sees, in pixels."), Range(8, 512)]
    public int Size { get; init; } = 32;

    /// <summary>
    /// How test and held-out images are brought to that size, and training images without a random resized crop. Default <see cref="InputFit.Resize"/>.
    /// </summary>
    [Description("How images are brought to that size: resize (the whole image is scaled) or centre-crop (the middle is cut out, unscaled). "
        + "Training images with a random resized crop come to it by that.")]
    public InputFit Fit { get; init; } = InputFit.Resize;

    /// <summary>Checks that images of this size can be brought to the input's.</summary>
    /// <exception cref="UserErrorException">There is less to cut out than asked for.</exception>
    internal void Check(int height, int width)
    {
        if (Fit == InputFit.CentreCrop && (height < Size || width < Size))
        {
            throw new UserErrorException($"data.input.size: found {Size}, but a centre crop is cut out of images of {height}×{width} "
                + "pixels; "
                + $"use at most {Math.Min(height, width)}, or fit 'resize'.");
        }
    }

    /// <summary>The corner of the centre crop: rows above and columns to the left of it.</summary>
    internal (int Top, int Left) Corner(int height, int width) => ((height - Size) / 2, (width - Size) / 2);

    /// <summary>Where an object lies in the input image: the box grown to whole pixels and clipped, or null where nothing of it is left.</summary>
    /// <param name="box">Its box in the stored image.</param>
    /// <param name="height">Of the stored image.</param>
    /// <param name="width">Of the stored image.</param>
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
