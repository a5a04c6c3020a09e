namespace Pupil.Images;

/// <summary>Batches by epoch and step: a set in memory, a stream, a shard of either, or a union of two sources. Used by one thread.</summary>
public interface IBatchSource
{
    /// <summary>The number of batches in an epoch.</summary>
    int Steps { get; }

    /// <summary>The batch at a place, which the caller disposes; a function of the place alone.</summary>
    /// <param name="epoch">1, 2, 3 …</param>
    /// <param name="step">0 … <see cref="Steps"/> − 1.</param>
    Batch Get(int epoch, int step);
}
