using Pupil.Networks;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Pupil.Tests.Distillation;

/// <summary>A network that has nothing but stages of given sizes, or says what it is told to.</summary>
internal sealed class Sketch : ConvolutionalNetwork
{
    private readonly Func<long, NetworkOutput> _answer;
    private readonly int _stages;

    /// <summary>Zeros, fresh ones for every question.</summary>
    public Sketch(params (int Channels, int Side)[] stages) : this(stages.Length, images => new(zeros(images, 10), zeros(images, 4),
        [.. stages.Select((stage, i) => Feature.OfMap($"stage{i + 1}", zeros(images, stage.Channels, stage.Side, stage.Side)))]))
    { }

    /// <summary>Always the same.</summary>
    public Sketch(NetworkOutput answer) : this(answer.Stages.Count, _ => answer) { }

    private Sketch(int stages, Func<long, NetworkOutput> answer) : base(new NetworkSpec { Architecture = "sketch" }, FirstStep.Shape, 10, nn.Conv2d(3, 16, 3)) =>
        (_stages, _answer) = (stages, answer);

    /// <summary>How often it was asked.</summary>
    public int Asked { get; private set; }

    public override IReadOnlyList<string> StageNames => [.. Enumerable.Range(1, _stages).Select(i => $"stage{i}")];

    public override IReadOnlyList<BatchNorm2d> StageNorms => [];

    internal override WrittenNetwork Write(IGraphWriter graph, string images) => throw new NotSupportedException();

    public override NetworkOutput forward(Tensor images)
    {
        Asked++;
        return _answer(images.shape[0]);
    }

    /// <summary>An answer of one stage.</summary>
    public static NetworkOutput Saying(Tensor? map = null, Tensor? embedding = null) =>
        new(zeros(1, 10), embedding ?? zeros(1, 4), [Feature.OfMap("stage1", map ?? zeros(1, 3, 2, 2))]);
}
