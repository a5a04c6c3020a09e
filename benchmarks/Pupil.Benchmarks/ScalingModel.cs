namespace Pupil.Benchmarks;

/// <summary>
/// Predicts the time of a step by several nodes from the time of computing it, and from the number and bytes of its sums. Computing is
/// taken to be proportional to the images, and no sum to be hidden behind computing: the second makes the prediction a cautious one.
/// </summary>
/// <param name="SecondsPerImage">The computing of a node for one image.</param>
/// <param name="SmallSums">The number of sums of a step whose time is that of their messages: those of batch-norms.</param>
/// <param name="Bytes">The bytes of all sums of a step.</param>
internal sealed record ScalingModel(double SecondsPerImage, double SmallSums, double Bytes)
{
    /// <summary>Returns the seconds of a step.</summary>
    /// <param name="nodes">The nodes, each with one process.</param>
    /// <param name="imagesEach">The images of each node.</param>
    /// <param name="latency">The seconds of a message without content.</param>
    /// <param name="bandwidth">The bytes that a node sends in a second.</param>
    public double Seconds(int nodes, double imagesEach, double latency, double bandwidth) =>
        SecondsPerImage * imagesEach
        + 2 * SmallSums * Rounds(nodes) * latency + Copies(nodes) * Bytes / bandwidth;

    /// <summary>
    /// Returns how often a sum's bytes pass a node's link one after the other, as Open MPI computes sums in the background: of two or three
    /// nodes up a tree and down again, of more around a ring.
    /// </summary>
    public static double Copies(int nodes) => nodes < 4 ? 2 * Rounds(nodes) : 2.0 * (nodes - 1) / nodes;

    /// <summary>Returns the share of the nodes' time that goes into computing, 0…1.</summary>
    public double Efficiency(int nodes, double imagesEach, double latency, double bandwidth) =>
        SecondsPerImage * imagesEach / Seconds(nodes, imagesEach, latency, bandwidth);

    // The height of a tree of them. A small sum goes up and down.
    private static double Rounds(int nodes) => Math.Ceiling(Math.Log2(nodes));
}
