namespace Pupil.Networks.Fused.Arithmetic;

/// <summary>
/// The arithmetic of one convolution, for a few images at once. Their padded maps follow one another in memory, as do their outputs. The
/// results do not depend on the number of images.
/// </summary>
/// <param name="from">C.</param>
/// <param name="to">C'.</param>
/// <param name="size">k, the side of the kernel.</param>
internal abstract unsafe class ConvolutionKernel(int from, int to, int size)
{
    /// <summary>The orders of the weights.</summary>
    protected ConvolutionWeights Order { get; } = new(from, to, size);

    /// <summary>The form of the input.</summary>
    public abstract PaddedMap Input { get; }

    /// <summary>The form of the gradient of the output.</summary>
    public abstract PaddedMap OutputGradient { get; }

    /// <summary>
    /// The images that are best computed at once, 1…16: maps of few pixels then fill the vectors, and weights are read once for all.
    /// </summary>
    public abstract int ImagesAtOnce { get; }

    /// <summary>The numbers of the prepared weights.</summary>
    public abstract long WeightNumbers { get; }

    /// <summary>The numbers that a thread needs beside the padded maps.</summary>
    public abstract long WorkNumbers { get; }

    /// <summary>Prepares weights for <see cref="Forward"/>.</summary>
    /// <param name="weights">C'×k×k×C.</param>
    /// <param name="prepared">The result.</param>
    public abstract void Prepare(float* weights, float* prepared);

    /// <summary>Prepares weights for <see cref="AddInputGradient"/>.</summary>
    /// <param name="weights">C'×k×k×C.</param>
    /// <param name="prepared">The result.</param>
    public abstract void PrepareTransposed(float* weights, float* prepared);

    /// <summary>Convolves.</summary>
    /// <param name="images">N.</param>
    /// <param name="input">The inputs, in their form.</param>
    /// <param name="weights">The prepared weights.</param>
    /// <param name="start">The numbers that the sums start with, N×H'×W'×C'; null: zeros.</param>
    /// <param name="output">N×H'×W'×C'.</param>
    /// <param name="work">Memory.</param>
    public abstract void Forward(int images, float* input, float* weights, float* start, float* output, float* work);

    /// <summary>Computes the gradient of the input.</summary>
    /// <param name="images">N.</param>
    /// <param name="gradient">The gradients of the outputs, in their form.</param>
    /// <param name="weights">The prepared transposed weights.</param>
    /// <param name="result">N×H×W×C.</param>
    /// <param name="isFirst">Whether the result has no values yet; otherwise the gradient is added to them.</param>
    /// <param name="work">Memory.</param>
    public abstract void AddInputGradient(int images, float* gradient, float* weights, float* result, bool isFirst, float* work);

    /// <summary>Adds the gradient of the prepared weights to sums.</summary>
    /// <param name="images">N.</param>
    /// <param name="input">The inputs, in their form.</param>
    /// <param name="gradient">The gradients of the outputs, in their form.</param>
    /// <param name="sums">As many numbers as the prepared weights.</param>
    /// <param name="work">Memory.</param>
    public abstract void AddWeightGradient(int images, float* input, float* gradient, float* sums, float* work);

    /// <summary>Computes the gradient of the weights of 16 outputs from the sums of several groups of images.</summary>
    /// <param name="sums">The groups' sums.</param>
    /// <param name="groups">The number of groups.</param>
    /// <param name="block">The block of 16 outputs.</param>
    /// <param name="gradient">C'×k×k×C; only the block's part is written.</param>
    public abstract void Reduce(float* sums, int groups, int block, float* gradient);
}
