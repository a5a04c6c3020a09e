using System.Numerics;
using System.Runtime.CompilerServices;

namespace Pupil.Networks.Kernels;

/// <summary>
/// Convolution by the definition, without libtorch, of channels-last arrays: what a kernel is compared with. Not all outputs of a pixel are computed, but
/// one sum of them, each times a factor of its own (Freivalds 1977): a wrong output changes the sum, and it costs a C'-th.
/// </summary>
/// <param name="form">The convolution; a transposed one is seen from its output, whose map is the wide one.</param>
/// <param name="images">N.</param>
/// <param name="wide">H×W, the map that windows are taken of.</param>
/// <param name="narrow">H'×W', the map that has a pixel for each window.</param>
internal sealed class PlainConvolution(ConvolutionForm form, int images, Sides wide, Sides narrow)
{
    private readonly int _taps = (int)form.Kernel.Area;
    private readonly int _wideGroup = (int)((form.IsTransposed ? form.To : form.From) / form.Groups);
    private readonly int _narrowGroup = (int)((form.IsTransposed ? form.From : form.To) / form.Groups);

    // Three numbers for every pixel of the narrow map and every pixel of its window that is no padding: both, and the kernel's pixel.
    private readonly int[] _pairs = Pairs(form, images, wide, narrow);

    /// <summary>C, channels of the wide map.</summary>
    public int WideChannels { get; } = (int)(form.IsTransposed ? form.To : form.From);

    /// <summary>O, channels of the narrow map.</summary>
    public int NarrowChannels { get; } = (int)(form.IsTransposed ? form.From : form.To);

    /// <summary>Σ over the narrow channels o of factors[o] · (the convolution), for every pixel of the narrow map.</summary>
    /// <param name="map">N×H×W×C.</param>
    /// <param name="weights">O×k×k×C/groups.</param>
    /// <param name="factors">O numbers.</param>
    public float[] ToNarrow(ReadOnlySpan<float> map, ReadOnlySpan<float> weights, ReadOnlySpan<float> factors)
    {
        float[] kernels = Summed(weights, factors);
        var sums = new float[images * narrow.Area];
        for (int i = 0; i < _pairs.Length; i += 3)
            sums[_pairs[i]] += Dot(kernels.AsSpan(_pairs[i + 2] * WideChannels, WideChannels), map.Slice(_pairs[i + 1] * WideChannels, WideChannels));
        return sums;
    }

    /// <summary>Σ over the wide channels c of factors[c] · (the convolution's gradient of the wide map), for every pixel of the wide map.</summary>
    /// <param name="map">N×H'×W'×O, the gradient of the narrow map.</param>
    /// <param name="weights">O×k×k×C/groups.</param>
    /// <param name="factors">C numbers.</param>
    public float[] ToWide(ReadOnlySpan<float> map, ReadOnlySpan<float> weights, ReadOnlySpan<float> factors)
    {
        var kernels = new float[_taps * NarrowChannels];
        for (int o = 0; o < NarrowChannels; o++)
        {
            for (int tap = 0; tap < _taps; tap++)
            {
                kernels[tap * NarrowChannels + o] = Dot(factors.Slice(o / _narrowGroup * _wideGroup, _wideGroup),
                    weights.Slice((o * _taps + tap) * _wideGroup, _wideGroup));
            }
        }
        var sums = new float[images * wide.Area];
        for (int i = 0; i < _pairs.Length; i += 3)
            sums[_pairs[i + 1]] += Dot(kernels.AsSpan(_pairs[i + 2] * NarrowChannels, NarrowChannels), map.Slice(_pairs[i] * NarrowChannels, NarrowChannels));
        return sums;
    }

