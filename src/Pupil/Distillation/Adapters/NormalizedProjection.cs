using Pupil.Distillation.Equations;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Pupil.Distillation.Adapters;

/// <summary>A linear layer whose outputs are scaled to length 1.</summary>
internal sealed class NormalizedProjection : Module<Tensor, Tensor>
{
    private readonly Linear _linear;

    /// <summary>Initialises the layer from torch's random state.</summary>
    /// <param name="from">D, the width of the input.</param>
    /// <param name="to">D', the width of the output.</param>
    public NormalizedProjection(int from, int to) : base("projection") => register_module("linear", _linear = Linear(from, to));

    /// <summary>N×D to N×D'. A zero vector stays zero, and gets no gradient.</summary>
    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        return UnitVectors.FromRows(_linear.call(input)).MoveToOuterDisposeScope();
    }

    // The constructor registers the modules under the names that checkpoints contain.
    protected override void RegisterComponents() { }
}
