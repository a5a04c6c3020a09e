namespace Pupil.Networks.Fused.Arithmetic;

/// <summary>Pixels of the outputs of some images, taken four by four in their rows.</summary>
/// <param name="images">N.</param>
/// <param name="imageStride">The numbers from an image to the next.</param>
/// <param name="height">Rows.</param>
/// <param name="width">Columns.</param>
/// <param name="pixelStride">The numbers from a pixel to the next.</param>
/// <param name="rowStride">The numbers from a row to the next.</param>
internal readonly unsafe struct OutputQuads(int images, nint imageStride, int height, int width, int pixelStride, int rowStride)
{
    private const int Pixels = 4, Lanes = WindowSums.Lanes;

    /// <summary>A width, rounded up to quads.</summary>
    public static int Padded(int width) => (width + Pixels - 1) / Pixels * Pixels;

    /// <summary>Computes a convolution.</summary>
    /// <param name="windows">The windows of the input.</param>
    /// <param name="input">The first pixel's window.</param>
    /// <param name="inputImage">From an image's windows to the next image's.</param>
    /// <param name="inputRow">From a row's windows to the next row's.</param>
    /// <param name="inputPixel">From a pixel's window to the next pixel's.</param>
    /// <param name="weights">The weights, by block of 16 channels.</param>
    /// <param name="blockWeights">The weights of a block.</param>
    /// <param name="channels">The output's channels.</param>
    /// <param name="start">The numbers that the sums start with; null: zeros.</param>
    /// <param name="output">The first pixel.</param>
    public void Compute(in Windows windows, float* input, nint inputImage, nint inputRow, int inputPixel, float* weights, int blockWeights,
        int channels, float* start, float* output)
    {
        int inRow = Padded(width) / Pixels, inImage = height * inRow, all = images * inImage, atOnce = WindowSums.QuadsAtOnce;
        Quad* quads = stackalloc Quad[atOnce];
        // The last quad of a row may have fewer pixels than four, the last group fewer quads than fit.
        float* spare = stackalloc float[atOnce * Pixels * Lanes];
        for (int channel = 0; channel < channels; channel += Lanes, weights += blockWeights)
        {
            for (int first = 0; first < all; first += atOnce)
            {
                bool isWhole = first + atOnce <= all && width % Pixels == 0;
                for (int i = 0; i < atOnce; i++)
                {
                    var (image, inside) = Math.DivRem(Math.Min(first + i, all - 1), inImage);
                    int row = inside / inRow, column = inside % inRow * Pixels;
                    nint place = image * imageStride + (nint)row * rowStride + (nint)column * pixelStride + channel;
                    quads[i] = new Quad
                    {
                        Input = input + image * inputImage + row * inputRow + (nint)column * inputPixel,
                        Output = output + place,
                        Start = start == null ? null : start + place,
                    };
                }
                if (isWhole)
                    WindowSteps.Compute(inputPixel, windows, quads, weights, pixelStride);
                else
                    ComputePart(windows, quads, first, all, inRow, inputPixel, weights, spare);
            }
        }
    }

    private void ComputePart(
        in Windows windows, Quad* quads, int first, int all, int inRow, int inputPixel, float* weights, float* spare)
    {
        int atOnce = WindowSums.QuadsAtOnce;
        Quad* redirected = stackalloc Quad[atOnce];
        for (int i = 0; i < atOnce; i++)
        {
            float* own = spare + i * Pixels * Lanes;
            redirected[i] = new Quad { Input = quads[i].Input, Output = own, Start = quads[i].Start == null ? null : own };
            for (int pixel = 0; quads[i].Start != null && pixel < PixelsOf(first + i, all, inRow); pixel++)
                Copy(quads[i].Start + pixel * pixelStride, own + pixel * Lanes);
        }
        WindowSteps.Compute(inputPixel, windows, redirected, weights, Lanes);
        for (int i = 0; i < atOnce; i++)
        {
            for (int pixel = 0; pixel < PixelsOf(first + i, all, inRow); pixel++)
                Copy(redirected[i].Output + pixel * Lanes, quads[i].Output + pixel * pixelStride);
        }
    }

    private int PixelsOf(int quad, int all, int inRow) => quad >= all ? 0 : Math.Min(Pixels, width - quad % inRow * Pixels);

    private static void Copy(float* from, float* to) => new Span<float>(from, Lanes).CopyTo(new Span<float>(to, Lanes));
}
