using static TorchSharp.torch;

namespace Pupil.LibTorch;

/// <summary>Takes gradients of parameters while the backward pass that computes them goes on.</summary>
internal interface IGradientReceiver
{
    /// <summary>Takes the gradient of a parameter, which has none then.</summary>
    /// <param name="parameter">The parameter, with what libtorch has added to its gradient.</param>
    /// <param name="computed">A part that is computed now, which the receiver copies; null: none.</param>
    void Take(Tensor parameter, Tensor? computed = null);
}

/// <summary>Gives gradients to a receiver as soon as they are complete, while the rest of the backward pass is computed.</summary>
internal static class EarlyGradients
{
    [ThreadStatic]
    private static IGradientReceiver? _receiver;

    /// <summary>The receiver of this thread's forward and backward passes; null for none.</summary>
    public static IGradientReceiver? Receiver => _receiver;

    /// <summary>Gives the gradients of this thread's passes to a receiver, until disposed.</summary>
    public static IDisposable Use(IGradientReceiver receiver)
    {
        _receiver = receiver;
        return new End();
    }

    /// <summary>Gives the gradients that libtorch has added to parameters.</summary>
    /// <param name="receiver">The receiver.</param>
    /// <param name="parameters">The parameters; those without a gradient are left out.</param>
    public static void Take(this IGradientReceiver receiver, IEnumerable<Tensor> parameters)
    {
        foreach (var parameter in parameters.Where(parameter => parameter.grad is not null))
            receiver.Take(parameter);
    }

    /// <summary>
    /// Marks the input of modules: when a backward pass reaches it, their gradients are complete, and the receiver takes them.
    /// </summary>
    /// <param name="modules">The modules, which compute from the input alone.</param>
    /// <param name="input">Their input.</param>
    /// <returns>The input for the modules; itself if no receiver is there.</returns>
    public static Tensor Before(IEnumerable<nn.Module> modules, Tensor input) =>
        _receiver is not { } receiver || !input.requires_grad || !is_grad_enabled() ? input : GraphNode.Attach(
            new Mark(receiver, [.. modules.SelectMany(module => module.parameters())]), [input], [input.detach()])[0];

    private sealed class End : IDisposable
    {
        public void Dispose() => _receiver = null;
    }

    // libtorch adds the gradients of parameters before it goes on to nodes that were made earlier. On a GPU, a thread of its own does so.
    private sealed class Mark(IGradientReceiver receiver, IReadOnlyList<Tensor> parameters) : IGraphFunction
    {
        public IReadOnlyList<Tensor?> Gradients(IReadOnlyList<Tensor?> outputGradients)
        {
            receiver.Take(parameters);
            return [outputGradients[0]?.alias()];
        }

        public void Release()
        {
        }
    }
}
