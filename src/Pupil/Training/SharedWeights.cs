using System.IO.Hashing;
using Pupil.Processes;
using static TorchSharp.torch;

namespace Pupil.Training;

/// <summary>
/// Compares the weights of processes that compute one training. They compute the same sums in the same order, so their weights stay the
/// same bit for bit.
/// </summary>
internal static class SharedWeights
{
    /// <summary>Checks that all processes have the same weights, by a hash of them.</summary>
    /// <param name="processes">The processes; one alone computes no hash.</param>
    /// <param name="tensors">Returns all tensors of the training by their names.</param>
    /// <param name="place">The place in the training, for the message.</param>
    /// <exception cref="UserErrorException">A process has others.</exception>
    public static void RequireEqual(IProcessGroup processes, Func<IEnumerable<KeyValuePair<string, Tensor>>> tensors, string place)
    {
        if (processes.Size == 1)
            return;
        var hash = new XxHash128();
        foreach (var (_, tensor) in tensors().OrderBy(entry => entry.Key, StringComparer.Ordinal))
        {
            using var scope = NewDisposeScope();
            hash.Append(tensor.detach().cpu().contiguous().bytes);
        }
        processes.RequireEqual(Convert.ToHexStringLower(hash.GetCurrentHash()), (rank, _, _) =>
            $"{place}: the weights of process {rank} differ from those of process 0. Processors of different kinds, and different numbers "
            + "of threads, may round differently outside of the sums; use machines of one kind and --threads, or report this as a defect.");
    }
}
