namespace Pupil.Inference.Pictures;

/// <summary>
/// The weights of a bilinear resampling of one line of pixels, as whole numbers equal to Pillow's. The filter is a triangle: two target
/// pixels wide where the line shrinks, two source pixels wide where it grows.
/// </summary>
internal sealed class LineFilter
{
    /// <summary>The fractional bits of a weight: with a byte and a sign bit, products fit into 32 bits.</summary>
    public const int Precision = 22;

    private (int Length, float From, float To, int Target) _key;
    private int[] _starts = [], _counts = [], _weights = [];
    private int _stride;

    /// <summary>The first source pixel with a weight for any target pixel.</summary>
    public int First => _starts[0];

    /// <summary>The index behind the last source pixel with a weight for any target pixel.</summary>
    public int End => _starts[_key.Target - 1] + _counts[_key.Target - 1];

    /// <summary>Returns the first source pixel of a target pixel.</summary>
    public int Start(int target) => _starts[target];

    /// <summary>Returns the weights of the source pixels of a target pixel, from <see cref="Start"/> on.</summary>
    public ReadOnlySpan<int> Weights(int target) => _weights.AsSpan(target * _stride, _counts[target]);

    /// <summary>Computes the weights, unless the last call had the same arguments.</summary>
    /// <param name="length">The number of source pixels.</param>
    /// <param name="from">The start of the resampled part, in pixels from the source's edge.</param>
    /// <param name="to">The end of the resampled part, in pixels from the source's edge.</param>
    /// <param name="target">The number of target pixels.</param>
    public void Set(int length, float from, float to, int target)
    {
        if (_key == (length, from, to, target))
            return;
        double scale = (double)(to - from) / target, support = Math.Max(scale, 1);
        _stride = (int)Math.Ceiling(support) * 2 + 1;
        if (_starts.Length < target)
            (_starts, _counts) = (new int[target], new int[target]);
        if (_weights.Length < target * _stride)
            _weights = new int[target * _stride];
        Span<double> shares = _stride <= 64 ? stackalloc double[64] : new double[_stride];
        for (int pixel = 0; pixel < target; pixel++)
        {
            double centre = from + (pixel + 0.5) * scale;
            int start = Math.Max(0, (int)(centre - support + 0.5)), count = Math.Min(length, (int)(centre + support + 0.5)) - start;
            double total = 0;
            for (int i = 0; i < count; i++)
                total += shares[i] = Math.Max(0, 1 - Math.Abs((i + start - centre + 0.5) * (1 / support)));
            for (int i = 0; i < count; i++)
                _weights[pixel * _stride + i] = (int)(0.5 + (total == 0 ? shares[i] : shares[i] / total) * (1 << Precision));
            (_starts[pixel], _counts[pixel]) = (start, count);
        }
        _key = (length, from, to, target);
    }
}
