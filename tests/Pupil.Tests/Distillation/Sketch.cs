using Pupil.Networks;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Pupil.Tests.Distillation;

/// <summary>A network that has only stages of given sizes, or returns a given output.</summary>
internal sealed class Sketch : ConvolutionalNetwork
{
    private readonly Func<long, NetworkOutput> _forward;
    private readonly int _stages;

    /// <summary>Returns new zeros for each input.</summary>
    public Sketch(params (int Channels, int Side)[] stages) : this(stages.Length, images => new(zeros(images, 10), zeros(images, 4),
        [.. stages.Select((stage, i) => Feature.OfMap($"stage{i + 1}", zeros(images, stage.Channels, stage.Side, stage.Side)))]))
    { }

    /// <summary>Returns the same output for each input.</summary>
    public Sketch(NetworkOutput output) : this(output.Stages.Count, _ => output) { }

    private Sketch(int stages, Func<long, NetworkOutput> forward)
        : base(new NetworkSpec { Architecture = "sketch" }, FirstStep.Shape, 10, nn.Conv2d(3, 16, 3)) =>
        (_stages, _forward, UsesModules) = (stages, forward, true);

    /// <summary>The number of forward passes.</summary>
    public int ForwardPasses { get; private set; }

    public override IReadOnlyList<string> StageNames => [.. Enumerable.Range(1, _stages).Select(i => $"stage{i}")];

    public override IReadOnlyList<BatchNorm2d> StageNorms => [];

    internal override WrittenNetwork Write(IGraphWriter graph, string images) => throw new NotSupportedException();

    private protected override NetworkOutput ByModules(Tensor images)
    {
        ForwardPasses++;
        return _forward(images.shape[0]);
    }

    /// <summary>An output of one stage.</summary>
    public static NetworkOutput Output(Tensor? map = null, Tensor? embedding = null) =>
        new(zeros(1, 10), embedding ?? zeros(1, 4), [Feature.OfMap("stage1", map ?? zeros(1, 3, 2, 2))]);
}
