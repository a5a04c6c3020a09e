using Pupil.Core;
using Pupil.Interop.Students;
using static TorchSharp.torch;

namespace Pupil.Interop.PyTorch;

/// <summary>Students' weights for PyTorch.</summary>
public static class PyTorchWeights
{
    /// <summary>
    /// Writes a student's weights as safetensors with the names that a PyTorch user expects (docs/pytorch.md), counters of batches included, so that
    /// <c>load_state_dict</c> finds all it looks for.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="student">The student file.</param>
    /// <returns>How many tensors were written.</returns>
    /// <exception cref="UserErrorException">The student file is broken or holds what is no number, or the file cannot be written.</exception>
    public static int Write(string path, string student)
    {
        using var scope = NewDisposeScope();
        var (network, card) = StudentFile.Read(student, CPU);
        using var owned = network;
        string architecture = card.Network.Architecture;
        var state = network.State().ToDictionary();
        if (state.FirstOrDefault(entry => !entry.Value.isfinite().all().item<bool>()).Key is string broken)
            throw new UserErrorException($"{student}: tensor '{broken}' holds what is no number (NaN or infinite); expected a network that was trained without a non-finite loss.");
        bool isMoved = architecture.StartsWith("vgg-", StringComparison.Ordinal) && !state.ContainsKey(ForeignWeights.LastStageStart);
        var tensors = state.ToDictionary(entry => ForeignNames.TheirsOf(isMoved ? ForeignNames.WithLastStageMoved(entry.Key, -1) : entry.Key, architecture), entry => entry.Value, StringComparer.Ordinal);
        foreach (string name in tensors.Keys.Where(name => name.EndsWith(".running_var", StringComparison.Ordinal)).ToList())
            tensors.Add($"{name[..^"running_var".Length]}num_batches_tracked", tensor(0L));
        SafeTensors.Write(path, tensors, new Dictionary<string, string>
        {
            ["format"] = "pt",
            ["network"] = architecture,
            ["classes"] = string.Join('\n', card.Classes),
            ["mean"] = Numbers(card.Normalization.Mean),
            ["deviation"] = Numbers(card.Normalization.Deviation),
        });
        return tensors.Count;

        static string Numbers(double[] values) => string.Join(' ', values.Select(value => value.ToString("R", System.Globalization.CultureInfo.InvariantCulture)));
    }
}
