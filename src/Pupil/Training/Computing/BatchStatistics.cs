using System.ComponentModel;

namespace Pupil.Training.Computing;

/// <summary>The images whose statistics batch-norms use in training where several processes compute a batch.</summary>
public enum BatchStatistics
{
    /// <summary>All images of the batch, over all processes, as PyTorch's <c>SyncBatchNorm</c>.</summary>
    [Description("all images of the batch, over all processes; results do not depend on the number of processes")]
    Whole,

    /// <summary>
    /// The images that the process computes, which takes fewer messages. The running statistics are averaged over the processes after
    /// each epoch.
    /// </summary>
    [Description("the images that a process computes, with fewer messages; the running statistics are averaged after each epoch")]
    Local,
}
