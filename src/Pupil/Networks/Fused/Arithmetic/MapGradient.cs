using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Pupil.Networks.Fused.Arithmetic;

/// <summary>
/// The gradient of one image's map, as a sum: the gradient that was added to it directly, and that of the output of a batch-norm, which
/// moves on as it is read: output·gradient + input·map + constant, with factors of the batch.
/// </summary>
/// <param name="direct">H×W×C; null for none.</param>
/// <param name="ofOutput">The gradient of the batch-norm's output, H×W×C; null for none.</param>
/// <param name="map">The batch-norm's input, H×W×C.</param>
/// <param name="factors">Three times C numbers: of the output's gradient, of the input, and the constants.</param>
internal readonly unsafe struct MapGradient(float* direct, float* ofOutput, float* map, float* factors)
{
    private const int Lanes = WindowSums.Lanes;

    private readonly float* _direct = direct, _ofOutput = ofOutput, _map = map, _factors = factors;

    /// <summary>Where <see cref="Store"/> writes: over one of its parts.</summary>
    public float* Sum => _direct != null ? _direct : _ofOutput;

    /// <summary>Writes the sum over one of its parts.</summary>
    /// <param name="pixels">H·W.</param>
    /// <param name="channels">C.</param>
    public void Store(int pixels, int channels)
    {
        if (_ofOutput == null)
            return;
        for (int block = 0; block < channels; block += Lanes)
            Line(block, channels, pixels, channels, Sum + block, null);
    }

    /// <summary>Writes the sum with a border of zeros.</summary>
    /// <param name="form">The map's form.</param>
    /// <param name="padded">The result.</param>
    /// <param name="stores">Whether the sum is also written over one of its parts.</param>
    public void Fill(in PaddedMap form, float* padded, bool stores)
    {
        for (int row = 0; row < form.Rows; row++, padded += form.RowStride)
        {
            if (!form.HasRow(row))
            {
                PaddedMap.Clear(padded, form.RowStride);
                continue;
            }
            for (int block = 0; block < form.Blocks; block++)
            {
                nint start = (nint)(row - form.Top) * form.Width * form.Channels + block * Lanes;
                float* to = form.ClearSides(padded + block * form.BlockStride);
                Line(start, form.Channels, form.Width, Lanes, to, stores ? Sum + start : null);
            }
        }
    }

    // Pixels of one block of channels, from `start`.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Line(nint start, int channels, int pixels, int step, float* to, float* second)
    {
        if (_ofOutput == null)
        {
            for (int pixel = 0; pixel < pixels; pixel++, start += channels, to += step)
                Vector512.Load(_direct + start).Store(to);
            return;
        }
        int channel = (int)(start % channels);
        var ofOutput = Vector512.Load(_factors + channel);
        var ofInput = Vector512.Load(_factors + channels + channel);
        var constant = Vector512.Load(_factors + 2 * channels + channel);
        for (int pixel = 0; pixel < pixels; pixel++, start += channels, to += step)
        {
            var sum = _direct == null ? constant : Vector512.Load(_direct + start) + constant;
            sum = Vector512.FusedMultiplyAdd(Vector512.Load(_ofOutput + start), ofOutput, sum);
            sum = Vector512.FusedMultiplyAdd(Vector512.Load(_map + start), ofInput, sum);
            sum.Store(to);
            if (second == null)
                continue;
            sum.Store(second);
            second += channels;
        }
    }
}
