using Pupil.Core;
using Pupil.Interop.Numpy;
using Pupil.Networks;
using Pupil.Networks.Families;
using static TorchSharp.torch;

namespace Pupil.Interop.PyTorch;

/// <summary>The cause of an error: an entry is named for a file without entries.</summary>
internal sealed record FileWithoutEntries : UserErrorCause;

/// <summary>The cause of an error: weights do not fit the chosen network.</summary>
internal sealed record WeightsOfAnotherNetwork : UserErrorCause;

/// <summary>Reads weights of Pupil's networks from foreign files: PyTorch files, safetensors and NumPy's archives.</summary>
internal static class ForeignWeights
{
    /// <summary>Reads a file's weights by Pupil's names. No code in the file is executed.</summary>
    /// <param name="path">A file of <c>torch.save</c>, zip or legacy, TorchScript, a safetensors file or one of <c>numpy.savez</c>.</param>
    /// <param name="key">The entry that holds the weights in a PyTorch file; null to choose it.</param>
    /// <returns>New tensors; the dispose scope around the call owns them or, without a scope, the caller.</returns>
    /// <exception cref="UserErrorException">The file is missing, broken, or contains code.</exception>
    public static ForeignFile Read(string path, string? key = null)
    {
        string extension = Path.GetExtension(path).ToUpperInvariant();
        bool isFlat = extension is ".SAFETENSORS" or ".NPZ";
        if (isFlat && key is not null)
        {
            throw new UserErrorException($"{path}: found a {extension[1..].ToLowerInvariant()} file, which has no entry '{key}', "
                + "expected a file of torch.save; name no entry.")
            {
                Cause = new FileWithoutEntries(),
            };
        }
        var file = isFlat
            ? new ForeignFile(extension == ".NPZ" ? NumpyArchive.Read(path) : SafeTensors.Read(path).Tensors, null, [])
            : PyTorchFile.ReadWeights(path, key);
        var own = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        var names = ForeignNames.ToPupil(file.Weights.Keys);
        foreach (var (name, tensor) in file.Weights)
        {
            if (!names.TryGetValue(name, out string? ownName))
                tensor.Dispose();
            else if (!own.TryAdd(ownName, tensor))
                throw new UserErrorException($"{path}: found two tensors for '{SafeTensorsHeader.Show(ownName)}', one of them "
                    + $"'{SafeTensorsHeader.Show(name)}', expected the weights of one network.");
        }
        return file with { Weights = own };
    }

    /// <summary>Recognises the network of weights by their names and shapes; null if they fit no known network.</summary>
    /// <param name="weights">The weights by Pupil's names.</param>
    public static NetworkSpec? NetworkOf(IReadOnlyDictionary<string, Tensor> weights)
    {
        var shapes = new WeightShapes(weights.ToDictionary(entry => entry.Key, entry => entry.Value.shape, StringComparer.Ordinal));
        string? found = NetworkCatalogue.PyTorchNames.Select(family => family.ArchitectureOf(shapes))
            .FirstOrDefault(name => name is not null);
        return found is null ? null : new NetworkSpec { Architecture = found };
    }

    /// <summary>Returns weights by a network's names, which differ from Pupil's where a name depends on the size of the images.</summary>
    /// <param name="network">The network.</param>
    /// <param name="weights">The weights by Pupil's names.</param>
    public static IReadOnlyDictionary<string, Tensor> ForNetwork(Network network, IReadOnlyDictionary<string, Tensor> weights)
    {
        var names = NetworkCatalogue.PyTorchNamesOf(network.Spec);
        var known = network.State().Select(entry => entry.Key).ToHashSet(StringComparer.Ordinal);
        var given = weights.Keys.ToHashSet(StringComparer.Ordinal);
        return weights.ToDictionary(entry => names.ToNetwork(entry.Key, given, known), entry => entry.Value, StringComparer.Ordinal);
    }

    /// <summary>Loads weights into a network.</summary>
    /// <param name="network">The network.</param>
    /// <param name="weights">The weights by Pupil's names.</param>
    /// <param name="path">The file's name in messages.</param>
    /// <exception cref="UserErrorException">Weights are missing, left over or of another shape; the message lists them.</exception>
    public static void Load(Network network, IReadOnlyDictionary<string, Tensor> weights, string path)
    {
        weights = ForNetwork(network, weights);
        if (WeightMisfit.Find(network.State().ToDictionary(), weights) is { } misfit)
        {
            throw new UserErrorException($"{path}: holds no weights of {network.Spec} with {network.Classes} classes{misfit}. "
                + "Choose the network that the weights are of.")
            {
                Cause = new WeightsOfAnotherNetwork(),
            };
        }
        network.LoadState(weights, path);
    }
}
