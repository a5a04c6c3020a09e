using static TorchSharp.torch;

namespace Pupil.Core;

/// <summary>What a safetensors file holds. Disposing it disposes the tensors.</summary>
/// <param name="Tensors">The tensors by name, on the CPU, contiguous, in the file's order of their values.</param>
/// <param name="Metadata">The texts that the file carries beside them; empty where there are none.</param>
public sealed record SafeTensorsFile(IReadOnlyDictionary<string, Tensor> Tensors, IReadOnlyDictionary<string, string> Metadata)
    : IDisposable
{
    /// <summary>Disposes the tensors.</summary>
    public void Dispose()
    {
        foreach (Tensor tensor in Tensors.Values) tensor.Dispose();
    }
}
