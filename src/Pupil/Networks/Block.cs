using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Pupil.Networks;

/// <summary>What a block made of its input.</summary>
/// <param name="Map">Its output, N×C×H×W.</param>
/// <param name="PreActivation">If it was asked for and there is such a ReLU, the value before the ReLU whose input a stage shows.</param>
internal readonly record struct BlockOutput(Tensor Map, Tensor? PreActivation)
{
    /// <summary>Hands the tensors to the dispose scope outside of the present one.</summary>
    public BlockOutput MoveToOuterDisposeScope()
    {
        Map.MoveToOuterDisposeScope();
        PreActivation?.MoveToOuterDisposeScope();
        return this;
    }
}

/// <summary>
/// A part of a network that is repeated. It is asked with the map, and whether the value before the stage's ReLU is to be seen: ReLU works
/// in place where it is not. (Batch-norm's backward pass does not read its own output, so nothing is lost.)
/// </summary>
internal abstract class Block() : Module<Tensor, bool, BlockOutput>("block")
{
    /// <summary>The batch-norm that describes the pre-activation of a stage that this block ends, or null if none does.</summary>
    public virtual BatchNorm2d? LastNorm => null;

    /// <summary>Takes down what it computes in evaluation; see <see cref="Network.Write"/>.</summary>
    public abstract string Write(IGraphWriter graph, string input);

    /// <summary>What it makes of a map, when nobody wants to see more.</summary>
    public Tensor MapOf(Tensor input) => call(input, false).Map;

    // Everything is registered by Part; TorchSharp would register it again under the fields' names.
    protected sealed override void RegisterComponents() { }

    /// <summary>Registers a part under its name.</summary>
    protected T Part<T>(string name, T part) where T : Module
    {
        register_module(name, part);
        return part;
    }
}

/// <summary>A block that can use another's convolutions in place of its own.</summary>
internal abstract class LendingBlock : Block
{
    /// <summary>Uses the convolutions of another block of the same form; its own are disposed of. Its batch-norms stay.</summary>
    public abstract void Borrow(LendingBlock lender);
}

/// <summary>ReLU that can leave its input as it was.</summary>
internal static class Activation
{
    /// <summary>ReLU, in place unless the input is still to be seen. The numbers are the same.</summary>
    public static Tensor Relu(this Tensor input, bool keepsInput) => keepsInput ? input.relu() : input.relu_();
}
