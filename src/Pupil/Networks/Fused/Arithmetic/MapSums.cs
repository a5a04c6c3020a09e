using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Pupil.Networks.Fused.Arithmetic;

/// <summary>Sums over the pixels of one image, by channel.</summary>
internal static unsafe class MapSums
{
    private const int Lanes = WindowSums.Lanes;

    /// <summary>Computes the mean of every channel, then the sum of squared distances from it.</summary>
    /// <param name="map">Pixels×C.</param>
    /// <param name="pixels">The pixels.</param>
    /// <param name="channels">C, a multiple of 16.</param>
    /// <param name="means">C numbers.</param>
    /// <param name="squares">C numbers.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Moments(float* map, int pixels, int channels, float* means, float* squares)
    {
        for (int block = 0; block < channels; block += Lanes)
        {
            float* end = map + (nint)pixels * channels;
            // Two sums, as an addition takes several cycles.
            Vector512<float> one = default, two = default;
            float* at = map + block;
            for (; at + channels < end; at += 2 * channels)
            {
                one += Vector512.Load(at);
                two += Vector512.Load(at + channels);
            }
            if (at < end)
                one += Vector512.Load(at);
            var mean = (one + two) / Vector512.Create((float)pixels);
            one = two = default;
            for (at = map + block; at + channels < end; at += 2 * channels)
            {
                var (first, second) = (Vector512.Load(at) - mean, Vector512.Load(at + channels) - mean);
                one = Vector512.FusedMultiplyAdd(first, first, one);
                two = Vector512.FusedMultiplyAdd(second, second, two);
            }
            if (at < end)
            {
                var last = Vector512.Load(at) - mean;
                one = Vector512.FusedMultiplyAdd(last, last, one);
            }
            mean.Store(means + block);
            (one + two).Store(squares + block);
        }
    }

    /// <summary>
    /// Sets the gradient of a batch-norm's output to 0 where ReLU does, and sums it, alone and times the distance from the mean.
    /// </summary>
    /// <param name="map">The batch-norm's input, pixels×C.</param>
    /// <param name="line">The batch-norm and the floor of its ReLU.</param>
    /// <param name="means">The means of the batch, C numbers.</param>
    /// <param name="gradient">Pixels×C.</param>
    /// <param name="pixels">The pixels.</param>
    /// <param name="channels">C, a multiple of 16.</param>
    /// <param name="sums">C numbers.</param>
    /// <param name="products">C numbers.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void NormGradient(
        float* map, in MapLine line, float* means, float* gradient, int pixels, int channels, float* sums, float* products)
    {
        var floor = Vector512.Create(line.Floor);
        for (int block = 0; block < channels; block += Lanes)
        {
            var scale = Vector512.Load(line.Scale + block);
            var shift = Vector512.Load(line.Shift + block);
            var mean = Vector512.Load(means + block);
            Vector512<float> sum = default, product = default;
            float* x = map + block;
            float* g = gradient + block;
            for (int pixel = 0; pixel < pixels; pixel++, x += channels, g += channels)
            {
                var value = Vector512.Load(x);
                var passes = Vector512.GreaterThan(Vector512.FusedMultiplyAdd(value, scale, shift), floor);
                var kept = Vector512.Load(g) & passes;
                kept.Store(g);
                sum += kept;
                product = Vector512.FusedMultiplyAdd(kept, value - mean, product);
            }
            sum.Store(sums + block);
            product.Store(products + block);
        }
    }

    /// <summary>Sets a gradient to 0 where ReLU does, without a batch-norm.</summary>
    /// <param name="map">The input or output of the ReLU.</param>
    /// <param name="gradient">The gradient.</param>
    /// <param name="numbers">A multiple of 16.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Rectify(float* map, float* gradient, long numbers)
    {
        for (long i = 0; i < numbers; i += Lanes)
            (Vector512.Load(gradient + i) & Vector512.GreaterThan(Vector512.Load(map + i), Vector512<float>.Zero)).Store(gradient + i);
    }

    /// <summary>Adds numbers to others.</summary>
    /// <param name="from">The numbers.</param>
    /// <param name="to">What they are added to.</param>
    /// <param name="numbers">A multiple of 16.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Add(float* from, float* to, long numbers)
    {
        for (long i = 0; i < numbers; i += Lanes)
            (Vector512.Load(to + i) + Vector512.Load(from + i)).Store(to + i);
    }

    /// <summary>Writes 16 numbers, plus others.</summary>
    /// <param name="numbers">The numbers.</param>
    /// <param name="added">The others; null: zeros.</param>
    /// <param name="to">The result.</param>
    public static void Put(float* numbers, float* added, float* to)
    {
        var sum = Vector512.Load(numbers);
        (added == null ? sum : sum + Vector512.Load(added)).Store(to);
    }
}
