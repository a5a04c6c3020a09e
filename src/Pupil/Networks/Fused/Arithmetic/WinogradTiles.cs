using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Pupil.Networks.Fused.Arithmetic;

/// <summary>
/// The transforms of Winograd's convolution F(2×2, 3×3) (Lavin and Gray 2016): 2×2 outputs of a 3×3 kernel need 16 products instead of
/// 36. Values of 16 tiles lie together: by point of the 4×4 grid, by block of 16 channels, by tile, by channel.
/// </summary>
internal static unsafe class WinogradTiles
{
    /// <summary>The tiles that lie together.</summary>
    public const int Tiles = 16;

    /// <summary>The points of a tile.</summary>
    public const int Points = 16;

    /// <summary>The numbers of a point and a block.</summary>
    public const int Numbers = Tiles * Lanes;

    private const int Lanes = WindowSums.Lanes;

    /// <summary>Transforms a tile's 4×4 inputs: Bᵀ·d·B.</summary>
    /// <param name="input">The first input of 16 channels; those of a row lie 16 numbers apart.</param>
    /// <param name="row">The numbers from a row to the next.</param>
    /// <param name="to">The tile's first point.</param>
    /// <param name="point">The numbers from a point to the next.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Input(float* input, nint row, float* to, nint point)
    {
        float* second = input + row;
        float* third = second + row;
        float* fourth = third + row;
        Line(Vector512.Load(input) - Vector512.Load(third), Vector512.Load(input + Lanes) - Vector512.Load(third + Lanes),
            Vector512.Load(input + 2 * Lanes) - Vector512.Load(third + 2 * Lanes),
            Vector512.Load(input + 3 * Lanes) - Vector512.Load(third + 3 * Lanes), to);
        Vector512<float> b0 = Vector512.Load(second), b1 = Vector512.Load(second + Lanes);
        Vector512<float> b2 = Vector512.Load(second + 2 * Lanes), b3 = Vector512.Load(second + 3 * Lanes);
        Vector512<float> c0 = Vector512.Load(third), c1 = Vector512.Load(third + Lanes);
        Vector512<float> c2 = Vector512.Load(third + 2 * Lanes), c3 = Vector512.Load(third + 3 * Lanes);
        Line(b0 + c0, b1 + c1, b2 + c2, b3 + c3, to + 4 * point);
        Line(c0 - b0, c1 - b1, c2 - b2, c3 - b3, to + 8 * point);
        Line(b0 - Vector512.Load(fourth), b1 - Vector512.Load(fourth + Lanes), b2 - Vector512.Load(fourth + 2 * Lanes),
            b3 - Vector512.Load(fourth + 3 * Lanes), to + 12 * point);

        void Line(Vector512<float> a, Vector512<float> b, Vector512<float> c, Vector512<float> d, float* at)
        {
            (a - c).Store(at);
            (b + c).Store(at + point);
            (c - b).Store(at + 2 * point);
            (b - d).Store(at + 3 * point);
        }
    }

    /// <summary>Transforms a tile's sums to 2×2 outputs: Aᵀ·m·A, plus what they start with.</summary>
    /// <param name="sums">The tile's first point, 16 channels.</param>
    /// <param name="point">The numbers from a point to the next.</param>
    /// <param name="start">The numbers that the first output starts with; null: zeros.</param>
    /// <param name="output">The first output.</param>
    /// <param name="row">The numbers from an output to the one below.</param>
    /// <param name="column">The numbers from an output to the one on its right.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Output(float* sums, nint point, float* start, float* output, nint row, nint column)
    {
        float* second = sums + 4 * point;
        float* third = sums + 8 * point;
        float* fourth = sums + 12 * point;
        Vector512<float> a = Vector512.Load(second), b = Vector512.Load(third);
        var (above, below) = (Vector512.Load(sums) + a + b, a - b - Vector512.Load(fourth));
        (a, b) = (Vector512.Load(second + point), Vector512.Load(third + point));
        var (above1, below1) = (Vector512.Load(sums + point) + a + b, a - b - Vector512.Load(fourth + point));
        (a, b) = (Vector512.Load(second + 2 * point), Vector512.Load(third + 2 * point));
        var (above2, below2) = (Vector512.Load(sums + 2 * point) + a + b, a - b - Vector512.Load(fourth + 2 * point));
        (a, b) = (Vector512.Load(second + 3 * point), Vector512.Load(third + 3 * point));
        var (above3, below3) = (Vector512.Load(sums + 3 * point) + a + b, a - b - Vector512.Load(fourth + 3 * point));
        var (one, two) = (above + above1 + above2, above1 - above2 - above3);
        var (three, four) = (below + below1 + below2, below1 - below2 - below3);
        if (start != null)
        {
            one += Vector512.Load(start);
            two += Vector512.Load(start + column);
            three += Vector512.Load(start + row);
            four += Vector512.Load(start + row + column);
        }
        one.Store(output);
        two.Store(output + column);
        three.Store(output + row);
        four.Store(output + row + column);
    }

