using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Pupil.Settings;

namespace Pupil.Networks;

/// <summary>The initialisation of a network's weights.</summary>
public enum Initialization
{
    /// <summary>As in TorchSharp and PyTorch: uniform within ±1/√(fan-in), batch-norm weights 1.</summary>
    Default,

    /// <summary>
    /// As in the released code: convolutions and classifier normal with deviation √(2/fan-in), biases 0, batch-norm weights uniform in [0,
    /// 1).
    /// </summary>
    ReleasedCode,
}

/// <summary>The shape of a network's images.</summary>
/// <param name="Channels">C.</param>
/// <param name="Height">H, in pixels, at least 8; some networks need more.</param>
/// <param name="Width">W, in pixels, at least 8; some networks need more.</param>
public sealed record ImageShape(int Channels, int Height, int Width);

/// <summary>A network to build. In a recipe its name is enough: <c>"wrn-16-1"</c>.</summary>
[StringShorthand("architecture")]
public sealed record NetworkSpec
{
    /// <summary>The network's name, for example <c>wrn-16-1</c> or <c>resnet-20</c>.</summary>
    [Description("wrn-DEPTH-WIDTH (depth 6n+4, for example wrn-16-1), resnet-DEPTH (depth 6n+2, for example resnet-20), resnet-DEPTHxWIDTH "
        + "(resnet-8x4, resnet-32x4), vgg-DEPTH (8, 11, 13, 16, 19), mobilenet-v2-WIDTH (0.25 to 2, for CIFAR 0.5), shufflenet-v2-WIDTH "
        + "(0.5, 1, 1.5, 2), vit-tiny-PATCH (4, 8, 16, 32, a divisor of the images' sides); for images from 32×32 on, "
        + "imagenet-mobilenet-v2-WIDTH (0.25 to 2), mobilenet-v3-small, mobilenet-v3-large, efficientnet-b0, efficientnet-lite0, "
        + "regnet-y-400mf; or, for images from 64×64 on, imagenet-resnet-DEPTH (18, 34, 50)."), MinLength(1)]
    public required string Architecture { get; init; }

    /// <summary>
    /// The share of activations dropped in training between the two convolutions of a block, 0…0.95. Default 0; wrn and resnet alone allow
    /// more.
    /// </summary>
    [Description("Share of activations dropped in training between the two convolutions of a block (wrn and resnet)."), Range(0.0, 0.95)]
    public double Dropout { get; init; }

    /// <summary>The initialisation of the weights. Default <see cref="Initialization.Default"/>.</summary>
    [Description("Initialisation of the weights: default (PyTorch's) or released-code (Kaiming normal, batch-norm weights uniform in [0, "
        + "1)).")]
    public Initialization Initialization { get; init; }

    /// <inheritdoc/>
    public override string ToString() => Architecture;
}