    /// <summary>Σ over the narrow channels o of each group of factors[o] · (the convolution's gradient of the weights), k×k×C.</summary>
    /// <param name="map">N×H×W×C.</param>
    /// <param name="slopes">N×H'×W'×O, the gradient of the narrow map.</param>
    /// <param name="factors">O numbers.</param>
    public float[] ToWeights(ReadOnlySpan<float> map, ReadOnlySpan<float> slopes, ReadOnlySpan<float> factors)
    {
        var sums = new float[_taps * WideChannels];
        for (int i = 0; i < _pairs.Length; i += 3)
        {
            for (int first = 0, group = 0; first < NarrowChannels; first += _narrowGroup, group += _wideGroup)
            {
                float slope = Dot(factors.Slice(first, _narrowGroup), slopes.Slice(_pairs[i] * NarrowChannels + first, _narrowGroup));
                Add(sums.AsSpan(_pairs[i + 2] * WideChannels + group, _wideGroup), slope, map.Slice(_pairs[i + 1] * WideChannels + group, _wideGroup));
            }
        }
        return sums;
    }

    /// <summary>The same sum of weights, or of their gradient as it was found: k×k×C.</summary>
    /// <param name="weights">O×k×k×C/groups.</param>
    /// <param name="factors">O numbers.</param>
    public float[] Summed(ReadOnlySpan<float> weights, ReadOnlySpan<float> factors)
    {
        var sums = new float[_taps * WideChannels];
        for (int o = 0; o < NarrowChannels; o++)
        {
            for (int tap = 0; tap < _taps; tap++)
                Add(sums.AsSpan(tap * WideChannels + o / _narrowGroup * _wideGroup, _wideGroup), factors[o], weights.Slice((o * _taps + tap) * _wideGroup, _wideGroup));
        }
        return sums;
    }

    /// <summary>Σ over the channels of factor · value, for every pixel.</summary>
    public static float[] OfPixels(ReadOnlySpan<float> map, ReadOnlySpan<float> factors)
    {
        var sums = new float[map.Length / factors.Length];
        for (int i = 0; i < sums.Length; i++)
            sums[i] = Dot(factors, map.Slice(i * factors.Length, factors.Length));
        return sums;
    }

    /// <summary>Σ over the pixels, for every channel.</summary>
    public static float[] OfChannels(ReadOnlySpan<float> map, int channels)
    {
        var sums = new float[channels];
        for (int i = 0; i < map.Length; i += channels)
            Add(sums, 1, map.Slice(i, channels));
        return sums;
    }

    private static int[] Pairs(ConvolutionForm form, int images, Sides wide, Sides narrow)
    {
        var pairs = new List<int>();
        for (int pixel = 0; pixel < images * narrow.Area; pixel++)
        {
            var (image, place) = Math.DivRem(pixel, (int)narrow.Area);
            for (int tap = 0; tap < form.Kernel.Area; tap++)
            {
                long row = place / narrow.Width * form.Stride.Height - form.Padding.Height + tap / form.Kernel.Width * form.Dilation.Height;
                long column = place % narrow.Width * form.Stride.Width - form.Padding.Width + tap % form.Kernel.Width * form.Dilation.Width;
                if (row >= 0 && row < wide.Height && column >= 0 && column < wide.Width)
                    pairs.AddRange(pixel, (int)(image * wide.Area + row * wide.Width + column), tap);
            }
        }
        return [.. pairs];
    }

    // Not compiled in haste first: each runs long, and once.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Add(Span<float> sums, float factor, ReadOnlySpan<float> values)
    {
        int i = 0;
        for (; i <= values.Length - Vector<float>.Count; i += Vector<float>.Count)
            (new Vector<float>(sums[i..]) + new Vector<float>(values[i..]) * factor).CopyTo(sums[i..]);
        for (; i < values.Length; i++)
            sums[i] += factor * values[i];
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static float Dot(ReadOnlySpan<float> factors, ReadOnlySpan<float> values)
    {
        var sums = Vector<float>.Zero;
        int i = 0;
        for (; i <= values.Length - Vector<float>.Count; i += Vector<float>.Count)
            sums += new Vector<float>(factors[i..]) * new Vector<float>(values[i..]);
        float sum = Vector.Sum(sums);
        for (; i < values.Length; i++)
            sum += factors[i] * values[i];
        return sum;
    }
}
