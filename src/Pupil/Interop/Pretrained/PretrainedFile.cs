using Pupil.Core;
using Pupil.Interop.PyTorch;
using Pupil.Interop.Students;
using Pupil.Networks;
using Pupil.Networks.Families;
using static TorchSharp.torch;

namespace Pupil.Interop.Pretrained;

/// <summary>Trained weights from a file: a student file, a PyTorch file, or safetensors with PyTorch's names.</summary>
/// <param name="Path">The file.</param>
/// <param name="Weights">The weights by Pupil's names.</param>
/// <param name="Card">The metadata of a student file; null for another file.</param>
internal sealed record PretrainedFile(string Path, IReadOnlyDictionary<string, Tensor> Weights, StudentCard? Card)
{
    /// <summary>The network of the weights; null if they fit no known network.</summary>
    public NetworkSpec? Network => Card?.Network ?? ForeignWeights.NetworkOf(Weights);

    /// <summary>Which of several sets of weights in the file was read, in a clause; null where it holds one.</summary>
    public string? Choice { get; private init; }

    /// <summary>K, the number of classes; null without a classifier.</summary>
    public int? Classes => Weights.TryGetValue($"{NetworkOutline.Classifier}.weight", out var weight) && weight.shape is [var count, _]
        ? (int)count : null;

    /// <summary>Reads a file. No code in the file is executed.</summary>
    /// <param name="path">The file.</param>
    /// <returns>New tensors; the dispose scope around the call owns them or, without a scope, the caller.</returns>
    /// <exception cref="UserErrorException">The file is missing, broken, contains code, or is of another kind.</exception>
    public static PretrainedFile Read(string path)
    {
        CheckKind(path);
        if (!IsStudent(path))
        {
            var file = ForeignWeights.Read(path);
            return new PretrainedFile(path, file.Weights, null) { Choice = file.Choice };
        }
        var card = StudentFile.ReadCard(path);
        var names = NetworkCatalogue.PyTorchNamesOf(card.Network);
        var tensors = SafeTensors.Read(path).Tensors;
        var own = tensors.Keys.ToHashSet(StringComparer.Ordinal);
        return new PretrainedFile(
            path, tensors.ToDictionary(entry => names.FromNetwork(entry.Key, own), entry => entry.Value, StringComparer.Ordinal), card);
    }

    /// <summary>Returns the digest of a file's content: SHA-256.</summary>
    /// <exception cref="UserErrorException">The file is missing, or cannot be read.</exception>
    public static string HashOf(string path)
    {
        CheckKind(path);
        try
        {
            return Hash.OfFile(path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"{path}: cannot be read ({failure.Message.TrimEnd('.')}), expected a file of weights; check the "
                + "path.", failure);
        }
    }

    /// <summary>Recognises the network of a file's weights; null if they fit no known network.</summary>
    /// <exception cref="UserErrorException">The file is missing, broken, contains code, or is of another kind.</exception>
    public static NetworkSpec? NetworkOf(string path)
    {
        using var scope = NewDisposeScope();
        return Read(path).Network;
    }

    private static void CheckKind(string path)
    {
        if (Directory.Exists(path))
            throw new UserErrorException($"{path}: found a folder, expected a file of weights; name a file in it.");
        if (System.IO.Path.GetExtension(path).Equals(".onnx", StringComparison.OrdinalIgnoreCase))
        {
            throw new UserErrorException($"{path}: found an ONNX model, expected a student file, a PyTorch file or safetensors: a training "
                + "cannot start from an ONNX model, but an expert can be one (expert.file).");
        }
    }

    private static bool IsStudent(string path) =>
        System.IO.Path.GetExtension(path).Equals(".safetensors", StringComparison.OrdinalIgnoreCase)
        && StudentFile.IsOne(SafeTensors.ReadMetadata(path));
}
