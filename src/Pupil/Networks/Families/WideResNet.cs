using System.Text.RegularExpressions;
using Pupil.Core;
using Pupil.LibTorch;
using Pupil.Networks.Norms;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Pupil.Networks.Families;

/// <summary>
/// Wide residual network WRN-d-k (Zagoruyko and Komodakis 2016), d = 6n+4: a 3×3 convolution to 16 channels, three groups of n
/// pre-activation blocks with 16k, 32k and 64k channels (strides 1, 2, 2), batch-norm, ReLU, global average, classifier. The stages are
/// the groups' sums, before the next batch-norm and ReLU, as in the released code.
/// </summary>
internal sealed partial class WideResNet : ConvolutionalNetwork
{
    private readonly WideBlock[][] _groups;
    private readonly BatchNorm2d _norm;
    private readonly Linear _classifier;

    private WideResNet(NetworkSpec spec, int depth, int width, ImageShape input, int classes)
        : base(spec, input, classes, Conv2d(input.Channels, 16, 3, padding: 1, bias: false))
    {
        int blocks = (depth - 4) / 6;
        int[] channels = [16, 16 * width, 32 * width, 64 * width];
        _groups = [.. Enumerable.Range(1, 3).Select(group =>
            Group(blocks, channels[group - 1], channels[group], group == 1 ? 1 : 2, spec.Dropout))];
        for (int group = 0; group < 3; group++)
            register_module(StageNames[group], ModuleList(_groups[group]));
        register_module("norm", _norm = BatchNorm2d(channels[3]));
        register_module("classifier", _classifier = Linear(channels[3], classes));
        Initialize();
    }

    /// <summary>The family's entry in the list of networks.</summary>
    internal static NetworkFamily Family { get; } =
        new("wrn-DEPTH-WIDTH", "depth 6n+4 (10, 16, 22, 28, 34, 40 …), width 1…20", Names(), Parse)
        {
            TakesDropout = true,
            LeastWeights = (name, _) =>
                NetworkFamily.ThreeGroups((int.Parse(name[1].ValueSpan) - 4) / 6, 16 * int.Parse(name[2].ValueSpan)),
            PyTorch = ResidualNames.OfBlocks(weights =>
                ResidualNames.NormalizesInput(weights) is true && weights.Find("stage1.0.conv1.weight", 4) is { } first
                    ? $"wrn-{weights.CountLayers("stage", ".conv") + 4}-{first[0] / 16}" : null),
        };

    /// <inheritdoc/>
    public override IReadOnlyList<string> StageNames { get; } = ["stage1", "stage2", "stage3"];

    /// <inheritdoc/>
    public override IReadOnlyList<BatchNorm2d> StageNorms => [_groups[1][0].FirstNorm, _groups[2][0].FirstNorm, _norm];

    internal override IReadOnlyList<IReadOnlyList<LendingBlock>> LendingBlocks => _groups;

    private protected override NetworkOutput ByModules(Tensor images)
    {
        using var scope = NewDisposeScope();
        var stages = new Feature[3];
        var map = Stem.Convolve(images);
        for (int group = 0; group < 3; group++)
        {
            map = EarlyGradients.Before(_groups[group], map);
            foreach (var block in _groups[group])
            {
                // The input of a group's first ReLU is computed from the output of the group before.
                bool showsPreActivation = ShowsPreActivations && group > 0 && block == _groups[group][0];
                (map, var before) = block.call(map, showsPreActivation);
                if (showsPreActivation)
                    stages[group - 1] = stages[group - 1] with { PreActivation = before };
            }
            stages[group] = Feature.OfMap(StageNames[group], map);
        }
        var last = _norm.Normalize(map);
        var embedding = last.Activate(ActivationKind.Relu, ShowsPreActivations).mean([2, 3]).Single();
        if (ShowsPreActivations)
            stages[2] = stages[2] with { PreActivation = last };
        return new NetworkOutput(_classifier.call(embedding), embedding, stages).MoveToOuterDisposeScope();
    }

