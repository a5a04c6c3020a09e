using System.Text.RegularExpressions;
using static TorchSharp.torch.nn;

namespace Pupil.Networks.Families;

/// <summary>
/// The residual networks for CIFAR (He et al. 2016, §4.2), ResNet-d, d = 6n+2: a 3×3 convolution to 16 channels, batch-norm, ReLU, three
/// groups of n blocks with 16, 32 and 64 channels (strides 1, 2, 2), global average, classifier. Shortcuts have no parameters (option A:
/// subsampled by 2, missing channels 0). The stages are the groups' outputs after their last ReLU.
/// </summary>
internal static partial class CifarResNet
{
    /// <summary>The family's entry in the list of networks.</summary>
    public static NetworkFamily Family { get; } = new("resnet-DEPTH", "depth 6n+2 (8, 14, 20, 26, 32, 38, 44, 56, 110 …)", Names(), Parse)
    {
        TakesDropout = true,
        PyTorch = ResidualNames.OfLayers(weights =>
            ResidualNames.OutlineOf(weights) is { HasFourthStage: false, HasShortcutNorm: false } found
                ? $"resnet-{found.Convolutions + 2}" : null),
        LeastWeights = (name, _) => NetworkFamily.ThreeGroups((int.Parse(name[1].ValueSpan) - 2) / 6, 16),
    };

    [GeneratedRegex("^resnet-([1-9][0-9]{0,3})\\z")]
    private static partial Regex Names();

    private static NetworkBuilder? Parse(GroupCollection name)
    {
        int depth = int.Parse(name[1].ValueSpan);
        bool known = depth is >= 8 and <= NetworkFamily.DeepestName && depth % 6 == 2;
        return known ? (spec, input, classes) => Build(spec, depth, input, classes) : null;
    }

    private static StagedNetwork Build(NetworkSpec spec, int depth, ImageShape input, int classes)
    {
        int blocks = (depth - 2) / 6;
        return new StagedNetwork(spec, input, classes, new()
        {
            Stem = Conv2d(input.Channels, 16, 3, padding: 1, bias: false),
            Stages = [Group(16, 16), Group(16, 32), Group(32, 64)],
            EmbeddingWidth = 64,
        });

        ResidualBlock[] Group(int from, int to) => [.. Enumerable.Range(0, blocks).Select(i =>
            ResidualBlock.Basic(i == 0 ? from : to, to, i == 0 && from != to ? 2 : 1, projects: false, spec.Dropout))];
    }
}
