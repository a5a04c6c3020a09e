using static TorchSharp.torch;

namespace Pupil.Networks;

/// <summary>What of a module is worth keeping.</summary>
internal static class ModuleState
{
    /// <summary>All weights and statistics by name, but for batch-norm's counts of batches, which nothing reads; they stay the module's own.</summary>
    public static IEnumerable<KeyValuePair<string, Tensor>> WeightsAndStatistics(this nn.Module module) =>
        module.state_dict().Where(entry => !entry.Key.EndsWith(".num_batches_tracked", StringComparison.Ordinal));
}
