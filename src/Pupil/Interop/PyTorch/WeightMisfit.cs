using Pupil.Core;
using static TorchSharp.torch;

namespace Pupil.Interop.PyTorch;

/// <summary>Lists the tensors in which weights differ from those of a network.</summary>
internal sealed class WeightMisfit
{
    private const int MostShown = 6;

    private readonly string[] _missing, _left, _other;

    private WeightMisfit(IReadOnlyDictionary<string, Tensor> own, IReadOnlyDictionary<string, Tensor> weights)
    {
        _missing = [.. own.Keys.Where(name => !weights.ContainsKey(name))];
        _left = [.. weights.Keys.Where(name => !own.ContainsKey(name))];
        _other =
        [
            .. own.Where(entry => weights.TryGetValue(entry.Key, out var found) && !found.shape.SequenceEqual(entry.Value.shape))
                .Select(entry => $"{entry.Key} {Sizes(weights[entry.Key])} instead of {Sizes(entry.Value)}"),
        ];
    }

    /// <summary>Returns the differences; null if all names and shapes are equal.</summary>
    /// <param name="own">The tensors of the network.</param>
    /// <param name="weights">The weights by the network's names.</param>
    public static WeightMisfit? Find(IReadOnlyDictionary<string, Tensor> own, IReadOnlyDictionary<string, Tensor> weights) =>
        new WeightMisfit(own, weights) is { IsEmpty: false } misfit ? misfit : null;

    private bool IsEmpty => _missing.Length + _left.Length + _other.Length == 0;

    /// <summary>Returns the differences for the middle of a message; it starts with a semicolon.</summary>
    public override string ToString() =>
        $"{Listed("; missing", _missing)}{Listed("; left over", _left)}{Listed("; of another shape", _other)}";

    private static string Listed(string title, string[] names) =>
        names.Length == 0 ? "" : $"{title}: {string.Join(", ", names.Take(MostShown).Select(SafeTensorsHeader.Show))}"
            + (names.Length > MostShown ? $" … ({names.Length} in all)" : "");

    private static string Sizes(Tensor tensor) => $"[{string.Join(", ", tensor.shape)}]";
}
