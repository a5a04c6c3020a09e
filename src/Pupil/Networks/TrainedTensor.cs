using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Pupil.Networks;

/// <summary>Trained numbers that are added to an input, as a module of their own.</summary>
internal sealed class TrainedTensor : Module
{
    /// <summary>Takes over a tensor.</summary>
    /// <param name="start">The initial numbers.</param>
    public TrainedTensor(Tensor start) : base("trained")
    {
        var weight = new Parameter(start);
        weight.DetachFromDisposeScope();
        register_parameter("weight", weight);
    }

    /// <summary>The numbers. Moving the module to another device makes a new parameter.</summary>
    public Parameter Weight => get_parameter("weight")!;

    protected override void RegisterComponents() { }
}
