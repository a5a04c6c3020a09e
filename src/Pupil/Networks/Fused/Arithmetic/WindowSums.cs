using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Pupil.Networks.Fused.Arithmetic;

/// <summary>The windows of a convolution in rows of channel blocks, see <see cref="PaddedMap"/>. Strides count numbers.</summary>
/// <param name="Rows">The height of a window.</param>
/// <param name="RowStride">From a row to the next.</param>
/// <param name="Blocks">The blocks of channels.</param>
/// <param name="BlockStride">From a block to the next.</param>
/// <param name="Taps">The numbers of a window in one row of one block; they follow each other.</param>
internal readonly record struct Windows(int Rows, nint RowStride, int Blocks, nint BlockStride, int Taps);

/// <summary>Four pixels of a convolution's output that follow each other in a row.</summary>
internal unsafe struct Quad
{
    /// <summary>The first number of the first pixel's window.</summary>
    public float* Input;

    /// <summary>The first pixel's sums, one number for each lane.</summary>
    public float* Output;

    /// <summary>The numbers that the first pixel's sums start with; null: zeros.</summary>
    public float* Start;
}

/// <summary>The distance of two windows that follow each other in a row, as a constant of the compiled code.</summary>
internal interface IWindowStep
{
    /// <summary>The distance in numbers.</summary>
    static abstract int Numbers { get; }
}

/// <summary>Sums of windows times weights, the inner loops of a convolution and of its gradient.</summary>
internal static unsafe class WindowSums
{
    /// <summary>The channels of a block, and the output channels that are computed at once.</summary>
    public const int Lanes = 16;

    /// <summary>The quads that <see cref="Compute"/> takes at once, as many as the processor's registers hold.</summary>
    public static int QuadsAtOnce => Vector512.IsHardwareAccelerated ? 4 : 1;

    /// <summary>Whether the processor has the instructions for it: AVX2 and FMA at least.</summary>
    public static bool IsSupported => Vector256.IsHardwareAccelerated && Fma.IsSupported;

    /// <summary>The width of the vectors.</summary>
    public static int VectorBits => Vector512.IsHardwareAccelerated ? 512 : 256;

