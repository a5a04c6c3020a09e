namespace Pupil.Inference.Pictures;

/// <summary>
/// The weights by which the pixels of a line make those of another: a triangle, as wide as two pixels of the target where it has fewer pixels
/// than the source, and as two of the source where it has more. In whole numbers, as Pillow has them.
/// </summary>
internal sealed class LineFilter
{
    /// <summary>Weights are counted in 2⁻²²: with a byte and a bit for the sign they fit into 32 bits.</summary>
    public const int Precision = 22;

    private (int Length, float From, float To, int Target) _made;
    private int[] _starts = [], _counts = [], _weights = [];
    private int _stride;

    /// <summary>The first source pixel that any target pixel looks at.</summary>
    public int First => _starts[0];

    /// <summary>One behind the last source pixel that any target pixel looks at.</summary>
    public int End => _starts[_made.Target - 1] + _counts[_made.Target - 1];

    /// <summary>The first source pixel of a target pixel.</summary>
    public int Start(int target) => _starts[target];

    /// <summary>The weights of that source pixel and those after it.</summary>
    public ReadOnlySpan<int> Weights(int target) => _weights.AsSpan(target * _stride, _counts[target]);

    /// <summary>Works the weights out, unless it has them from the last time.</summary>
    /// <param name="length">Pixels of the source.</param>
    /// <param name="from">Where the part that is taken begins, in pixels from the source's edge.</param>
    /// <param name="to">Where it ends.</param>
    /// <param name="target">Pixels of the target.</param>
    public void Set(int length, float from, float to, int target)
    {
        if (_made == (length, from, to, target))
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
        _made = (length, from, to, target);
    }
}
