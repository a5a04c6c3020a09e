using System.Text.RegularExpressions;
using static TorchSharp.torch.nn;

namespace Pupil.Networks.Families;

/// <summary>
/// VGG (Simonyan and Zisserman 2015) with batch-norm, in the form that comparisons of distillation methods use on CIFAR (Tian et al.
/// 2020): five groups of 3×3 convolutions with bias, batch-norm and ReLU, of 64, 128, 256, 512 and 512 channels; before the second, third
/// and fourth a 2×2 maximum, before the fifth too for images from 64×64 on; global average and one linear classifier. Its stages are the
/// last four groups' outputs after ReLU, as those comparisons count them: the first group belongs to the stem.
/// </summary>
internal static partial class Vgg
{
    // How many convolutions the five groups have.
    private static readonly Dictionary<int, int[]> UnitsByDepth = new()
    {
        [8] = [1, 1, 1, 1, 1],
        [11] = [1, 1, 2, 2, 2],
        [13] = [2, 2, 2, 2, 2],
        [16] = [2, 2, 3, 3, 3],
        [19] = [2, 2, 4, 4, 4],
    };

    /// <summary>The family's entry in the list of networks.</summary>
    public static NetworkFamily Family { get; } = new("vgg-DEPTH", "depth 8, 11, 13, 16 or 19", Names(), Parse)
    {
        LeastWeights = _ => 9L * (64 * 128 + 128 * 256 + 256 * 512 + 512 * 512),
    };

    [GeneratedRegex("^vgg-([1-9][0-9]?)\\z")]
    private static partial Regex Names();

    private static NetworkBuilder? Parse(GroupCollection name) => UnitsByDepth.TryGetValue(int.Parse(name[1].ValueSpan), out int[]? units)
        ? (spec, input, classes) => Build(spec, units, input, classes)
        : null;

    private static StagedNetwork Build(NetworkSpec spec, int[] units, ImageShape input, int classes)
    {
        bool poolsLast = input is { Height: >= 64, Width: >= 64 };
        return new StagedNetwork(spec, input, classes, new()
        {
            Stem = Conv2d(input.Channels, 64, 3, padding: 1),
            Entry = [.. Units(units[0] - 1, 64, 64)],
            Stages = [Stage(1, 64, 128), Stage(2, 128, 256), Stage(3, 256, 512), Stage(4, 512, 512, poolsLast)],
            EmbeddingWidth = 512,
        });

        Block[] Stage(int group, int from, int to, bool pools = true) =>
            [.. pools ? [new MaxPool(2, 2)] : Array.Empty<Block>(), .. Units(units[group], from, to)];
    }

    private static IEnumerable<Block> Units(int count, int from, int to) =>
        Enumerable.Range(0, count).Select(i => new ConvolutionUnit(i == 0 ? from : to, to, 3, bias: true));
}
