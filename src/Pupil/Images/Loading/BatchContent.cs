using Pupil.Images.Transforms;

namespace Pupil.Images.Loading;

/// <summary>A batch in managed memory, before it becomes tensors; its memory is reused for later batches.</summary>
/// <param name="capacity">The largest number of images.</param>
/// <param name="numbers">H·W·C, the numbers of one image of the students.</param>
internal sealed class BatchContent(int capacity, int numbers)
{
    private readonly ViewContent _images = new(capacity, numbers);
    private readonly Dictionary<ImageView, ViewContent> _views = [];
    private float[]? _soft;

    /// <summary>N, the number of images in the batch.</summary>
    public int Count { get; set; }

    /// <summary>The class numbers of images with one label each; the first N are valid.</summary>
    public long[] Labels { get; } = new long[capacity];

    /// <summary>The indices of the images in the set; the first N are valid.</summary>
    public int[] Indices { get; } = new int[capacity];

    /// <summary>The indices of the images of the whole batch, which these are a share of.</summary>
    public ReadOnlyMemory<int> Whole { get; set; }

    /// <summary>The place of the first image in the whole batch.</summary>
    public int First { get; set; }

    /// <summary>The pass over its class that each image belongs to, N numbers; empty where each image comes once.</summary>
    public ReadOnlyMemory<int> Passes { get; set; }

    /// <summary>The mixture of the images; null if they are not mixed.</summary>
    public Mixture? Mixture { get; set; }

    /// <summary>The views that were prepared with the batch.</summary>
    public IReadOnlyList<ImageView> Views { get; set; } = [];

    /// <summary>N×H×W×C numbers, before mixing.</summary>
    public Memory<float> Unmixed => _images.Unmixed(Count);

    /// <summary>N×H×W×C numbers, after mixing.</summary>
    public Memory<float> Mixed => _images.Mixed(Count);

    /// <summary>The network input: N×H×W×C numbers.</summary>
    public ReadOnlySpan<float> Images => ImagesOf(_images);

    /// <summary>The memory of a view.</summary>
    /// <param name="view">The view.</param>
    /// <param name="numbers">The numbers of one image at its size.</param>
    public ViewContent View(ImageView view, int numbers)
    {
        if (!_views.TryGetValue(view, out var content))
            _views.Add(view, content = new ViewContent(capacity, numbers));
        return content;
    }

    /// <summary>The images of a view that was prepared: N×H×W×C numbers.</summary>
    public ReadOnlySpan<float> ImagesAt(ImageView view) => ImagesOf(_views[view]);

    /// <summary>N×K shares of the classes: of mixed images, or of label sets.</summary>
    public Span<float> SoftLabels(int classes) => (_soft ??= new float[capacity * classes]).AsSpan(0, Count * classes);

    private ReadOnlySpan<float> ImagesOf(ViewContent content) => (Mixture is null ? content.Unmixed(Count) : content.Mixed(Count)).Span;
}
