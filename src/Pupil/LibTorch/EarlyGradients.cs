using static TorchSharp.torch;

namespace Pupil.LibTorch;

/// <summary>Takes gradients of parameters while the backward pass that computes them goes on.</summary>
internal interface IGradientReceiver
{
    /// <summary>Offers a part of a parameter's gradient.</summary>
    /// <param name="parameter">The parameter.</param>
    /// <param name="gradient">The part, which the receiver copies.</param>
    /// <returns>Whether the receiver adds it; if not, the caller does.</returns>
    bool Take(Tensor parameter, Tensor gradient);
}

/// <summary>Gives gradients to a receiver as soon as they are complete, so that it can use them beside the rest of the backward pass.</summary>
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

    /// <summary>Offers the gradients that libtorch has added to parameters; those that are taken are zero then.</summary>
    /// <param name="receiver">The receiver.</param>
    /// <param name="parameters">The parameters; those without a gradient are left out.</param>
    public static void Take(this IGradientReceiver receiver, IEnumerable<Tensor> parameters)
    {
        foreach (var parameter in parameters)
        {
            if (parameter.grad is { } gradient && receiver.Take(parameter, gradient))
                gradient.zero_();
        }
    }

    /// <summary>
    /// Marks the input of modules: when a backward pass reaches it, their gradients are complete, and the receiver takes them.
    /// </summary>
    /// <param name="modules">The modules, which compute from the input alone.</param>
    /// <param name="input">Their input.</param>
    /// <returns>The input for the modules; itself if no receiver is there.</returns>
    public static Tensor Before(IEnumerable<nn.Module> modules, Tensor input) =>
        _receiver is null || !input.requires_grad || !is_grad_enabled() ? input
            : GraphNode.Attach(new Mark([.. modules.SelectMany(module => module.parameters())]), [input], [input.detach()])[0];

    private sealed class End : IDisposable
    {
        public void Dispose() => _receiver = null;
    }

    // libtorch adds the gradients of parameters before it goes on to nodes that were made earlier.
    private sealed class Mark(IReadOnlyList<Tensor> parameters) : IGraphFunction
    {
        public IReadOnlyList<Tensor?> Gradients(IReadOnlyList<Tensor?> outputGradients)
        {
            _receiver?.Take(parameters);
            return [outputGradients[0]?.alias()];
        }

        public void Release()
        {
        }
    }
}