    /// <summary>Adds Σ (number of the window · weights of 16 lanes) to the starts of 4 pixels of every quad.</summary>
    /// <param name="windows">The windows.</param>
    /// <param name="quads"><see cref="QuadsAtOnce"/> quads.</param>
    /// <param name="weights">16 for every number of a window, in the order rows, blocks, taps.</param>
    /// <param name="pixelStride">From a pixel's output or start to the next one's.</param>
    public static void Compute<TStep>(in Windows windows, Quad* quads, float* weights, nint pixelStride) where TStep : struct, IWindowStep
    {
        if (Vector512.IsHardwareAccelerated)
            Sixteen<TStep>(windows, quads, weights, pixelStride);
        else
            Four<TStep>(windows, quads, weights, pixelStride);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Sixteen<TStep>(in Windows windows, Quad* quads, float* weights, nint pixelStride) where TStep : struct, IWindowStep
    {
        Vector512<float> a0 = Start(quads[0], 0), a1 = Start(quads[0], 1), a2 = Start(quads[0], 2), a3 = Start(quads[0], 3);
        Vector512<float> b0 = Start(quads[1], 0), b1 = Start(quads[1], 1), b2 = Start(quads[1], 2), b3 = Start(quads[1], 3);
        Vector512<float> c0 = Start(quads[2], 0), c1 = Start(quads[2], 1), c2 = Start(quads[2], 2), c3 = Start(quads[2], 3);
        Vector512<float> d0 = Start(quads[3], 0), d1 = Start(quads[3], 1), d2 = Start(quads[3], 2), d3 = Start(quads[3], 3);
        float* a = quads[0].Input, b = quads[1].Input, c = quads[2].Input, d = quads[3].Input;
        for (int row = 0; row < windows.Rows; row++)
        {
            for (int block = 0; block < windows.Blocks; block++)
            {
                nint offset = row * windows.RowStride + block * windows.BlockStride;
                float* end = a + offset + windows.Taps;
                float* ai = a + offset, bi = b + offset, ci = c + offset, di = d + offset;
                for (; ai < end; ai++, bi++, ci++, di++, weights += Lanes)
                {
                    var lanes = Vector512.Load(weights);
                    a0 = Vector512.FusedMultiplyAdd(Vector512.Create(ai[0]), lanes, a0);
                    a1 = Vector512.FusedMultiplyAdd(Vector512.Create(ai[TStep.Numbers]), lanes, a1);
                    a2 = Vector512.FusedMultiplyAdd(Vector512.Create(ai[2 * TStep.Numbers]), lanes, a2);
                    a3 = Vector512.FusedMultiplyAdd(Vector512.Create(ai[3 * TStep.Numbers]), lanes, a3);
                    b0 = Vector512.FusedMultiplyAdd(Vector512.Create(bi[0]), lanes, b0);
                    b1 = Vector512.FusedMultiplyAdd(Vector512.Create(bi[TStep.Numbers]), lanes, b1);
                    b2 = Vector512.FusedMultiplyAdd(Vector512.Create(bi[2 * TStep.Numbers]), lanes, b2);
                    b3 = Vector512.FusedMultiplyAdd(Vector512.Create(bi[3 * TStep.Numbers]), lanes, b3);
                    c0 = Vector512.FusedMultiplyAdd(Vector512.Create(ci[0]), lanes, c0);
                    c1 = Vector512.FusedMultiplyAdd(Vector512.Create(ci[TStep.Numbers]), lanes, c1);
                    c2 = Vector512.FusedMultiplyAdd(Vector512.Create(ci[2 * TStep.Numbers]), lanes, c2);
                    c3 = Vector512.FusedMultiplyAdd(Vector512.Create(ci[3 * TStep.Numbers]), lanes, c3);
                    d0 = Vector512.FusedMultiplyAdd(Vector512.Create(di[0]), lanes, d0);
                    d1 = Vector512.FusedMultiplyAdd(Vector512.Create(di[TStep.Numbers]), lanes, d1);
                    d2 = Vector512.FusedMultiplyAdd(Vector512.Create(di[2 * TStep.Numbers]), lanes, d2);
                    d3 = Vector512.FusedMultiplyAdd(Vector512.Create(di[3 * TStep.Numbers]), lanes, d3);
                }
            }
        }
        Store(quads[0], a0, a1, a2, a3);
        Store(quads[1], b0, b1, b2, b3);
        Store(quads[2], c0, c1, c2, c3);
        Store(quads[3], d0, d1, d2, d3);

        Vector512<float> Start(Quad quad, int pixel) =>
            quad.Start == null ? Vector512<float>.Zero : Vector512.Load(quad.Start + pixel * pixelStride);

        void Store(Quad quad, Vector512<float> first, Vector512<float> second, Vector512<float> third, Vector512<float> fourth)
        {
            first.Store(quad.Output);
            second.Store(quad.Output + pixelStride);
            third.Store(quad.Output + 2 * pixelStride);
            fourth.Store(quad.Output + 3 * pixelStride);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Four<TStep>(in Windows windows, Quad* quad, float* weights, nint pixelStride) where TStep : struct, IWindowStep
    {
        Vector256<float> a0 = Start(0, 0), a1 = Start(1, 0), a2 = Start(2, 0), a3 = Start(3, 0);
        Vector256<float> b0 = Start(0, 8), b1 = Start(1, 8), b2 = Start(2, 8), b3 = Start(3, 8);
        for (int row = 0; row < windows.Rows; row++)
        {
            for (int block = 0; block < windows.Blocks; block++)
            {
                float* input = quad->Input + row * windows.RowStride + block * windows.BlockStride;
                float* end = input + windows.Taps;
                for (; input < end; input++, weights += Lanes)
                {
                    Vector256<float> low = Vector256.Load(weights), high = Vector256.Load(weights + 8);
                    var pixel = Vector256.Create(input[0]);
                    a0 = Vector256.FusedMultiplyAdd(pixel, low, a0);
                    b0 = Vector256.FusedMultiplyAdd(pixel, high, b0);
                    pixel = Vector256.Create(input[TStep.Numbers]);
                    a1 = Vector256.FusedMultiplyAdd(pixel, low, a1);
                    b1 = Vector256.FusedMultiplyAdd(pixel, high, b1);
                    pixel = Vector256.Create(input[2 * TStep.Numbers]);
                    a2 = Vector256.FusedMultiplyAdd(pixel, low, a2);
                    b2 = Vector256.FusedMultiplyAdd(pixel, high, b2);
                    pixel = Vector256.Create(input[3 * TStep.Numbers]);
                    a3 = Vector256.FusedMultiplyAdd(pixel, low, a3);
                    b3 = Vector256.FusedMultiplyAdd(pixel, high, b3);
                }
            }
        }
        Store(0, a0, b0);
        Store(1, a1, b1);
        Store(2, a2, b2);
        Store(3, a3, b3);

        Vector256<float> Start(int pixel, int lane) =>
            quad->Start == null ? Vector256<float>.Zero : Vector256.Load(quad->Start + pixel * pixelStride + lane);

        void Store(int pixel, Vector256<float> low, Vector256<float> high)
        {
            low.Store(quad->Output + pixel * pixelStride);
            high.Store(quad->Output + pixel * pixelStride + 8);
        }
    }
}
