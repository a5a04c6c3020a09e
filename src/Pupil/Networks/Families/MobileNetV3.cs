using System.Text.RegularExpressions;
using Pupil.Networks.Norms;

namespace Pupil.Networks.Families;

/// <summary>
/// MobileNetV3 (Howard et al. 2019, tables 1 and 2) as in torchvision: a 3×3 convolution with stride 2, inverted residual blocks with ReLU
/// or hard-swish, some with squeeze-and-excitation (hard-sigmoid), a 1×1 convolution, global average, a linear layer with hard-swish,
/// classifier. The linear layer's output is the embedding. Batch-norms have ε = 0.001 and momentum 0.01. The stages are the last maps of
/// each resolution, 1/4 … 1/32 of the image's height and width in the small network, 1/2 … 1/32 in the large one. They end without
/// activation. torchvision's dropout before the classifier is left out.
/// </summary>
internal static partial class MobileNetV3
{
    private static readonly NormSettings Norm = new(1e-3, 0.01);

    private static readonly InvertedNetwork SmallForm = new(16,
        [
            [Block(16, 3, 16, 16, 2, squeezes: true)],
            [Block(16, 3, 72, 24, 2), Block(24, 3, 88, 24, 1)],
            [
                Swish(24, 5, 96, 40, 2), Swish(40, 5, 240, 40, 1), Swish(40, 5, 240, 40, 1), Swish(40, 5, 120, 48, 1),
                Swish(48, 5, 144, 48, 1),
            ],
            [Swish(48, 5, 288, 96, 2), Swish(96, 5, 576, 96, 1), Swish(96, 5, 576, 96, 1)],
        ], 576)
    {
        Activation = ActivationKind.HardSwish,
        Norm = Norm,
        Hidden = 1024,
    };

    private static readonly InvertedNetwork LargeForm = new(16,
        [
            [Block(16, 3, 16, 16, 1)],
            [Block(16, 3, 64, 24, 2), Block(24, 3, 72, 24, 1)],
            [
                Block(24, 5, 72, 40, 2, squeezes: true), Block(40, 5, 120, 40, 1, squeezes: true),
                Block(40, 5, 120, 40, 1, squeezes: true),
            ],
            [
                Swish(40, 3, 240, 80, 2, squeezes: false), Swish(80, 3, 200, 80, 1, squeezes: false),
                Swish(80, 3, 184, 80, 1, squeezes: false), Swish(80, 3, 184, 80, 1, squeezes: false), Swish(80, 3, 480, 112, 1),
                Swish(112, 3, 672, 112, 1),
            ],
            [Swish(112, 5, 672, 160, 2), Swish(160, 5, 960, 160, 1), Swish(160, 5, 960, 160, 1)],
        ], 960)
    {
        Activation = ActivationKind.HardSwish,
        Norm = Norm,
        Hidden = 1280,
    };

    /// <summary>The small network's entry in the list of networks.</summary>
    public static NetworkFamily Small { get; } =
        CreateFamily("mobilenet-v3-small", SmallName(), SmallForm, mark: "features.1.block.1.fc1", last: 12);

    /// <summary>The large network's entry in the list of networks.</summary>
    public static NetworkFamily Large { get; } =
        CreateFamily("mobilenet-v3-large", LargeName(), LargeForm, mark: "features.15.block.3.0", last: 16);

    private static NetworkFamily CreateFamily(string name, Regex pattern, InvertedNetwork form, string mark, int last) =>
        new(name, "images from 32×32 on", pattern, _ => form.Build)
        {
            SmallestSide = 32,
            PyTorch = new ListedNames(mark,
                [
                    ("features.0.0", "stem"), ("features.0.1", "norm"),
                    .. form.Blocks.Index().SelectMany(entry =>
                        InvertedNetwork.TorchvisionNames(entry.Item, $"features.{entry.Index + 1}.block")),
                    ($"features.{last}.0", "exit.0.conv"), ($"features.{last}.1", "exit.0.norm"), ("classifier.0", "embedding"),
                    ("classifier.3", "classifier"),
                ],
                weights => form.Fits(weights) ? name : null),
        };

    [GeneratedRegex("^mobilenet-v3-small\\z")]
    private static partial Regex SmallName();

    [GeneratedRegex("^mobilenet-v3-large\\z")]
    private static partial Regex LargeName();

    private static InvertedForm Block(int from, int size, int wide, int to, int stride, bool squeezes = false) =>
        new(from, wide, to, size, stride)
        {
            Norm = Norm,
            Squeeze = squeezes
                ? new(InvertedNetwork.Rounded(wide / 4), ActivationKind.Relu, ActivationKind.HardSigmoid)
                : null,
        };

    private static InvertedForm Swish(int from, int size, int wide, int to, int stride, bool squeezes = true) =>
        Block(from, size, wide, to, stride, squeezes) with { Activation = ActivationKind.HardSwish };
}
