using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Pupil.Networks.Fused.Arithmetic;

/// <summary>Products of the values of 16 tiles with weights, at one point of the tiles.</summary>
internal static unsafe class WinogradProducts
{
    private const int Lanes = WindowSums.Lanes, Tiles = WinogradTiles.Tiles;

    /// <summary>Computes Σ over the channels c of values[tile, c] · weights[c, lane] for 16 tiles and lanes.</summary>
    /// <param name="values">By block of 16 channels, tile, channel.</param>
    /// <param name="weights">16 for every channel.</param>
    /// <param name="blocks">The blocks of channels.</param>
    /// <param name="sums">By tile, lane.</param>
    public static void Compute(float* values, float* weights, int blocks, float* sums)
    {
        if (Vector512.IsHardwareAccelerated)
        {
            Sixteen(values, weights, blocks, sums);
            return;
        }
        for (int tile = 0; tile < Tiles; tile += 4)
            Four(values + tile * Lanes, weights, blocks, sums + tile * Lanes);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Sixteen(float* values, float* weights, int blocks, float* sums)
    {
        Vector512<float> s0 = default, s1 = default, s2 = default, s3 = default, s4 = default, s5 = default, s6 = default, s7 = default;
        Vector512<float> s8 = default, s9 = default, s10 = default, s11 = default;
        Vector512<float> s12 = default, s13 = default, s14 = default, s15 = default;
        for (int block = 0; block < blocks; block++, values += Tiles * Lanes)
        {
            float* end = values + Lanes;
            for (float* v = values; v < end; v++, weights += Lanes)
            {
                var lanes = Vector512.Load(weights);
                s0 = Vector512.FusedMultiplyAdd(Vector512.Create(v[0 * Lanes]), lanes, s0);
                s1 = Vector512.FusedMultiplyAdd(Vector512.Create(v[1 * Lanes]), lanes, s1);
                s2 = Vector512.FusedMultiplyAdd(Vector512.Create(v[2 * Lanes]), lanes, s2);
                s3 = Vector512.FusedMultiplyAdd(Vector512.Create(v[3 * Lanes]), lanes, s3);
                s4 = Vector512.FusedMultiplyAdd(Vector512.Create(v[4 * Lanes]), lanes, s4);
                s5 = Vector512.FusedMultiplyAdd(Vector512.Create(v[5 * Lanes]), lanes, s5);
                s6 = Vector512.FusedMultiplyAdd(Vector512.Create(v[6 * Lanes]), lanes, s6);
                s7 = Vector512.FusedMultiplyAdd(Vector512.Create(v[7 * Lanes]), lanes, s7);
                s8 = Vector512.FusedMultiplyAdd(Vector512.Create(v[8 * Lanes]), lanes, s8);
                s9 = Vector512.FusedMultiplyAdd(Vector512.Create(v[9 * Lanes]), lanes, s9);
                s10 = Vector512.FusedMultiplyAdd(Vector512.Create(v[10 * Lanes]), lanes, s10);
                s11 = Vector512.FusedMultiplyAdd(Vector512.Create(v[11 * Lanes]), lanes, s11);
                s12 = Vector512.FusedMultiplyAdd(Vector512.Create(v[12 * Lanes]), lanes, s12);
                s13 = Vector512.FusedMultiplyAdd(Vector512.Create(v[13 * Lanes]), lanes, s13);
                s14 = Vector512.FusedMultiplyAdd(Vector512.Create(v[14 * Lanes]), lanes, s14);
                s15 = Vector512.FusedMultiplyAdd(Vector512.Create(v[15 * Lanes]), lanes, s15);
            }
        }
        s0.Store(sums);
        s1.Store(sums + 1 * Lanes);
        s2.Store(sums + 2 * Lanes);
        s3.Store(sums + 3 * Lanes);
        s4.Store(sums + 4 * Lanes);
        s5.Store(sums + 5 * Lanes);
        s6.Store(sums + 6 * Lanes);
        s7.Store(sums + 7 * Lanes);
        s8.Store(sums + 8 * Lanes);
        s9.Store(sums + 9 * Lanes);
        s10.Store(sums + 10 * Lanes);
        s11.Store(sums + 11 * Lanes);
        s12.Store(sums + 12 * Lanes);
        s13.Store(sums + 13 * Lanes);
        s14.Store(sums + 14 * Lanes);
        s15.Store(sums + 15 * Lanes);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Four(float* values, float* weights, int blocks, float* sums)
    {
        Vector256<float> a0 = default, a1 = default, a2 = default, a3 = default, b0 = default, b1 = default, b2 = default, b3 = default;
        for (int block = 0; block < blocks; block++, values += Tiles * Lanes)
        {
            float* end = values + Lanes;
            for (float* v = values; v < end; v++, weights += Lanes)
            {
                Vector256<float> low = Vector256.Load(weights), high = Vector256.Load(weights + 8);
                var value = Vector256.Create(v[0 * Lanes]);
                a0 = Vector256.FusedMultiplyAdd(value, low, a0);
                b0 = Vector256.FusedMultiplyAdd(value, high, b0);
                value = Vector256.Create(v[1 * Lanes]);
                a1 = Vector256.FusedMultiplyAdd(value, low, a1);
                b1 = Vector256.FusedMultiplyAdd(value, high, b1);
                value = Vector256.Create(v[2 * Lanes]);
                a2 = Vector256.FusedMultiplyAdd(value, low, a2);
                b2 = Vector256.FusedMultiplyAdd(value, high, b2);
                value = Vector256.Create(v[3 * Lanes]);
                a3 = Vector256.FusedMultiplyAdd(value, low, a3);
                b3 = Vector256.FusedMultiplyAdd(value, high, b3);
            }
        }
        a0.Store(sums + 0 * Lanes);
        b0.Store(sums + 0 * Lanes + 8);
        a1.Store(sums + 1 * Lanes);
        b1.Store(sums + 1 * Lanes + 8);
        a2.Store(sums + 2 * Lanes);
        b2.Store(sums + 2 * Lanes + 8);
        a3.Store(sums + 3 * Lanes);
        b3.Store(sums + 3 * Lanes + 8);
    }
}
