using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Pupil.Networks.Fused.Arithmetic;

/// <summary>Sums over pixels of input times gradient, the inner loops of the gradient of a convolution's weights.</summary>
internal static unsafe class WeightSums
{
    private const int Lanes = WindowSums.Lanes;

    /// <summary>
    /// Adds Σ over rows and columns of input[i] · gradient[lane] to sums, for some numbers i of a pixel and 16 lanes of the gradient.
    /// </summary>
    /// <param name="input">The first number of the first pixel; from pixel to pixel it is a constant distance.</param>
    /// <param name="inputRow">From a row of the input to the next.</param>
    /// <param name="gradient">The first pixel's gradient of 16 lanes; the next pixel's follow.</param>
    /// <param name="gradientRow">From a row of the gradient to the next.</param>
    /// <param name="rows">The rows of the gradient.</param>
    /// <param name="columns">The columns of the gradient.</param>
    /// <param name="numbers">The numbers of a pixel, a multiple of 4.</param>
    /// <param name="sums">16 numbers for every i.</param>
    public static void Add<TStep>(
        float* input, nint inputRow, float* gradient, nint gradientRow, int rows, int columns, int numbers, float* sums)
        where TStep : struct, IWindowStep
    {
        int i = 0;
        for (; Vector512.IsHardwareAccelerated && i + 16 <= numbers; i += 16)
            Sixteen<TStep>(input + i, inputRow, gradient, gradientRow, rows, columns, sums + i * Lanes);
        for (; i < numbers; i += 4)
            Four<TStep>(input + i, inputRow, gradient, gradientRow, rows, columns, sums + i * Lanes);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Sixteen<TStep>(float* input, nint inputRow, float* gradient, nint gradientRow, int rows, int columns, float* sums)
        where TStep : struct, IWindowStep
    {
        Vector512<float> s0 = Vector512.Load(sums), s1 = Vector512.Load(sums + 16);
        Vector512<float> s2 = Vector512.Load(sums + 32), s3 = Vector512.Load(sums + 48);
        Vector512<float> s4 = Vector512.Load(sums + 64), s5 = Vector512.Load(sums + 80);
        Vector512<float> s6 = Vector512.Load(sums + 96), s7 = Vector512.Load(sums + 112);
        Vector512<float> s8 = Vector512.Load(sums + 128), s9 = Vector512.Load(sums + 144);
        Vector512<float> s10 = Vector512.Load(sums + 160), s11 = Vector512.Load(sums + 176);
        Vector512<float> s12 = Vector512.Load(sums + 192), s13 = Vector512.Load(sums + 208);
        Vector512<float> s14 = Vector512.Load(sums + 224), s15 = Vector512.Load(sums + 240);
        for (int row = 0; row < rows; row++, input += inputRow, gradient += gradientRow)
        {
            float* pixel = input;
            float* end = gradient + (nint)columns * Lanes;
            for (float* g = gradient; g < end; g += Lanes, pixel += TStep.Numbers)
            {
                var lanes = Vector512.Load(g);
                s0 = Vector512.FusedMultiplyAdd(Vector512.Create(pixel[0]), lanes, s0);
                s1 = Vector512.FusedMultiplyAdd(Vector512.Create(pixel[1]), lanes, s1);
                s2 = Vector512.FusedMultiplyAdd(Vector512.Create(pixel[2]), lanes, s2);
                s3 = Vector512.FusedMultiplyAdd(Vector512.Create(pixel[3]), lanes, s3);
                s4 = Vector512.FusedMultiplyAdd(Vector512.Create(pixel[4]), lanes, s4);
                s5 = Vector512.FusedMultiplyAdd(Vector512.Create(pixel[5]), lanes, s5);
                s6 = Vector512.FusedMultiplyAdd(Vector512.Create(pixel[6]), lanes, s6);
                s7 = Vector512.FusedMultiplyAdd(Vector512.Create(pixel[7]), lanes, s7);
                s8 = Vector512.FusedMultiplyAdd(Vector512.Create(pixel[8]), lanes, s8);
                s9 = Vector512.FusedMultiplyAdd(Vector512.Create(pixel[9]), lanes, s9);
                s10 = Vector512.FusedMultiplyAdd(Vector512.Create(pixel[10]), lanes, s10);
                s11 = Vector512.FusedMultiplyAdd(Vector512.Create(pixel[11]), lanes, s11);
                s12 = Vector512.FusedMultiplyAdd(Vector512.Create(pixel[12]), lanes, s12);
                s13 = Vector512.FusedMultiplyAdd(Vector512.Create(pixel[13]), lanes, s13);
                s14 = Vector512.FusedMultiplyAdd(Vector512.Create(pixel[14]), lanes, s14);
                s15 = Vector512.FusedMultiplyAdd(Vector512.Create(pixel[15]), lanes, s15);
            }
        }
        s0.Store(sums);
        s1.Store(sums + 16);
        s2.Store(sums + 32);
        s3.Store(sums + 48);
        s4.Store(sums + 64);
        s5.Store(sums + 80);
        s6.Store(sums + 96);
        s7.Store(sums + 112);
        s8.Store(sums + 128);
        s9.Store(sums + 144);
        s10.Store(sums + 160);
        s11.Store(sums + 176);
        s12.Store(sums + 192);
        s13.Store(sums + 208);
        s14.Store(sums + 224);
        s15.Store(sums + 240);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Four<TStep>(float* input, nint inputRow, float* gradient, nint gradientRow, int rows, int columns, float* sums)
        where TStep : struct, IWindowStep
    {
        Vector256<float> a0 = Vector256.Load(sums), b0 = Vector256.Load(sums + 8);
        Vector256<float> a1 = Vector256.Load(sums + 16), b1 = Vector256.Load(sums + 24);
        Vector256<float> a2 = Vector256.Load(sums + 32), b2 = Vector256.Load(sums + 40);
        Vector256<float> a3 = Vector256.Load(sums + 48), b3 = Vector256.Load(sums + 56);
        for (int row = 0; row < rows; row++, input += inputRow, gradient += gradientRow)
        {
            float* pixel = input;
            float* end = gradient + (nint)columns * Lanes;
            for (float* g = gradient; g < end; g += Lanes, pixel += TStep.Numbers)
            {
                Vector256<float> low = Vector256.Load(g), high = Vector256.Load(g + 8);
                var number = Vector256.Create(pixel[0]);
                a0 = Vector256.FusedMultiplyAdd(number, low, a0);
                b0 = Vector256.FusedMultiplyAdd(number, high, b0);
                number = Vector256.Create(pixel[1]);
                a1 = Vector256.FusedMultiplyAdd(number, low, a1);
                b1 = Vector256.FusedMultiplyAdd(number, high, b1);
                number = Vector256.Create(pixel[2]);
                a2 = Vector256.FusedMultiplyAdd(number, low, a2);
                b2 = Vector256.FusedMultiplyAdd(number, high, b2);
                number = Vector256.Create(pixel[3]);
                a3 = Vector256.FusedMultiplyAdd(number, low, a3);
                b3 = Vector256.FusedMultiplyAdd(number, high, b3);
            }
        }
        a0.Store(sums);
        b0.Store(sums + 8);
        a1.Store(sums + 16);
        b1.Store(sums + 24);
        a2.Store(sums + 32);
        b2.Store(sums + 40);
        a3.Store(sums + 48);
        b3.Store(sums + 56);
    }
}
