using static TorchSharp.torch;

namespace Pupil.Images;

/// <summary>The images of a batch at other sizes. Each size is made once, when it is first read.</summary>
/// <param name="make">Makes the images of a view, N×C×H×W; this object owns them.</param>
/// <param name="parts">The views of the batches that this one is made of, which end with it; none for another batch.</param>
internal sealed class BatchViews(Func<ImageView, Tensor> make, params IReadOnlyList<BatchViews?> parts) : IDisposable
{
    private readonly Dictionary<ImageView, Tensor> _made = [];
    private readonly HashSet<ImageView> _unread = [];

    /// <summary>The views that were made with the batch and not read so far.</summary>
    public IReadOnlyCollection<ImageView> Unread => _unread;

    /// <summary>Adds a view that is made already.</summary>
    public void Add(ImageView view, Tensor images)
    {
        _made.Add(view, images);
        _unread.Add(view);
    }

    /// <summary>Returns the images of a view.</summary>
    public Tensor At(ImageView view)
    {
        if (!_made.TryGetValue(view, out var images))
            _made.Add(view, images = make(view));
        _unread.Remove(view);
        return images;
    }

    /// <summary>Whether a tensor is one of the views.</summary>
    public bool Holds(Tensor images) => _made.Values.Any(made => ReferenceEquals(made, images));

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var images in _made.Values)
            images.Dispose();
        foreach (var part in parts)
            part?.Dispose();
        _made.Clear();
    }
}
