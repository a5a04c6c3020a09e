using static TorchSharp.torch;

namespace Pupil.Interop.PyTorch;

/// <summary>The weights of a file of another program, and where in the file they were.</summary>
/// <param name="Weights">The tensors by name.</param>
/// <param name="Entry">The entry that holds them; null for the file itself.</param>
/// <param name="Others">Other entries that hold weights, such as their moving averages.</param>
internal sealed record ForeignFile(IReadOnlyDictionary<string, Tensor> Weights, string? Entry, IReadOnlyList<string> Others)
{
    /// <summary>Which of several sets of weights was read, in a clause; null where the file holds one.</summary>
    public string? Choice => Others.Count == 0 ? null
        : $"weights of {(Entry is null ? "the file itself" : $"its entry '{Entry}'")}, not of "
            + string.Join(", ", Others.Select(other => $"'{other}'"));
}