    /// <summary>Transforms the gradient of a tile's 2×2 outputs: A·y·Aᵀ.</summary>
    /// <param name="gradient">The first output of 16 channels; the next of the row lies 16 numbers on.</param>
    /// <param name="row">The numbers from a row to the next.</param>
    /// <param name="to">The tile's first point.</param>
    /// <param name="point">The numbers from a point to the next.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void OutputGradient(float* gradient, nint row, float* to, nint point)
    {
        Vector512<float> a = Vector512.Load(gradient), b = Vector512.Load(gradient + Lanes);
        Vector512<float> c = Vector512.Load(gradient + row), d = Vector512.Load(gradient + row + Lanes);
        Line(a, b, to);
        Line(a + c, b + d, to + 4 * point);
        Line(a - c, b - d, to + 8 * point);
        Line(-c, -d, to + 12 * point);

        void Line(Vector512<float> first, Vector512<float> second, float* at)
        {
            first.Store(at);
            (first + second).Store(at + point);
            (first - second).Store(at + 2 * point);
            (-second).Store(at + 3 * point);
        }
    }

    /// <summary>Transforms 3×3 weights: G·g·Gᵀ.</summary>
    /// <param name="weights">The first weight of 16 output channels.</param>
    /// <param name="row">From a row of the kernel to the next.</param>
    /// <param name="column">From a column to the next.</param>
    /// <param name="to">The first point.</param>
    /// <param name="point">From a point to the next.</param>
    public static void Weights(float* weights, nint row, nint column, float* to, nint point)
    {
        var half = Vector512.Create(0.5f);
        Span<Vector512<float>> lines = stackalloc Vector512<float>[12];
        for (int i = 0; i < 3; i++)
        {
            var (a, b, c) = (Vector512.Load(weights + i * column), Vector512.Load(weights + row + i * column),
                Vector512.Load(weights + 2 * row + i * column));
            (lines[i], lines[3 + i], lines[6 + i], lines[9 + i]) = (a, half * (a + b + c), half * (a - b + c), c);
        }
        for (int line = 0; line < 4; line++, to += 4 * point)
        {
            var (a, b, c) = (lines[3 * line], lines[3 * line + 1], lines[3 * line + 2]);
            a.Store(to);
            (half * (a + b + c)).Store(to + point);
            (half * (a - b + c)).Store(to + 2 * point);
            c.Store(to + 3 * point);
        }
    }

    /// <summary>Transforms the gradient of transformed weights to that of the weights: Gᵀ·u·G.</summary>
    /// <param name="gradient">The first point of 16 output channels.</param>
    /// <param name="point">From a point to the next.</param>
    /// <param name="to">The first weight.</param>
    /// <param name="row">From a row of the kernel to the next.</param>
    /// <param name="column">From a column to the next.</param>
    public static void WeightGradient(float* gradient, nint point, float* to, nint row, nint column)
    {
        var half = Vector512.Create(0.5f);
        Span<Vector512<float>> lines = stackalloc Vector512<float>[12];
        for (int i = 0; i < 4; i++)
        {
            var one = half * Vector512.Load(gradient + (4 + i) * point);
            var two = half * Vector512.Load(gradient + (8 + i) * point);
            lines[i] = Vector512.Load(gradient + i * point) + one + two;
            lines[4 + i] = one - two;
            lines[8 + i] = one + two + Vector512.Load(gradient + (12 + i) * point);
        }
        for (int line = 0; line < 3; line++, to += row)
        {
            var (one, two) = (half * lines[4 * line + 1], half * lines[4 * line + 2]);
            (lines[4 * line] + one + two).Store(to);
            (one - two).Store(to + column);
            (one + two + lines[4 * line + 3]).Store(to + 2 * column);
        }
    }
}
