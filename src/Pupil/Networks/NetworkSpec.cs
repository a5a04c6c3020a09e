using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Pupil.Settings;

namespace Pupil.Networks;

/// <summary>How a network's weights start.</summary>
public enum Initialization
{
    /// <summary>TorchSharp's (and PyTorch's) own: uniform within ±1/√(fan-in), batch-norm weights 1.</summary>
    Default,

    /// <summary>
    /// The released code's: convolutions and classifier normal with deviation √(2/fan-in), biases 0, batch-norm weights uniform in [0, 1).
    /// </summary>
    ReleasedCode,
}

/// <summary>The size of the images a network takes.</summary>
/// <param name="Channels">C.</param>
/// <param name="Height">H, in pixels, at least 8; some networks want more.</param>
/// <param name="Width">W, in pixels, at least 8; some networks want more.</param>
public sealed record ImageShape(int Channels, int Height, int Width);

/// <summary>Which network to build. In a recipe the name alone will do: <c>"wrn-16-1"</c>.</summary>
[StringShorthand("architecture")]
public sealed record NetworkSpec
{
    /// <summary>The network's name, for example <c>wrn-16-1</c> or <c>resnet-20</c>.</summary>
    [Description("wrn-DEPTH-WIDTH (depth 6n+4, for example wrn-16-1), resnet-DEPTH (depth 6n+2, for example resnet-20), resnet-DEPTHxWIDTH "
        + "(resnet-8x4, resnet-32x4), vgg-DEPTH (8, 11, 13, 16, 19), mobilenet-v2-WIDTH (0.25 to 2, for CIFAR 0.5), shufflenet-v2-WIDTH "
        + "(0.5, 1, 1.5, 2) or, for images from 64×64 on, imagenet-resnet-DEPTH (18, 34, 50)."), MinLength(1)]
    public required string Architecture { get; init; }

    /// <summary>
    /// The share of activations dropped between the two convolutions of a block while training. Default 0; only wrn and resnet take more.
    /// </summary>
    [Description("Share of activations dropped between the two convolutions of a block while training (wrn and resnet)."), Range(0.0, 0.95)]
    public double Dropout { get; init; }

    /// <summary>How the weights start. Default <see cref="Initialization.Default"/>.</summary>
    [Description("How the weights start: default (PyTorch's own) or released-code (Kaiming normal, batch-norm weights uniform in [0, 1)).")]
    public Initialization Initialization { get; init; }

    /// <inheritdoc/>
    public override string ToString() => Architecture;
}
