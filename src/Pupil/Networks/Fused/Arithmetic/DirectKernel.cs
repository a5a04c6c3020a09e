namespace Pupil.Networks.Fused.Arithmetic;

/// <summary>A convolution by its definition.</summary>
internal sealed unsafe class DirectKernel : ConvolutionKernel
{
    private const int Lanes = WindowSums.Lanes, EnoughQuads = 16, MostImages = 16;

    private readonly MapSize _output;
    private readonly GradientWindows? _gradient;
    private readonly int _size, _stride;

    /// <summary>Plans a convolution.</summary>
    /// <param name="input">The input.</param>
    /// <param name="output">The output.</param>
    /// <param name="size">The side of the kernel.</param>
    /// <param name="stride">1 or 2.</param>
    /// <param name="padding">Zeros on each side of the input.</param>
    /// <param name="hasInputGradient">Whether the input has a gradient.</param>
    public DirectKernel(MapSize input, MapSize output, int size, int stride, int padding, bool hasInputGradient)
        : base(input.Channels, output.Channels, size)
    {
        (_output, _size, _stride) = (output, size, stride);
        Input = new PaddedMap(input.Channels, input.Height, input.Width, padding, padding,
            Math.Max((output.Height - 1) * stride + size, padding + input.Height),
            Math.Max((OutputQuads.Padded(output.Width) - 1) * stride + size, padding + input.Width));
        _gradient = hasInputGradient ? new GradientWindows(input, output, size, stride, padding) : null;
    }

    /// <inheritdoc/>
    public override PaddedMap Input { get; }

    /// <inheritdoc/>
    public override PaddedMap OutputGradient => _gradient?.Padded
        ?? new PaddedMap(_output.Channels, _output.Height, _output.Width, 0, 0, _output.Height, _output.Width);

    /// <inheritdoc/>
    public override int ImagesAtOnce => Math.Clamp(EnoughQuads / (_output.Height * OutputQuads.Padded(_output.Width) / 4), 1, MostImages);

    /// <inheritdoc/>
    public override long WeightNumbers => Order.Numbers;

    /// <inheritdoc/>
    public override long WorkNumbers => 0;

    /// <inheritdoc/>
    public override void Prepare(float* weights, float* prepared) => Order.Pack(weights, prepared);

    /// <inheritdoc/>
    public override void PrepareTransposed(float* weights, float* prepared) => _gradient!.Pack(Order, weights, prepared);

    /// <inheritdoc/>
    public override void Forward(int images, float* input, float* weights, float* start, float* output, float* work)
    {
        var windows = new Windows(_size, Input.RowStride, Input.Blocks, Input.BlockStride, _size * Input.Lanes);
        var quads = new OutputQuads(
            images, (nint)_output.Numbers, _output.Height, _output.Width, _output.Channels, _output.Width * _output.Channels);
        quads.Compute(windows, input, (nint)Input.Numbers, _stride * Input.RowStride, _stride * Input.Lanes, weights, Order.BlockNumbers,
            _output.Channels, start, output);
    }

    /// <inheritdoc/>
    public override void AddInputGradient(int images, float* gradient, float* weights, float* result, bool isFirst, float* work) =>
        _gradient!.Compute(images, gradient, weights, result, isFirst);

    /// <inheritdoc/>
    public override void AddWeightGradient(int images, float* input, float* gradient, float* sums, float* work)
    {
        var form = OutputGradient;
        int numbers = _size * Input.Lanes;
        gradient += form.Top * form.RowStride + (nint)form.Left * Lanes;
        for (int output = 0; output < form.Blocks; output++)
        {
            for (int row = 0; row < _size; row++)
            {
                for (int block = 0; block < Input.Blocks; block++, sums += numbers * Lanes)
                {
                    for (int image = 0; image < images; image++)
                    {
                        float* of = input + image * Input.Numbers + row * Input.RowStride + block * Input.BlockStride;
                        float* given = gradient + image * form.Numbers + output * form.BlockStride;
                        WindowSteps.AddWeights(_stride * Input.Lanes, of, _stride * Input.RowStride, given, form.RowStride,
                            _output.Height, _output.Width, numbers, sums);
                    }
                }
            }
        }
    }

    /// <inheritdoc/>
    public override void Reduce(float* sums, int groups, int block, float* gradient)
    {
        using var packed = new NativeNumbers(Order.BlockNumbers);
        ConvolutionWeights.Sum(sums + (nint)block * Order.BlockNumbers, groups, WeightNumbers, packed.First, Order.BlockNumbers);
        Order.Unpack(packed.First, block, gradient);
    }
}
