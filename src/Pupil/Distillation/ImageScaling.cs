using Pupil.Networks;
using static TorchSharp.torch;

namespace Pupil.Distillation;

/// <summary>Scales batches of images to the input of a network.</summary>
internal static class ImageScaling
{
    /// <summary>Scales images: larger ones by the mean over areas, smaller ones bilinearly. Images of that size are returned.</summary>
    /// <param name="images">N×C×H×W.</param>
    /// <param name="input">The shape of one input.</param>
    public static Tensor Fit(Tensor images, ImageShape input)
    {
        var (height, width) = (input.Height, input.Width);
        if (images.shape[2] == height && images.shape[3] == width)
            return images;
        return images.shape[2] > height ? nn.functional.adaptive_avg_pool2d(images, (height, width))
            : nn.functional.interpolate(images, [height, width], mode: InterpolationMode.Bilinear, align_corners: false);
    }
}
