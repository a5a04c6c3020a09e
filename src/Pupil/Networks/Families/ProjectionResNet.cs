using System.Text.RegularExpressions;
using static TorchSharp.torch.nn;

namespace Pupil.Networks.Families;

/// <summary>
/// The residual networks that comparisons of distillation methods use on CIFAR (Tian et al. 2020: resnet32x4, resnet8x4), d = 6n+2, width
/// k. They have a 3×3 convolution to 8k channels (at least 16), batch-norm, ReLU, three groups of n blocks with 16k, 32k and 64k channels
/// (strides 1, 2, 2), global average, classifier. Unlike in <see cref="CifarResNet"/>, a shortcut that changes sizes is a 1×1 convolution
/// with batch-norm; their resnet20 is resnet-20x1 here. The stages are the groups' outputs after their last ReLU.
/// </summary>
internal static partial class ProjectionResNet
{
    /// <summary>The family's entry in the list of networks.</summary>
    public static NetworkFamily Family { get; } = new("resnet-DEPTHxWIDTH", "depth 6n+2, width 1…20 (8x4, 32x4 …)", Names(), Parse)
    {
        TakesDropout = true,
        PyTorch = ResidualNames.OfLayers(weights =>
            ResidualNames.OutlineOf(weights) is { HasFourthStage: false, HasShortcutNorm: true } found
                ? $"resnet-{found.Convolutions + 2}x{found.Channels / 16}" : null),
        LeastWeights = (name, _) => NetworkFamily.ThreeGroups((int.Parse(name[1].ValueSpan) - 2) / 6, 16 * int.Parse(name[2].ValueSpan)),
    };

    [GeneratedRegex("^resnet-([1-9][0-9]{0,3})x([1-9][0-9]?)\\z")]
    private static partial Regex Names();

    private static NetworkBuilder? Parse(GroupCollection name)
    {
        int depth = int.Parse(name[1].ValueSpan), width = int.Parse(name[2].ValueSpan);
        bool known = depth is >= 8 and <= NetworkFamily.DeepestName && depth % 6 == 2 && width <= 20;
        return known ? (spec, input, classes) => Build(spec, depth, width, input, classes) : null;
    }

    private static StagedNetwork Build(NetworkSpec spec, int depth, int width, ImageShape input, int classes)
    {
        int blocks = (depth - 2) / 6, stem = Math.Max(16, 8 * width);
        return new StagedNetwork(spec, input, classes, new()
        {
            Stem = Conv2d(input.Channels, stem, 3, padding: 1, bias: false),
            Stages = [Group(stem, 16 * width, 1), Group(16 * width, 32 * width, 2), Group(32 * width, 64 * width, 2)],
            EmbeddingWidth = 64 * width,
        });

        ResidualBlock[] Group(int from, int to, int stride) => [.. Enumerable.Range(0, blocks).Select(i =>
            ResidualBlock.Basic(i == 0 ? from : to, to, i == 0 ? stride : 1, projects: true, spec.Dropout))];
    }
}
