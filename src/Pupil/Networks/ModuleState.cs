using static TorchSharp.torch;

namespace Pupil.Networks;

/// <summary>Selects the state of a module that files contain.</summary>
internal static class ModuleState
{
    /// <summary>
    /// Returns all weights and statistics by name, without the batch counts of batch-norms, which Pupil never reads. The module owns them.
    /// </summary>
    public static IEnumerable<KeyValuePair<string, Tensor>> WeightsAndStatistics(this nn.Module module) =>
        module.state_dict().Where(entry => !entry.Key.EndsWith(".num_batches_tracked", StringComparison.Ordinal));
}
