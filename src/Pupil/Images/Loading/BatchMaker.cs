using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using Pupil.Core;
using Pupil.Images.Transforms;

namespace Pupil.Images.Loading;

/// <summary>
/// Fills batches with numbers, on any thread, one batch at a time. The numbers depend on settings, epoch and step alone.
/// </summary>
/// <param name="images">The images.</param>
/// <param name="size">The number of images in a batch.</param>
/// <param name="preparation">The preparation of each image.</param>
/// <param name="mixing">The mixing of images with one another; null for none.</param>
/// <param name="seed">The seed of order and mixing; null for the order of the set, unmixed.</param>
/// <param name="sampling">The images of an epoch; without a seed, all of them.</param>
internal sealed class BatchMaker(
    ImageSubset images, int size, ImagePreparation preparation, Mixing? mixing, long? seed, Sampling sampling = Sampling.All)
{
    // The number of bytes per batch from which several threads are faster than one.
    private const long WorkForThreads = 1 << 22;

    // Above the largest number of an epoch: every pass over a class's images within an epoch has random changes of its own.
    private const int PassStride = 1 << 20;

    private readonly ConcurrentBag<PreparationBuffers> _buffers = [];
    private readonly BalancedOrder? _balanced =
        seed is long known && sampling != Sampling.All ? new BalancedOrder(images, sampling, known) : null;
    private (int Epoch, int[] Indices, int[]? Passes) _order = (-1, [], null);
    private BatchContent? _spare;

    /// <summary>The number of batches in an epoch.</summary>
    public int Steps => (images.Count + size - 1) / size;

    /// <summary>Fills a batch; it is given back after use.</summary>
    public BatchContent Make(int epoch, int step)
    {
        var content = Interlocked.Exchange(ref _spare, null) ?? new BatchContent(Math.Min(size, images.Count), preparation.Numbers);
        var (all, passes) = Order(epoch);
        var part = new Range(step * size, Math.Min((step + 1) * size, images.Count));
        var indices = all.AsMemory(part);
        content.Count = indices.Length;
        indices.CopyTo(content.Indices);
        if (images.Set.Labelling == Labelling.One)
        {
            for (int i = 0; i < indices.Length; i++)
                content.Labels[i] = images.Set.Labels[indices.Span[i]];
        }
        Prepare(epoch, indices, passes is null ? default : passes.AsMemory(part), content.Unmixed);
        Mix(epoch, step, content);
        return content;
    }

    /// <summary>Keeps the memory of a batch for the next one.</summary>
    public void Return(BatchContent content) => _spare = content;

    private (int[] Indices, int[]? Passes) Order(int epoch)
    {
        if (seed is not long known)
            return (images.Indices, null);
        if (_order.Epoch != epoch && _balanced is not null)
        {
            var (indices, passes) = _balanced.Draw(epoch);
            _order = (epoch, indices, passes);
        }
        else if (_order.Epoch != epoch)
        {
            int[] indices = [.. images.Indices];
            RandomStream.FromKey(RandomStream.Purpose.Order, known, epoch).Shuffle(indices);
            _order = (epoch, indices, null);
        }
        return (_order.Indices, _order.Passes);
    }

    private void Prepare(int epoch, ReadOnlyMemory<int> indices, ReadOnlyMemory<int> passes, Memory<float> target)
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

    private void Mix(int epoch, int step, BatchContent content)
    {
        var mixture = seed is long known ? mixing?.Draw(known, epoch, step, content.Count, preparation.Height, preparation.Width) : null;
        content.IsMixed = mixture is not null;
        mixture?.Mix(content.Unmixed.Span, content.Mixed.Span, preparation.Height, preparation.Width);
        if (mixture is null && images.Set.Labelling == Labelling.One)
            return;
        var shares = content.SoftLabels(images.Set.Classes.Count);
        (mixture ?? Mixture.None(content.Count)).Mix(images.Set.AllLabels, content.Indices.AsSpan(0, content.Count), shares);
    }
}
