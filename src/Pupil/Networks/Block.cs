using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Pupil.Networks;

/// <summary>The output of a block.</summary>
/// <param name="Map">The map, N×C×H×W.</param>
/// <param name="PreActivation">The input of the ReLU whose input is the stage's pre-activation; null if not needed or without ReLU.</param>
internal readonly record struct BlockOutput(Tensor Map, Tensor? PreActivation)
{
    /// <summary>Moves the tensors to the dispose scope outside the current one.</summary>
    public BlockOutput MoveToOuterDisposeScope()
    {
        Map.MoveToOuterDisposeScope();
        PreActivation?.MoveToOuterDisposeScope();
        return this;
    }
}

/// <summary>
/// A repeated part of a network. Its inputs are the map and whether to return the input of the stage's last ReLU. If not, ReLU works in
/// place: the backward pass of batch-norm does not read its own output.
/// </summary>
internal abstract class Block() : Module<Tensor, bool, BlockOutput>("block")
{
    /// <summary>The batch-norm of the pre-activation of a stage that ends with this block, or null without one.</summary>
    public virtual BatchNorm2d? LastNorm => null;

    /// <summary>Writes the operations of its evaluation to a graph; see <see cref="Network.Write"/>.</summary>
    public abstract string Write(IGraphWriter graph, string input);

    /// <summary>Computes the map alone.</summary>
    public Tensor MapOf(Tensor input) => call(input, false).Map;

    // Part registers everything; TorchSharp would register it again under the fields' names.
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
    /// <summary>Uses the convolutions of another block of the same form, and disposes of its own. Batch-norms stay its own.</summary>
    public abstract void Borrow(LendingBlock lender);
}
