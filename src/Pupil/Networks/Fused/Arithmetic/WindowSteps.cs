namespace Pupil.Networks.Fused.Arithmetic;

/// <summary>Chooses the compiled code for a distance of windows: 4, 8, 16 or 32 numbers from a pixel's to the next one's.</summary>
internal static unsafe class WindowSteps
{
    /// <summary>See <see cref="WindowSums.Compute"/>.</summary>
    public static void Compute(int step, in Windows windows, Quad* quads, float* weights, nint pixelStride)
    {
        switch (step)
        {
            case 4: WindowSums.Compute<Step4>(windows, quads, weights, pixelStride); break;
            case 8: WindowSums.Compute<Step8>(windows, quads, weights, pixelStride); break;
            case 16: WindowSums.Compute<Step16>(windows, quads, weights, pixelStride); break;
            case 32: WindowSums.Compute<Step32>(windows, quads, weights, pixelStride); break;
            default: throw Unknown(step);
        }
    }

    /// <summary>See <see cref="WeightSums.Add"/>.</summary>
    public static void AddWeights(int step, float* input, nint inputRow, float* gradient, nint gradientRow, int rows, int columns,
        int numbers, float* sums)
    {
        switch (step)
        {
            case 4: WeightSums.Add<Step4>(input, inputRow, gradient, gradientRow, rows, columns, numbers, sums); break;
            case 8: WeightSums.Add<Step8>(input, inputRow, gradient, gradientRow, rows, columns, numbers, sums); break;
            case 16: WeightSums.Add<Step16>(input, inputRow, gradient, gradientRow, rows, columns, numbers, sums); break;
            case 32: WeightSums.Add<Step32>(input, inputRow, gradient, gradientRow, rows, columns, numbers, sums); break;
            default: throw Unknown(step);
        }
    }

    private static ArgumentOutOfRangeException Unknown(int step) => new(nameof(step), step, "Windows of another distance.");

    private readonly struct Step4 : IWindowStep
    {
        public static int Numbers => 4;
    }

    private readonly struct Step8 : IWindowStep
    {
        public static int Numbers => 8;
    }

    private readonly struct Step16 : IWindowStep
    {
        public static int Numbers => 16;
    }

    private readonly struct Step32 : IWindowStep
    {
        public static int Numbers => 32;
    }
}
