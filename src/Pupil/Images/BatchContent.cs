namespace Pupil.Images;

/// <summary>A batch in managed memory, before it becomes tensors; its memory is reused for later batches.</summary>
/// <param name="capacity">The largest number of images.</param>
/// <param name="numbers">H·W·C, the numbers of one image.</param>
internal sealed class BatchContent(int capacity, int numbers)
{
    private float[]? _images, _mixed, _soft;

    /// <summary>N, the number of images in the batch.</summary>
    public int Count { get; set; }

    /// <summary>The class numbers of images with one label each; the first N are valid.</summary>
    public long[] Labels { get; } = new long[capacity];

    /// <summary>The indices of the images in the set; the first N are valid.</summary>
    public int[] Indices { get; } = new int[capacity];

    /// <summary>Whether the batch is mixed.</summary>
    public bool IsMixed { get; set; }

    /// <summary>N×H×W×C numbers, before mixing.</summary>
    public Memory<float> Unmixed => (_images ??= new float[capacity * numbers]).AsMemory(0, Count * numbers);

    /// <summary>N×H×W×C numbers, after mixing.</summary>
    public Memory<float> Mixed => (_mixed ??= new float[capacity * numbers]).AsMemory(0, Count * numbers);

    /// <summary>The network input: N×H×W×C numbers.</summary>
    public ReadOnlySpan<float> Images => (IsMixed ? Mixed : Unmixed).Span;

    /// <summary>N×K shares of the classes: of mixed images, or of label sets.</summary>
    public Span<float> SoftLabels(int classes) => (_soft ??= new float[capacity * classes]).AsSpan(0, Count * classes);
}
