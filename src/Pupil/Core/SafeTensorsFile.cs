using static TorchSharp.torch;

namespace Pupil.Core;

/// <summary>The content of a safetensors file; owns the tensors.</summary>
/// <param name="Tensors">The tensors by name, on the CPU, contiguous, in the order of their values in the file.</param>
/// <param name="Metadata">The texts beside the tensors; empty where the file has none.</param>
internal sealed record SafeTensorsFile(IReadOnlyDictionary<string, Tensor> Tensors, IReadOnlyDictionary<string, string> Metadata)
    : IDisposable
{
    /// <summary>Disposes all tensors.</summary>
    public void Dispose()
    {
        foreach (Tensor tensor in Tensors.Values) tensor.Dispose();
    }
}
