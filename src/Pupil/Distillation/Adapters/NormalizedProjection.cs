using Pupil.Distillation.Equations;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Pupil.Distillation.Adapters;

/// <summary>A linear map to vectors of length 1.</summary>
internal sealed class NormalizedProjection : Module<Tensor, Tensor>
{
    private readonly Linear _linear;

    /// <summary>Starting weights come from torch's random state.</summary>
    /// <param name="from">Numbers that come in.</param>
    /// <param name="to">Numbers that go out.</param>
    public NormalizedProjection(int from, int to) : base("projection") => register_module("linear", _linear = Linear(from, to));

    /// <summary>N×D to N×D'; zero stays zero, and gets no gradient.</summary>
    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        return UnitVectors.Of(_linear.call(input)).MoveToOuterDisposeScope();
    }

    // Registered above, under the names that checkpoints keep.
    protected override void RegisterComponents() { }
}
