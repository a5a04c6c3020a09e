using static TorchSharp.torch;

namespace Pupil.Training;

/// <summary>Copies of the tensors of a training before its first step, for a restart.</summary>
internal sealed class InitialTensors : IDisposable
{
    private readonly List<(Tensor Live, Tensor Copy)> _tensors;

    /// <summary>Copies the tensors.</summary>
    public InitialTensors(IEnumerable<Tensor> tensors)
    {
        using var noGradient = no_grad();
        _tensors = [.. tensors.Select(live => (live, live.clone().DetachFromDisposeScope()))];
    }

    /// <summary>Gives the tensors their first values.</summary>
    public void Restore()
    {
        using var noGradient = no_grad();
        foreach (var (live, copy) in _tensors)
            live.copy_(copy);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var (_, copy) in _tensors)
            copy.Dispose();
    }
}
