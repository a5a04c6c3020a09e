namespace Pupil.Images;

/// <summary>Batches by epoch and step: a set in memory, a stream, a shard of either, or a union of two sources. For one thread.</summary>
public interface IBatchSource
{
    /// <summary>The number of batches in an epoch.</summary>
    int Steps { get; }

    /// <summary>Returns the batch of a step, which depends on epoch and step alone; the caller disposes of it.</summary>
    /// <param name="epoch">The epoch, from 1.</param>
    /// <param name="step">The step, 0 … <see cref="Steps"/> − 1.</param>
    Batch Get(int epoch, int step);
}
