using System.Numerics;
using System.Runtime.CompilerServices;

namespace Pupil.Networks.Kernels;

/// <summary>
/// Convolution of channels-last arrays by the definition, without libtorch: the reference for kernels. It computes one sum of a pixel's
/// outputs, each times a factor of its own, instead of all C' (Freivalds 1977). A wrong output changes the sum, at 1/C' of the cost.
/// </summary>
/// <param name="form">The convolution. A transposed one is regarded from its output, whose map is the wide one.</param>
/// <param name="images">N.</param>
/// <param name="wide">H×W, the map that windows are taken from.</param>
/// <param name="narrow">H'×W', the map with a pixel for each window.</param>
internal sealed class PlainConvolution(ConvolutionForm form, int images, Sides wide, Sides narrow)
{
    private readonly int _taps = (int)form.Kernel.Area;
    private readonly int _wideGroup = (int)((form.IsTransposed ? form.To : form.From) / form.Groups);
    private readonly int _narrowGroup = (int)((form.IsTransposed ? form.From : form.To) / form.Groups);

    // Three numbers for every pixel of the narrow map and every pixel of its window that is not padding: both, and the kernel's pixel.
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
        {
            var kernel = kernels.AsSpan(_pairs[i + 2] * WideChannels, WideChannels);
            sums[_pairs[i]] += Dot(kernel, map.Slice(_pairs[i + 1] * WideChannels, WideChannels));
        }
        return sums;
    }

    /// <summary>
    /// Σ over the wide channels c of factors[c] · (the convolution's gradient of the wide map), for every pixel of the wide map.
    /// </summary>
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
        {
            var kernel = kernels.AsSpan(_pairs[i + 2] * NarrowChannels, NarrowChannels);
            sums[_pairs[i + 1]] += Dot(kernel, map.Slice(_pairs[i] * NarrowChannels, NarrowChannels));
        }
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
                var values = map.Slice(_pairs[i + 1] * WideChannels + group, _wideGroup);
                Add(sums.AsSpan(_pairs[i + 2] * WideChannels + group, _wideGroup), slope, values);
            }
        }
        return sums;
    }

    /// <summary>The same sum of given weights, or of a given gradient of the weights: k×k×C.</summary>
    /// <param name="weights">O×k×k×C/groups.</param>
    /// <param name="factors">O numbers.</param>
    public float[] Summed(ReadOnlySpan<float> weights, ReadOnlySpan<float> factors)
    {
        var sums = new float[_taps * WideChannels];
        for (int o = 0; o < NarrowChannels; o++)
        {
            for (int tap = 0; tap < _taps; tap++)
            {
                var values = weights.Slice((o * _taps + tap) * _wideGroup, _wideGroup);
                Add(sums.AsSpan(tap * WideChannels + o / _narrowGroup * _wideGroup, _wideGroup), factors[o], values);
            }
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

    // Optimised from the first call: each loop runs long, and once.
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
