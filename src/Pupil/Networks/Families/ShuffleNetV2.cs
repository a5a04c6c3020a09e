using System.Text.RegularExpressions;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Pupil.Networks.Families;

/// <summary>
/// ShuffleNetV2 (Ma et al. 2018) in the form that comparisons of distillation methods use on CIFAR (Tian et al. 2020, width 1). It has a
/// 1×1 convolution to 24 channels without stride or maximum, and three groups of 4, 8 and 4 blocks that halve height and width. They are
/// followed by a 1×1 convolution, global average, classifier; batch-norm and ReLU as published. The stages are the groups' outputs. A
/// block's last ReLU applies to half the channels of its output; the other half are a copy of its input. A pre-activation is the copied
/// channels, then the others before their ReLU, before the shuffle.
/// </summary>
internal static partial class ShuffleNetV2
{
    // Channels of the three groups and of the last convolution: table 5 of the paper.
    private static readonly Dictionary<string, int[]> ChannelsByWidth = new()
    {
        ["0.5"] = [48, 96, 192, 1024],
        ["1"] = [116, 232, 464, 1024],
        ["1.5"] = [176, 352, 704, 1024],
        ["2"] = [244, 488, 976, 2048],
    };

    /// <summary>The family's entry in the list of networks.</summary>
    public static NetworkFamily Family { get; } = new("shufflenet-v2-WIDTH", "width 0.5, 1, 1.5 or 2", Names(), Parse)
    {
        PyTorch = new ListedNames("layer1.0.conv5",
        [
            ("conv1", "stem"), ("bn1", "norm"), .. PyTorchUnits(), ("conv2", "exit.0.conv"), ("bn2", "exit.0.norm"),
            ("linear", "classifier"),
        ], weights => weights.Has("stage1.0.sideLast.conv.weight") && weights.Find("exit.0.conv.weight", 4) is { } exit
            ? NameOf(exit[1]) : null),
    };

    /// <summary>The network whose last block has this number of channels, or null if none has.</summary>
    private static string? NameOf(long lastChannels) =>
        ChannelsByWidth.FirstOrDefault(entry => entry.Value[2] == lastChannels).Key is { } width ? $"shufflenet-v2-{width}" : null;

    // RepDistiller's names, which residual networks have for other modules (layer1.1.conv1).
    private static IEnumerable<(string Foreign, string Own)> PyTorchUnits()
    {
        string[] halving = ["sideDepthwise", "sideLast", "first", "depthwise", "last"], keeping = ["first", "depthwise", "last"];
        (int Number, int Blocks)[] groups = [(1, 4), (2, 8), (3, 4)];
        return from entry in groups
               from block in Enumerable.Range(0, entry.Blocks)
               from unit in (block == 0 ? halving : keeping).Index()
               from layer in ListedNames.UnitLayers
               select ($"layer{entry.Number}.{block}.{layer.Foreign}{unit.Index + 1}",
                   $"stage{entry.Number}.{block}.{unit.Item}.{layer.Own}");
    }

    [GeneratedRegex("^shufflenet-v2-([0-9.]+)\\z")]
    private static partial Regex Names();

    private static NetworkBuilder? Parse(GroupCollection name) => ChannelsByWidth.TryGetValue(name[1].Value, out int[]? channels)
        ? (spec, input, classes) => Build(spec, channels, input, classes)
        : null;

    private static StagedNetwork Build(NetworkSpec spec, int[] channels, ImageShape input, int classes) => new(spec, input, classes, new()
    {
        Stem = Conv2d(input.Channels, 24, 1, bias: false),
        Stages = [Group(3, 24, channels[0]), Group(7, channels[0], channels[1]), Group(3, channels[1], channels[2])],
        Exit = [new ConvolutionUnit(channels[2], channels[3], 1)],
        EmbeddingWidth = channels[3],
    });

    private static Block[] Group(int blocks, int from, int to) =>
        [new HalvingBlock(from, to), .. Enumerable.Range(0, blocks).Select(_ => new KeepingBlock(to))];

    /// <summary>Returns the channels of two maps N×C×H×W, alternately.</summary>
    // Permuted, so that the result is channels-last like the maps.
    public static Tensor Shuffled(Tensor first, Tensor second) =>
        stack([first.permute(0, 2, 3, 1), second.permute(0, 2, 3, 1)], -1).flatten(3).permute(0, 3, 1, 2);

    // Half the channels are copied; the others pass 1×1, depthwise 3×3 (without ReLU) and 1×1.
    private sealed class KeepingBlock : Block
    {
        private readonly ConvolutionUnit _first, _depthwise, _last;
        private readonly int _half;

        public KeepingBlock(int channels)
        {
            _half = channels / 2;
            _first = Part("first", new ConvolutionUnit(_half, _half, 1));
            _depthwise = Part("depthwise", ConvolutionUnit.Depthwise(_half, 1, activation: ActivationKind.None));
            _last = Part("last", new ConvolutionUnit(_half, _half, 1));
        }

        public override string Write(IGraphWriter graph, string input)
        {
            string map = _last.Write(graph, _depthwise.Write(graph, _first.Write(graph, graph.Channels(input, _half, 2 * _half))));
            return graph.Interleave(graph.Channels(input, 0, _half), map, _half);
        }

        public override BlockOutput forward(Tensor input, bool showsPreActivation)
        {
            using var scope = NewDisposeScope();
            Tensor passed = input.narrow(1, 0, _half), taken = input.narrow(1, _half, _half);
            var (map, before) = _last.call(_depthwise.MapOf(_first.MapOf(taken)), showsPreActivation);
            return new BlockOutput(Shuffled(passed, map), before is null ? null : cat([passed, before], 1)).MoveToOuterDisposeScope();
        }
    }

    // All channels pass both branches, each of which halves height and width and outputs half the new channels.
    private sealed class HalvingBlock : Block
    {
        private readonly ConvolutionUnit _sideDepthwise, _sideLast, _first, _depthwise, _last;

        private readonly int _half;

        public HalvingBlock(int from, int to)
        {
            _half = to / 2;
            _sideDepthwise = Part("sideDepthwise", ConvolutionUnit.Depthwise(from, 2, activation: ActivationKind.None));
            _sideLast = Part("sideLast", new ConvolutionUnit(from, to / 2, 1));
            _first = Part("first", new ConvolutionUnit(from, to / 2, 1));
            _depthwise = Part("depthwise", ConvolutionUnit.Depthwise(to / 2, 2, activation: ActivationKind.None));
            _last = Part("last", new ConvolutionUnit(to / 2, to / 2, 1));
        }

        public override string Write(IGraphWriter graph, string input) => graph.Interleave(
            _sideLast.Write(graph, _sideDepthwise.Write(graph, input)),
            _last.Write(graph, _depthwise.Write(graph, _first.Write(graph, input))), _half);

        public override BlockOutput forward(Tensor input, bool showsPreActivation)
        {
            using var scope = NewDisposeScope();
            var side = _sideLast.MapOf(_sideDepthwise.MapOf(input));
            var map = _last.MapOf(_depthwise.MapOf(_first.MapOf(input)));
            return new BlockOutput(Shuffled(side, map), null).MoveToOuterDisposeScope();
        }
    }
}
