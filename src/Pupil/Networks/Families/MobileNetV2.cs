using System.Globalization;
using System.Text.RegularExpressions;
using static TorchSharp.torch.nn;

namespace Pupil.Networks.Families;

/// <summary>
/// MobileNetV2 (Sandler et al. 2018) in the form that comparisons of distillation methods use on CIFAR (Tian et al. 2020, width 0.5). It
/// has a 3×3 convolution with stride 2, seven groups of inverted residual blocks, a 1×1 convolution, global average, classifier. All have
/// batch-norm; ReLU is plain, not ReLU6. The second group has stride 1, and the first block has an expansion of factor 1. The stages are
/// the last maps of 1/2, 1/4, 1/8 and 1/16 of the image's height and width; they end without ReLU.
/// </summary>
internal static partial class MobileNetV2
{
    private const int Expansion = 6;

    // Channels of the last block at width 1: enough that every hundredth of width gives another number.
    private const int LastChannels = 320;

    /// <summary>The family's entry in the list of networks.</summary>
    public static NetworkFamily Family { get; } = new("mobilenet-v2-WIDTH", "width 0.25…2 (0.5 is published for CIFAR)", Names(), Parse)
    {
        PyTorch = new ListedNames("blocks.0.0.conv.0",
        [
            ("conv1.0", "stem"), ("conv1.1", "norm"), .. PyTorchUnits(), ("conv2.0", "exit.0.conv"), ("conv2.1", "exit.0.norm"),
            ("classifier.0", "classifier"),
        ], weights => weights.Has("stage1.0.expansion.conv.weight") && weights.Find("exit.0.conv.weight", 4) is { } exit
            ? NameOf(exit[1]) : null),
    };

    /// <summary>The network whose last block has this number of channels, or the next wider one.</summary>
    private static string NameOf(long lastChannels) =>
        string.Create(CultureInfo.InvariantCulture, $"mobilenet-v2-{decimal.Ceiling(100m * lastChannels / LastChannels) / 100:0.##}");

    // A network has one name: without trailing zeros.
    // RepDistiller has seven groups; a block is a sequence of three times convolution, batch-norm and ReLU, the last without ReLU.
    private static IEnumerable<(string Foreign, string Own)> PyTorchUnits()
    {
        (int Stage, int First, int Blocks)[] groups = [(1, 0, 1), (1, 1, 2), (2, 0, 3), (3, 0, 4), (3, 4, 3), (4, 0, 3), (4, 3, 1)];
        string[] units = ["expansion", "depthwise", "projection"];
        return from entry in groups.Index()
               from block in Enumerable.Range(0, entry.Item.Blocks)
               from unit in units.Index()
               from layer in ListedNames.UnitLayers
               select ($"blocks.{entry.Index}.{block}.conv.{3 * unit.Index + layer.Place}",
                   $"stage{entry.Item.Stage}.{entry.Item.First + block}.{unit.Item}.{layer.Own}");
    }

    [GeneratedRegex("^mobilenet-v2-([012]|[01]\\.[0-9]?[1-9])\\z")]
    private static partial Regex Names();

    private static NetworkBuilder? Parse(GroupCollection name)
    {
        decimal width = decimal.Parse(name[1].ValueSpan, CultureInfo.InvariantCulture);
        return width is >= 0.25m and <= 2 ? (spec, input, classes) => Build(spec, width, input, classes) : null;
    }

    private static StagedNetwork Build(NetworkSpec spec, decimal width, ImageShape input, int classes)
    {
        int stem = Wide(32), last = width > 1 ? Wide(1280) : 1280;
        return new StagedNetwork(spec, input, classes, new()
        {
            Stem = Conv2d(input.Channels, stem, 3, 2, padding: 1, bias: false),
            Stages =
            [
                [Block(stem, Wide(16), 1, expansion: 1), .. Group(2, Wide(16), Wide(24), 1)],
                Group(3, Wide(24), Wide(32), 2),
                [.. Group(4, Wide(32), Wide(64), 2), .. Group(3, Wide(64), Wide(96), 1)],
                [.. Group(3, Wide(96), Wide(160), 2), .. Group(1, Wide(160), Wide(LastChannels), 1)],
            ],
            Exit = [new ConvolutionUnit(Wide(LastChannels), last, 1)],
            EmbeddingWidth = last,
        });

        int Wide(int channels) => (int)(channels * width);
    }

    private static Block[] Group(int blocks, int from, int to, int stride) =>
        [.. Enumerable.Range(0, blocks).Select(i => Block(i == 0 ? from : to, to, i == 0 ? stride : 1, Expansion))];

    private static InvertedBlock Block(int from, int to, int stride, int expansion) =>
        new(new InvertedForm(from, from * expansion, to, 3, stride) { Expands = true });
}
