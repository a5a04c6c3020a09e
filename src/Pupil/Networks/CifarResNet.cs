using System.Text.RegularExpressions;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Pupil.Networks;

/// <summary>
/// The residual networks for CIFAR (He et al. 2016, §4.2), ResNet-d, d = 6n+2: a 3×3 convolution to 16 channels, batch-norm, ReLU,
/// three groups of n blocks with 16, 32 and 64 channels (strides 1, 2, 2), global average, classifier. Shortcuts have no
/// parameters (option A: every second pixel, missing channels zero). Its stages are the groups' outputs after their last ReLU.
/// </summary>
public sealed partial class CifarResNet : Network
{
    private readonly PlainBlock[][] _groups;
    private readonly BatchNorm2d _norm;
    private readonly Linear _classifier;

    private CifarResNet(NetworkSpec spec, int depth, ImageShape input, int classes)
        : base(spec, input, classes, Conv2d(input.Channels, 16, 3, padding: 1, bias: false))
    {
        int blocks = (depth - 2) / 6;
        register_module("norm", _norm = BatchNorm2d(16));
        _groups = [Group(blocks, 16, 16, spec.Dropout), Group(blocks, 16, 32, spec.Dropout), Group(blocks, 32, 64, spec.Dropout)];
        for (int group = 0; group < 3; group++)
            register_module(StageNames[group], ModuleList(_groups[group]));
        register_module("classifier", _classifier = Linear(64, classes));
        Initialize();
    }

    /// <summary>The family's entry in the list of networks.</summary>
    internal static NetworkFamily Family { get; } = new("resnet-DEPTH", "depth 6n+2 (8, 14, 20, 26, 32, 38, 44, 56, 110 …)", Parse);

    /// <inheritdoc/>
    public override IReadOnlyList<string> StageNames { get; } = ["stage1", "stage2", "stage3"];

    /// <inheritdoc/>
    public override IReadOnlyList<BatchNorm2d> StageNorms => [.. _groups.Select(group => group[^1].LastNorm)];

    /// <summary>N×C×H×W images to logits, stages and embedding.</summary>
    public override NetworkOutput forward(Tensor images)
    {
        using var scope = NewDisposeScope();
        var stages = new Stage[3];
        var map = _norm.Normalize(Stem.call(images)).relu_();
        for (int group = 0; group < 3; group++)
        {
            Tensor? before = null;
            foreach (var block in _groups[group])
                (map, before) = block.call(map, ShowsPreActivations && block == _groups[group][^1]);
            stages[group] = new Stage(StageNames[group], map) { PreActivation = before };
        }
        var embedding = map.mean([2, 3]);
        return new NetworkOutput(_classifier.call(embedding), embedding, stages).MoveToOuterDisposeScope();
    }

    private static NetworkBuilder? Parse(string architecture)
    {
        var match = NamePattern().Match(architecture);
        if (!match.Success)
            return null;
        int depth = int.Parse(match.Groups[1].ValueSpan);
        bool known = depth >= 8 && depth % 6 == 2;
        return known ? (spec, input, classes) => new CifarResNet(spec, depth, input, classes) : null;
    }

    [GeneratedRegex("^resnet-([1-9][0-9]{0,3})\\z")]
    private static partial Regex NamePattern();

    private static PlainBlock[] Group(int blocks, int from, int to, double dropout) =>
        [.. Enumerable.Range(0, blocks).Select(i => new PlainBlock(i == 0 ? from : to, to, dropout))];

    // 3×3, BN, ReLU, 3×3, BN, plus the input, ReLU.
    private sealed class PlainBlock : Block
    {
        private readonly BatchNorm2d _norm1;
        private readonly Conv2d _conv1, _conv2;
        private readonly int _addedChannels;
        private readonly double _dropout;

        public PlainBlock(int from, int to, double dropout)
        {
            (_addedChannels, _dropout) = (to - from, dropout);
            _conv1 = Part("conv1", Conv2d(from, to, 3, from == to ? 1 : 2, padding: 1, bias: false));
            _norm1 = Part("norm1", BatchNorm2d(to));
            _conv2 = Part("conv2", Conv2d(to, to, 3, padding: 1, bias: false));
            LastNorm = Part("norm2", BatchNorm2d(to));
        }

        public BatchNorm2d LastNorm { get; }

        public override BlockOutput forward(Tensor input, bool showsPreActivation)
        {
            using var scope = NewDisposeScope();
            var inner = _norm1.Normalize(_conv1.call(input)).relu_();
            if (_dropout > 0 && training)
                inner = functional.dropout(inner, _dropout, training);
            var sum = LastNorm.Normalize(_conv2.call(inner)).PlusInPlace(_addedChannels == 0 ? input : Widened(input));
            return new BlockOutput(sum.Relu(showsPreActivation), showsPreActivation ? sum : null).MoveToOuterDisposeScope();
        }

        private Tensor Widened(Tensor input)
        {
            var every = TensorIndex.Slice();
            var second = TensorIndex.Slice(step: 2);
            int before = _addedChannels / 2;
            return functional.pad(input.index(every, every, second, second), [0, 0, 0, 0, before, _addedChannels - before]);
        }
    }
}
