using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using Pupil.Images.Transforms;

namespace Pupil.Images.Loading;

/// <summary>Prepares the images of batches at one size, on any thread.</summary>
/// <param name="preparation">The preparation of each image.</param>
internal sealed class ViewMaker(ImagePreparation preparation)
{
    // The number of bytes per batch from which several threads are faster than one.
    private const long WorkForThreads = 1 << 22;

    // Above the largest number of an epoch: every pass over a class's images within an epoch has random changes of its own.
    private const int PassStride = 1 << 20;

    private readonly ConcurrentBag<PreparationBuffers> _buffers = [];

    /// <summary>The preparation of each image.</summary>
    public ImagePreparation Preparation => preparation;

    /// <summary>Prepares the images of a batch.</summary>
    /// <param name="epoch">The epoch, from 1.</param>
    /// <param name="indices">The indices of the N images in the set.</param>
    /// <param name="passes">The pass over its class that each image belongs to; empty for the first.</param>
    /// <param name="target">Receives N×H×W×C numbers.</param>
    public void Prepare(int epoch, ReadOnlyMemory<int> indices, ReadOnlyMemory<int> passes, Memory<float> target)
    {
        if (indices.Length * preparation.Work < WorkForThreads)
        {
            Part(0, indices.Length);
            return;
        }
        try
        {
            int length = Math.Max(1, indices.Length / (4 * Environment.ProcessorCount));
            Parallel.ForEach(Partitioner.Create(0, indices.Length, length), range => Part(range.Item1, range.Item2));
        }
        catch (AggregateException errors)
        {
            ExceptionDispatchInfo.Throw(errors.InnerExceptions[0]);
        }

        void Part(int start, int end)
        {
            if (!_buffers.TryTake(out var buffers))
                buffers = preparation.CreateBuffers();
            for (int i = start; i < end; i++)
            {
                int change = passes.IsEmpty ? epoch : epoch + passes.Span[i] * PassStride;
                preparation.Write(change, indices.Span[i], target.Span.Slice(i * preparation.Numbers, preparation.Numbers), buffers);
            }
            _buffers.Add(buffers);
        }
    }
}
