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
/// <param name="share">The part of each batch that is filled; batches that are mixed are filled as a whole.</param>
internal sealed class BatchMaker(ImageSubset images, int size, ImagePreparation preparation, Mixing? mixing, long? seed, Sampling sampling,
    BatchShare share)
{
    private readonly ViewMaker _main = new(preparation);
    private readonly BalancedOrder? _balanced =
        seed is long known && sampling != Sampling.All ? new BalancedOrder(images, sampling, known) : null;
    private (int Epoch, int[] Indices, int[]? Passes) _order = (-1, [], null);
    private readonly ReadingAhead? _reading = images.Set.Blocks is { } blocks ? new ReadingAhead(images, blocks) : null;
    private IReadOnlyList<(ImageView View, ViewMaker Maker)> _views = [];
    private BatchContent? _spare;

    /// <summary>The number of batches in an epoch.</summary>
    public int Steps => (images.Count + size - 1) / size;

    /// <summary>Fills a batch; it is given back after use.</summary>
    public BatchContent Make(int epoch, int step)
    {
        var content = Interlocked.Exchange(ref _spare, null) ?? new BatchContent(Math.Min(size, images.Count), preparation.Numbers);
        var (all, passes) = Order(epoch);
        int start = step * size, whole = Math.Min(start + size, images.Count) - start;
        var (first, count) = share.Of(whole);
        _reading?.Before(all, start);
        var part = new Range(start + first, start + first + count);
        var indices = all.AsMemory(part);
        (content.Whole, content.First) = (all.AsMemory(start, whole), first);
        content.Count = indices.Length;
        indices.CopyTo(content.Indices);
        if (images.Set.Labelling == Labelling.One)
        {
            for (int i = 0; i < indices.Length; i++)
                content.Labels[i] = images.Set.Labels[indices.Span[i]];
        }
        content.Passes = passes is null ? default : passes.AsMemory(part);
        _main.Prepare(epoch, indices, content.Passes, content.Unmixed);
        Mix(epoch, step, content);
        var views = _views;
        foreach (var (view, maker) in views)
            Fill(view, content.View(view, maker.Preparation.Numbers), maker, epoch, indices, content.Passes, content.Mixture);
        content.Views = [.. views.Select(known => known.View)];
        return content;
    }

    /// <summary>
    /// Makes the images of a batch at another size. Batches that are made from then on include them, until they are not read.
    /// </summary>
    /// <param name="view">The size.</param>
    /// <param name="prepare">Creates the preparation of each image, for a size that is new.</param>
    /// <param name="epoch">The epoch of the batch.</param>
    /// <param name="indices">The indices of its N images in the set.</param>
    /// <param name="passes">See <see cref="BatchContent.Passes"/>.</param>
    /// <param name="mixture">See <see cref="BatchContent.Mixture"/>.</param>
    /// <returns>N×H×W×C numbers.</returns>
    public ReadOnlyMemory<float> MakeView(ImageView view, Func<ImagePreparation> prepare, int epoch, ReadOnlyMemory<int> indices,
        ReadOnlyMemory<int> passes, Mixture? mixture)
    {
        var maker = _views.FirstOrDefault(known => known.View == view).Maker;
        if (maker is null)
        {
            maker = new ViewMaker(prepare());
            // Replaced as a whole: another thread may be making the next batch.
            _views = [.. _views, (view, maker)];
        }
        var content = new ViewContent(indices.Length, maker.Preparation.Numbers);
        Fill(view, content, maker, epoch, indices, passes, mixture);
        return mixture is null ? content.Unmixed(indices.Length) : content.Mixed(indices.Length);
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
            int[] indices = images.Set.Blocks is { ShuffleBuffer: var buffer } && images.Count > buffer
                ? BlockOrder.Draw(images, buffer, known, epoch)
                : Shuffled(known, epoch);
            _order = (epoch, indices, null);
        }
        return (_order.Indices, _order.Passes);
    }

    private int[] Shuffled(long known, int epoch)
    {
        int[] indices = [.. images.Indices];
        RandomStream.FromKey(RandomStream.Purpose.Order, known, epoch).Shuffle(indices);
        return indices;
    }

    /// <summary>Leaves a view out of later batches, until it is made on request again.</summary>
    public void Forget(ImageView view) => _views = [.. _views.Where(known => known.View != view)];

    private void Fill(ImageView view, ViewContent content, ViewMaker maker, int epoch, ReadOnlyMemory<int> indices,
        ReadOnlyMemory<int> passes, Mixture? mixture)
    {
        var unmixed = content.Unmixed(indices.Length);
        maker.Prepare(epoch, indices, passes, unmixed);
        var (height, width) = (maker.Preparation.Height, maker.Preparation.Width);
        mixture?.In(view, preparation.Height, preparation.Width)
            .Mix(unmixed.Span, content.Mixed(indices.Length).Span, height, width);
    }

    private void Mix(int epoch, int step, BatchContent content)
    {
        var mixture = seed is long known ? mixing?.Draw(known, epoch, step, content.Count, preparation.Height, preparation.Width) : null;
        content.Mixture = mixture;
        mixture?.Mix(content.Unmixed.Span, content.Mixed.Span, preparation.Height, preparation.Width);
        if (mixture is null && images.Set.Labelling == Labelling.One)
            return;
        var shares = content.SoftLabels(images.Set.Classes.Count);
        (mixture ?? Mixture.None(content.Count)).Mix(images.Set.AllLabels, content.Indices.AsSpan(0, content.Count), shares);
    }
}
