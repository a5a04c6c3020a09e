using System.Text.RegularExpressions;
using static TorchSharp.torch.nn;

namespace Pupil.Networks.Families;

/// <summary>
/// The residual networks for ImageNet (He et al. 2016, table 1) as in torchvision. The stem is a 7×7 convolution to 64 channels with stride
/// 2, batch-norm, ReLU and 3×3 maximum with stride 2. It is followed by four groups of blocks with 64, 128, 256 and 512 channels (strides
/// 1, 2, 2, 2), global average, classifier. Blocks have two convolutions at depths 18 and 34. At depth 50 they are bottlenecks of three,
/// with the stride in the 3×3 one and four times the channels at the end. Shortcuts that change sizes are projections. The stages are the
/// groups' outputs after their last ReLU.
/// </summary>
internal static partial class ImageNetResNet
{
    private static readonly Dictionary<int, int[]> BlocksByDepth = new()
    {
        [18] = [2, 2, 2, 2],
        [34] = [3, 4, 6, 3],
        [50] = [3, 4, 6, 3],
    };

    /// <summary>The family's entry in the list of networks.</summary>
    public static NetworkFamily Family { get; } = new("imagenet-resnet-DEPTH", "depth 18, 34 or 50 (images from 64×64 on)", Names(), Parse)
    {
        SmallestSide = 64,
        PyTorch = ResidualNames.OfLayers(weights => ResidualNames.OutlineOf(weights) is { HasFourthStage: true } found
            ? $"imagenet-resnet-{found.Convolutions + 2}" : null),
        LeastWeights = (_, _) => 10_000_000,
    };

    [GeneratedRegex("^imagenet-resnet-([1-9][0-9])\\z")]
    private static partial Regex Names();

    private static NetworkBuilder? Parse(GroupCollection name)
    {
        int depth = int.Parse(name[1].ValueSpan);
        return BlocksByDepth.TryGetValue(depth, out int[]? blocks)
            ? (spec, input, classes) => Build(spec, blocks, bottlenecks: depth >= 50, input, classes)
            : null;
    }

    private static StagedNetwork Build(NetworkSpec spec, int[] blocks, bool bottlenecks, ImageShape input, int classes)
    {
        int expansion = bottlenecks ? 4 : 1;
        return new StagedNetwork(spec, input, classes, new()
        {
            Stem = Conv2d(input.Channels, 64, 7, 2, padding: 3, bias: false),
            Entry = [new MaxPool(3, 2, padding: 1)],
            Stages =
            [
                Group(blocks[0], 64, 64, 1),
                Group(blocks[1], 64 * expansion, 128, 2),
                Group(blocks[2], 128 * expansion, 256, 2),
                Group(blocks[3], 256 * expansion, 512, 2),
            ],
            EmbeddingWidth = 512 * expansion,
        });

        ResidualBlock[] Group(int count, int from, int width, int stride) => [.. Enumerable.Range(0, count).Select(i =>
            Block(i == 0 ? from : width * expansion, width, i == 0 ? stride : 1))];

        ResidualBlock Block(int from, int width, int stride) =>
            bottlenecks ? ResidualBlock.Bottleneck(from, width, width * expansion, stride)
                : ResidualBlock.Basic(from, width, stride, projects: true);
    }
}
