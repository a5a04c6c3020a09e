namespace Pupil.Networks.Fused.Arithmetic;

/// <summary>
/// The gradient of a convolution's input as convolutions of the gradient of its output. With stride s, the pixels of each remainder of row
/// and column by s are a convolution of their own, with every s-th row and column of the kernel, in reverse.
/// </summary>
internal sealed unsafe class GradientWindows
{
    private const int Lanes = WindowSums.Lanes;

    private readonly MapSize _input;
    private readonly int _stride;
    private readonly Phase[] _rows, _columns;

    /// <summary>Plans the convolutions.</summary>
    /// <param name="input">The convolution's input.</param>
    /// <param name="output">Its output.</param>
    /// <param name="size">The side of the kernel.</param>
    /// <param name="stride">1 or 2.</param>
    /// <param name="padding">Zeros on each side of the input.</param>
    public GradientWindows(MapSize input, MapSize output, int size, int stride, int padding)
    {
        (_input, _stride) = (input, stride);
        _rows = Phases(input.Height, size, stride, padding);
        _columns = Phases(input.Width, size, stride, padding);
        int top = Math.Max(0, -_rows.Min(phase => phase.First)), left = Math.Max(0, -_columns.Min(phase => phase.First));
        int rows = _rows.Max(phase => phase.First + phase.Pixels - 1 + phase.Taps.Length);
        int columns = _columns.Max(phase => phase.First + OutputQuads.Padded(phase.Pixels) - 1 + phase.Taps.Length);
        Padded = new PaddedMap(output.Channels, output.Height, output.Width, top, left,
            top + Math.Max(rows, output.Height), left + Math.Max(columns, output.Width));
    }

    /// <summary>The form of the gradient of the output.</summary>
    public PaddedMap Padded { get; }

    /// <summary>Orders the weights.</summary>
    /// <param name="order">The orders of the convolution's weights.</param>
    /// <param name="weights">The weights.</param>
    /// <param name="packed">As many numbers.</param>
    public void Pack(ConvolutionWeights order, float* weights, float* packed)
    {
        foreach (var row in _rows)
        {
            foreach (var column in _columns)
                packed = order.PackTransposed(weights, row.Taps, column.Taps, packed);
        }
    }

    /// <summary>Computes the gradient of the inputs of some images.</summary>
    /// <param name="images">N.</param>
    /// <param name="gradient">The gradients of the outputs, in the form <see cref="Padded"/>.</param>
    /// <param name="weights">The ordered weights.</param>
    /// <param name="result">N×H×W×C.</param>
    /// <param name="isFirst">Whether the result has no values yet, to which the gradient is added otherwise.</param>
    public void Compute(int images, float* gradient, float* weights, float* result, bool isFirst)
    {
        // Pixels that no window contains.
        if (isFirst && _rows.Concat(_columns).Any(phase => phase.Taps.Length == 0))
            PaddedMap.Clear(result, images * (nint)_input.Numbers);
        int channels = _input.Channels;
        for (int i = 0; i < _rows.Length; i++)
        {
            for (int j = 0; j < _columns.Length; j++)
            {
                var (row, column) = (_rows[i], _columns[j]);
                int taps = row.Taps.Length * column.Taps.Length;
                if (taps == 0 || row.Pixels == 0 || column.Pixels == 0)
                {
                    weights += (nint)taps * channels * Padded.Channels;
                    continue;
                }
                float* pixels = result + ((nint)i * _input.Width + j) * channels;
                var windows = new Windows(row.Taps.Length, Padded.RowStride, Padded.Blocks, Padded.BlockStride, column.Taps.Length * Lanes);
                float* first = gradient + (Padded.Top + row.First) * Padded.RowStride + (nint)(Padded.Left + column.First) * Lanes;
                var quads = new OutputQuads(
                    images, (nint)_input.Numbers, row.Pixels, column.Pixels, _stride * channels, _stride * _input.Width * channels);
                quads.Compute(windows, first, (nint)Padded.Numbers, Padded.RowStride, Lanes, weights, taps * Padded.Channels * Lanes,
                    channels, isFirst ? null : pixels, pixels);
                weights += (nint)taps * channels * Padded.Channels;
            }
        }
    }

    // Output o, kernel tap k and input i belong together where i = o·stride + k − padding.
    private static Phase[] Phases(int side, int size, int stride, int padding)
    {
        var phases = new Phase[stride];
        for (int remainder = 0; remainder < stride; remainder++)
        {
            int[] taps = [.. Enumerable.Range(0, size).Reverse().Where(tap => (remainder + padding - tap) % stride == 0)];
            int first = taps.Length == 0 ? 0 : (remainder + padding - taps[0]) / stride;
            phases[remainder] = new(Math.Max(0, (side - remainder + stride - 1) / stride), first, taps);
        }
        return phases;
    }

    // The pixels of a remainder: the first one's first output, and the taps of the outputs from there.
    private sealed record Phase(int Pixels, int First, int[] Taps);
}
