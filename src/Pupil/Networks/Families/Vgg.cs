using System.Text.RegularExpressions;
using static TorchSharp.torch.nn;

namespace Pupil.Networks.Families;

/// <summary>
/// VGG (Simonyan and Zisserman 2015) with batch-norm, in the form that comparisons of distillation methods use on CIFAR (Tian et al. 2020).
/// It has five groups of 3×3 convolutions with bias, batch-norm and ReLU, of 64, 128, 256, 512 and 512 channels, global average and one
/// linear classifier. A 2×2 maximum precedes the second, third and fourth group, and the fifth for images from 64×64 on. The stages are the
/// last four groups' outputs after ReLU, as in those comparisons: the first group belongs to the stem.
/// </summary>
internal static partial class Vgg
{
    // The number of convolutions in each of the five groups.
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
        PyTorch = new VggNames(),
        LeastWeights = (_, _) => 9L * (64 * 128 + 128 * 256 + 256 * 512 + 512 * 512),
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

    /// <summary>
    /// RepDistiller's names of VGG networks (<c>block1.0</c>): convolution, batch-norm and ReLU of a unit follow each other in one
    /// sequence. In Pupil, the groups after the first begin with max pooling, which takes a number; the last one only for images from 64×64
    /// on.
    /// </summary>
    private sealed partial class VggNames : PyTorchNames
    {
        // Exists only where no max-pooling layer precedes the last stage.
        private const string LastStageStart = "stage4.0.conv.weight";

        /// <inheritdoc/>
        public override bool Fit(IReadOnlySet<string> names) => names.Any(VggUnit().IsMatch);

        /// <inheritdoc/>
        public override string ToPupil(string name) => Classifier().Replace(VggUnit().Replace(name, ToPupil), "classifier.");

        /// <inheritdoc/>
        public override string ToPyTorch(string name)
        {
            if (OwnUnit().Match(name) is { Success: true } unit)
            {
                bool isEntry = unit.Groups[1].Value.Length == 0;
                int group = isEntry ? 0 : int.Parse(unit.Groups[1].ValueSpan), number = int.Parse(unit.Groups[2].ValueSpan);
                int index = 3 * (isEntry ? number + 1 : group == 4 ? number : number - 1) + (unit.Groups[3].Value == "conv" ? 0 : 1);
                return $"block{group}.{index}.{name[unit.Length..]}";
            }
            return OwnStart().Replace(name, match => match.Value == "stem." ? "block0.0." : "block0.1.");
        }

        /// <inheritdoc/>
        public override string? ArchitectureOf(WeightShapes weights) => weights.Has("stage1.1.conv.weight")
            ? $"vgg-{weights.CountLayers("stage", ".conv") + weights.CountLayers("entry", ".conv") + 4}" : null;

        /// <inheritdoc/>
        public override string ToNetwork(string name, IReadOnlySet<string> given, IReadOnlySet<string> own) =>
            given.Contains(LastStageStart) && !own.Contains(LastStageStart) ? WithLastStageMoved(name, 1) : name;

        /// <inheritdoc/>
        public override string FromNetwork(string name, IReadOnlySet<string> own) =>
            own.Contains(LastStageStart) ? name : WithLastStageMoved(name, -1);

        private static string WithLastStageMoved(string name, int by) =>
            LastUnit().Replace(name, unit => $"stage4.{int.Parse(unit.Groups[1].ValueSpan) + by}.");

        private static string ToPupil(Match unit)
        {
            int group = int.Parse(unit.Groups[1].ValueSpan), index = int.Parse(unit.Groups[2].ValueSpan);
            string part = index % 3 == 0 ? "conv" : "norm";
            return (group, index / 3) switch
            {
                (0, 0) => part == "conv" ? "stem." : "norm.",
                (0, var number) => $"entry.{number - 1}.{part}.",
                (4, var number) => $"stage4.{number}.{part}.",
                var (stage, number) => $"stage{stage}.{number + 1}.{part}.",
            };
        }

        [GeneratedRegex(@"^(?:entry|stage(\d))\.(\d+)\.(conv|norm)\.")]
        private static partial Regex OwnUnit();

        [GeneratedRegex(@"^stage4\.(\d+)\.")]
        private static partial Regex LastUnit();

        [GeneratedRegex(@"^(?:stem|norm)\.")]
        private static partial Regex OwnStart();

        [GeneratedRegex(@"^block(\d)\.(\d+)\.")]
        private static partial Regex VggUnit();

        [GeneratedRegex(@"^(?:fc|linear)\.")]
        private static partial Regex Classifier();
    }
}
