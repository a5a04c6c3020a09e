using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Pupil.Networks.Fused.Arithmetic;

/// <summary>
/// One image's map with a border of zeros, as the windows of a convolution read it: row by row, in each row the blocks of channels one
/// after the other, in each block the pixels with their channels of the block.
/// </summary>
/// <param name="Channels">C.</param>
/// <param name="Height">H.</param>
/// <param name="Width">W.</param>
/// <param name="Top">Rows of zeros above.</param>
/// <param name="Left">Columns of zeros on the left.</param>
/// <param name="Rows">All rows.</param>
/// <param name="Columns">All columns.</param>
internal readonly record struct PaddedMap(int Channels, int Height, int Width, int Top, int Left, int Rows, int Columns)
{
    /// <summary>The channels of a block of a map with few channels.</summary>
    public const int FewLanes = 4;

    /// <summary>The channels of a block.</summary>
    public int Lanes => Channels <= FewLanes ? FewLanes : WindowSums.Lanes;

    /// <summary>The blocks of channels.</summary>
    public int Blocks => (Channels + Lanes - 1) / Lanes;

    /// <summary>The numbers of a block in a row.</summary>
    public nint BlockStride => (nint)Columns * Lanes;

    /// <summary>The numbers of a row.</summary>
    public nint RowStride => Blocks * BlockStride;

    /// <summary>All numbers.</summary>
    public long Numbers => (long)Rows * RowStride;

    /// <summary>Writes max(floor, x·scale + shift) for every pixel, and zeros around.</summary>
    /// <param name="map">H×W×C.</param>
    /// <param name="line">The line and the floor.</param>
    /// <param name="padded">The result.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public unsafe void Fill(float* map, in MapLine line, float* padded)
    {
        var floor = Vector512.Create(line.Floor);
        for (int row = 0; row < Rows; row++, padded += RowStride)
        {
            if (!HasRow(row))
            {
                Clear(padded, RowStride);
                continue;
            }
            float* pixels = map + (nint)(row - Top) * Width * Channels;
            for (int block = 0; block < Blocks; block++)
            {
                float* to = ClearSides(padded + block * BlockStride);
                if (Lanes == FewLanes)
                {
                    FillFew(pixels, to);
                    continue;
                }
                float* from = pixels + block * Lanes;
                var scale = Vector512.Load(line.Scale + block * Lanes);
                var shift = Vector512.Load(line.Shift + block * Lanes);
                for (int x = 0; x < Width; x++, from += Channels, to += WindowSums.Lanes)
                    Vector512.MaxNative(floor, Vector512.FusedMultiplyAdd(Vector512.Load(from), scale, shift)).Store(to);
            }
        }
    }

    /// <summary>Whether a row is one of the map, and not of the border.</summary>
    public bool HasRow(int row) => row >= Top && row < Top + Height;

    /// <summary>Clears the border's part of a row of a block.</summary>
    /// <returns>The first pixel of the map.</returns>
    public unsafe float* ClearSides(float* row)
    {
        float* first = row + (nint)Left * Lanes;
        Clear(row, (nint)Left * Lanes);
        Clear(first + (nint)Width * Lanes, (nint)(Columns - Left - Width) * Lanes);
        return first;
    }

    /// <summary>Sets numbers to zero.</summary>
    public static unsafe void Clear(float* first, nint count) => new Span<float>(first, (int)count).Clear();

    // Without a line: such a map is the network's input.
    private unsafe void FillFew(float* from, float* to)
    {
        for (int x = 0; x < Width; x++, from += Channels, to += FewLanes)
        {
            for (int channel = 0; channel < FewLanes; channel++)
                to[channel] = channel < Channels ? from[channel] : 0;
        }
    }
}

/// <summary>max(floor, x·scale + shift), a batch-norm and an activation of a map.</summary>
/// <param name="scale">C numbers; ones without a batch-norm.</param>
/// <param name="shift">C numbers; zeros without a batch-norm.</param>
/// <param name="floor">0 with ReLU, −∞ without.</param>
internal readonly unsafe struct MapLine(float* scale, float* shift, float floor)
{
    public readonly float* Scale = scale, Shift = shift;
    public readonly float Floor = floor;

    /// <summary>Its values for 16 channels of a pixel.</summary>
    /// <param name="pixel">The pixel's first channel.</param>
    /// <param name="channel">The first of the 16 channels.</param>
    public Vector512<float> Apply(float* pixel, int channel) => Vector512.MaxNative(Vector512.Create(Floor),
        Vector512.FusedMultiplyAdd(Vector512.Load(pixel + channel), Vector512.Load(Scale + channel), Vector512.Load(Shift + channel)));
}
