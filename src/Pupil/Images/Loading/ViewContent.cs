namespace Pupil.Images.Loading;

/// <summary>The images of a batch at one size, in managed memory that is reused for later batches.</summary>
/// <param name="capacity">The largest number of images.</param>
/// <param name="numbers">H·W·C, the numbers of one image.</param>
internal sealed class ViewContent(int capacity, int numbers)
{
    private float[]? _unmixed, _mixed;

    /// <summary>N×H×W×C numbers, before mixing.</summary>
    /// <param name="count">N.</param>
    public Memory<float> Unmixed(int count) => (_unmixed ??= new float[capacity * numbers]).AsMemory(0, count * numbers);

    /// <summary>N×H×W×C numbers, after mixing.</summary>
    /// <param name="count">N.</param>
    public Memory<float> Mixed(int count) => (_mixed ??= new float[capacity * numbers]).AsMemory(0, count * numbers);
}
