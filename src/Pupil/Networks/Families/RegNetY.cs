using System.Text.RegularExpressions;
using static TorchSharp.torch.nn;

namespace Pupil.Networks.Families;

/// <summary>
/// RegNetY-400MF (Radosavovic et al. 2020) in torchvision's form: a 3×3 convolution to 32 channels with stride 2, batch-norm, ReLU, four
/// groups of 1, 3, 6 and 6 bottleneck blocks with 48, 104, 208 and 440 channels and stride 2, global average, classifier. The 3×3
/// convolutions have groups of 8 channels; a squeeze-and-excitation to a quarter of the block's input channels follows them. The stages are
/// the groups' outputs after their last ReLU.
/// </summary>
internal static partial class RegNetY
{
    private const string Name = "regnet-y-400mf";

    private const int GroupWidth = 8;

    private static readonly (int Blocks, int From, int To)[] Groups = [(1, 32, 48), (3, 48, 104), (6, 104, 208), (6, 208, 440)];

    /// <summary>The family's entry in the list of networks.</summary>
    public static NetworkFamily Family { get; } = new(Name, "images from 32×32 on", Names(), _ => Build)
    {
        SmallestSide = 32,
        PyTorch = new ListedNames("trunk_output.block1.block1-0.f.a.0",
            [("stem.0", "stem"), ("stem.1", "norm"), .. Groups.Index().SelectMany(PyTorchBlocks), ("fc", "classifier")],
            weights => weights.CountLayers("stage", ".conv2") == Groups.Sum(group => group.Blocks)
                && weights.Has("stage1.0.squeeze.reduction.weight") && weights.Find("stage4.0.conv1.weight", 4) is { } last
                && (last[1], last[0]) == (Groups[^1].From, Groups[^1].To) ? Name : null),
    };

    private static IEnumerable<(string Foreign, string Own)> PyTorchBlocks((int Index, (int Blocks, int From, int To) Item) group)
    {
        (string Foreign, string Own)[] layers =
        [
            ("f.a.0", "conv1"), ("f.a.1", "norm1"), ("f.b.0", "conv2"), ("f.b.1", "norm2"), ("f.se.fc1", "squeeze.reduction"),
            ("f.se.fc2", "squeeze.expansion"), ("f.c.0", "conv3"), ("f.c.1", "norm3"), ("proj.0", "shortcut"), ("proj.1", "shortcutNorm"),
        ];
        int number = group.Index + 1;
        // The first block alone has a shortcut with weights.
        return Enumerable.Range(0, group.Item.Blocks).SelectMany(block => layers.SkipLast(block == 0 ? 0 : 2).Select(layer =>
            ($"trunk_output.block{number}.block{number}-{block}.{layer.Foreign}", $"stage{number}.{block}.{layer.Own}")));
    }

    [GeneratedRegex("^regnet-y-400mf\\z")]
    private static partial Regex Names();

    private static StagedNetwork Build(NetworkSpec spec, ImageShape input, int classes) => new(spec, input, classes, new()
    {
        Stem = Conv2d(input.Channels, Groups[0].From, 3, 2, padding: 1, bias: false),
        Stages = [.. Groups.Select(group => Enumerable.Range(0, group.Blocks).Select(block =>
            Block(block == 0 ? group.From : group.To, group.To, block == 0 ? 2 : 1)).ToArray())],
        EmbeddingWidth = Groups[^1].To,
    });

    private static ResidualBlock Block(int from, int width, int stride) => ResidualBlock.Bottleneck(from, width, width, stride,
        width / GroupWidth, new SqueezeForm(from / 4, ActivationKind.Relu, ActivationKind.Sigmoid));
}
