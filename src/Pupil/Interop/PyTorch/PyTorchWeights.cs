using Pupil.Core;
using Pupil.Interop.Students;
using Pupil.Networks.Families;
using static TorchSharp.torch;

namespace Pupil.Interop.PyTorch;

/// <summary>Writes the weights of students for PyTorch.</summary>
internal static class PyTorchWeights
{
    /// <summary>
    /// Writes a student's weights as safetensors with PyTorch names (docs/pytorch.md). Batch counters are included, so that
    /// <c>load_state_dict</c> finds every key.
    /// </summary>
    /// <param name="path">The file to write.</param>
    /// <param name="student">The student file to read.</param>
    /// <returns>The number of written tensors.</returns>
    /// <exception cref="UserErrorException">The student file is broken or holds NaN or infinity, or the file cannot be written.</exception>
    public static int Write(string path, string student)
    {
        using var scope = NewDisposeScope();
        var (network, card) = StudentFile.Read(student, CPU);
        using var owned = network;
        string architecture = card.Network.Architecture;
        var state = network.State().ToDictionary();
        if (state.FirstOrDefault(entry => !entry.Value.isfinite().all().item<bool>()).Key is string broken)
        {
            throw new UserErrorException($"{student}: found NaN or infinite numbers in tensor '{broken}', expected a network whose "
                + "training had a finite loss.");
        }
        var names = NetworkCatalogue.PyTorchNamesOf(card.Network);
        var own = state.Keys.ToHashSet(StringComparer.Ordinal);
        var tensors = state.ToDictionary(entry => PyTorchName(entry.Key), entry => entry.Value, StringComparer.Ordinal);
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

        string PyTorchName(string name) => names.ToPyTorch(names.FromNetwork(name, own));

        static string Numbers(double[] values) =>
            string.Join(' ', values.Select(value => value.ToString("R", System.Globalization.CultureInfo.InvariantCulture)));
    }
}