    internal override WrittenNetwork Write(IGraphWriter graph, string images)
    {
        string map = graph.Convolve(images, Stem);
        var stages = new List<string>();
        foreach (var group in _groups)
            stages.Add(map = group.Aggregate(map, (input, block) => block.Write(graph, input)));
        string embedding = graph.MeanOverPixels(graph.Activate(graph.Normalize(map, _norm), ActivationKind.Relu));
        return new WrittenNetwork(graph.Transform(embedding, _classifier), embedding, stages);
    }

    private static NetworkBuilder? Parse(GroupCollection name)
    {
        int depth = int.Parse(name[1].ValueSpan), width = int.Parse(name[2].ValueSpan);
        bool known = depth is >= 10 and <= NetworkFamily.DeepestName && depth % 6 == 4 && width is >= 1 and <= 20;
        return known ? (spec, input, classes) => new WideResNet(spec, depth, width, input, classes) : null;
    }

    [GeneratedRegex("^wrn-([1-9][0-9]{0,3})-([1-9][0-9]?)\\z")]
    private static partial Regex Names();

    private static WideBlock[] Group(int blocks, int from, int to, int stride, double dropout) =>
        [.. Enumerable.Range(0, blocks).Select(i => new WideBlock(i == 0 ? from : to, to, i == 0 ? stride : 1, dropout))];

    // BN, ReLU, 3×3, BN, ReLU, 3×3, plus the input; if the channels change, plus a 1×1 convolution of the first ReLU instead.
    private sealed class WideBlock : LendingBlock
    {
        private readonly BatchNorm2d _norm2;
        private readonly double _dropout;
        private Conv2d _conv1, _conv2;
        private Conv2d? _shortcut;

        public WideBlock(int from, int to, int stride, double dropout)
        {
            _dropout = dropout;
            FirstNorm = Part("norm1", BatchNorm2d(from));
            _conv1 = Part("conv1", Conv2d(from, to, 3, stride, padding: 1, bias: false));
            _norm2 = Part("norm2", BatchNorm2d(to));
            _conv2 = Part("conv2", Conv2d(to, to, 3, padding: 1, bias: false));
            if (from != to)
                _shortcut = Part("shortcut", Conv2d(from, to, 1, stride, bias: false));
        }

        public BatchNorm2d FirstNorm { get; }

        public override void Borrow(LendingBlock lender)
        {
            var other = (WideBlock)lender;
            _conv1 = this.Exchange("conv1", _conv1, other._conv1);
            _conv2 = this.Exchange("conv2", _conv2, other._conv2);
            if (_shortcut is not null)
                _shortcut = this.Exchange("shortcut", _shortcut, other._shortcut!);
        }

        public override string Write(IGraphWriter graph, string input)
        {
            string active = graph.Activate(graph.Normalize(input, FirstNorm), ActivationKind.Relu);
            string inner = graph.Activate(graph.Convolve(active, _conv1, _norm2), ActivationKind.Relu);
            return graph.Add(graph.Convolve(inner, _conv2), _shortcut is null ? input : graph.Convolve(active, _shortcut));
        }

        public override BlockOutput forward(Tensor input, bool showsPreActivation)
        {
            // The scope disposes of the block's intermediate tensors.
            using var scope = NewDisposeScope();
            var before = FirstNorm.Normalize(input);
            var active = before.Activate(ActivationKind.Relu, showsPreActivation);
            var inner = _norm2.Normalize(_conv1.Convolve(active)).Activate(ActivationKind.Relu);
            if (_dropout > 0 && training)
                inner = functional.dropout(inner, _dropout, training);
            var sum = _conv2.Convolve(inner).PlusInPlace(_shortcut is null ? input : _shortcut.Convolve(active));
            return new BlockOutput(sum, showsPreActivation ? before : null).MoveToOuterDisposeScope();
        }
    }
}
