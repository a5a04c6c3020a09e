namespace Pupil.Networks.Fused.Arithmetic;

/// <summary>
/// A 3×3 convolution of stride 1 that keeps height and width, by Winograd's F(2×2, 3×3): 16 products in place of 36 for four outputs. It
/// rounds a little more than the definition.
/// </summary>
internal sealed unsafe class WinogradKernel : ConvolutionKernel
{
    private const int Lanes = WindowSums.Lanes, Tiles = WinogradTiles.Tiles, Points = WinogradTiles.Points, Numbers = WinogradTiles.Numbers;
    private const int Size = 3, Step = 2;
    private const double Enough = 0.85;

    private static readonly int[] PossibleImages = [1, 2, 3, 4, 5, 8, 16];

    private readonly int _height, _width, _tilesInRow, _tiles, _fromBlocks, _toBlocks;

    /// <summary>Plans a convolution.</summary>
    /// <param name="input">The input.</param>
    /// <param name="output">The output.</param>
    public WinogradKernel(MapSize input, MapSize output) : base(input.Channels, output.Channels, Size)
    {
        (_height, _width) = (output.Height, output.Width);
        int rows = (_height + 1) / Step;
        _tilesInRow = (_width + 1) / Step;
        _tiles = rows * _tilesInRow;
        Input = new PaddedMap(input.Channels, _height, _width, 1, 1, Step * rows + 2, Step * _tilesInRow + 2);
        OutputGradient = Input with { Channels = output.Channels };
        (_fromBlocks, _toBlocks) = (Input.Blocks, OutputGradient.Blocks);
        ImagesAtOnce = BestImages(_tiles);
    }

    /// <inheritdoc/>
    public override PaddedMap Input { get; }

    /// <inheritdoc/>
    public override PaddedMap OutputGradient { get; }

    /// <inheritdoc/>
    public override int ImagesAtOnce { get; }

    /// <inheritdoc/>
    public override long WeightNumbers => (long)Points * _fromBlocks * _toBlocks * Lanes * Lanes;

    /// <inheritdoc/>
    public override long WorkNumbers => (long)Points * (_fromBlocks + _toBlocks) * Numbers;

    /// <summary>Whether it computes a convolution.</summary>
    public static bool Supports(MapSize input, int size, int stride, int padding) =>
        size == Size && stride == 1 && padding == 1 && input.Channels % Lanes == 0;

    /// <inheritdoc/>
    public override void Prepare(float* weights, float* prepared)
    {
        using var packed = new NativeNumbers(Order.Numbers);
        Order.Pack(weights, packed.First);
        Transform(packed.First, prepared, _toBlocks, _fromBlocks);
    }

    /// <inheritdoc/>
    public override void PrepareTransposed(float* weights, float* prepared)
    {
        using var packed = new NativeNumbers(Order.Numbers);
        Order.PackTransposed(weights, [2, 1, 0], [2, 1, 0], packed.First);
        Transform(packed.First, prepared, _fromBlocks, _toBlocks);
    }

    /// <inheritdoc/>
    public override void Forward(int images, float* input, float* weights, float* start, float* output, float* work) =>
        Convolve(images, Input, input, weights, start, output, _toBlocks, work);

    /// <inheritdoc/>
    public override void AddInputGradient(int images, float* gradient, float* weights, float* result, bool isFirst, float* work) =>
        Convolve(images, OutputGradient, gradient, weights, isFirst ? null : result, result, _fromBlocks, work);

    /// <inheritdoc/>
    public override void AddWeightGradient(int images, float* input, float* gradient, float* sums, float* work)
    {
        float* ofOutput = work + (nint)Points * _fromBlocks * Numbers;
        nint row = OutputGradient.RowStride, point = (nint)_toBlocks * Numbers;
        // The first pixel that is no border.
        float* pixels = gradient + OutputGradient.RowStride + Lanes;
        int tiles = images * _tiles;
        for (int first = 0; first < tiles; first += Tiles)
        {
            TransformInputs(tiles, Input, input, first, work);
            for (int tile = 0; tile < Tiles; tile++)
            {
                for (int block = 0; block < _toBlocks; block++)
                {
                    float* to = ofOutput + (nint)block * Numbers + tile * Lanes;
                    if (first + tile >= tiles)
                        ClearPoints(to, point);
                    else
                        WinogradTiles.OutputGradient(PlaceOf(OutputGradient, pixels, first + tile, block), row, to, point);
                }
            }
            float* sum = sums;
            for (int at = 0; at < Points; at++)
            {
                for (int to = 0; to < _toBlocks; to++)
                {
                    float* given = ofOutput + ((nint)at * _toBlocks + to) * Numbers;
                    for (int from = 0; from < _fromBlocks; from++, sum += Lanes * Lanes)
                    {
                        float* values = work + ((nint)at * _fromBlocks + from) * Numbers;
                        WindowSteps.AddWeights(Lanes, values, 0, given, 0, 1, Tiles, Lanes, sum);
                    }
                }
            }
        }
    }

    /// <inheritdoc/>
    public override void Reduce(float* sums, int groups, int block, float* gradient)
    {
        nint inPoint = (nint)_toBlocks * _fromBlocks * Lanes * Lanes, inBlock = (nint)_fromBlocks * Lanes * Lanes;
        using var points = new NativeNumbers(Points * inBlock);
        for (int point = 0; point < Points; point++)
        {
            float* first = sums + point * inPoint + block * inBlock;
            ConvolutionWeights.Sum(first, groups, WeightNumbers, points.First + point * inBlock, inBlock);
        }
        using var packed = new NativeNumbers(Order.BlockNumbers);
        for (int from = 0; from < _fromBlocks; from++)
        {
            for (int lane = 0; lane < Lanes; lane++)
            {
                WinogradTiles.WeightGradient(points.First + ((nint)from * Lanes + lane) * Lanes, inBlock,
                    packed.First + ((nint)from * Size * Lanes + lane) * Lanes, (nint)_fromBlocks * Size * Lanes * Lanes, Lanes * Lanes);
            }
        }
        Order.Unpack(packed.First, block, gradient);
    }

    // The fewest images whose tiles fill most of the last 16, which are computed as a whole; else those that fill them best.
    private static int BestImages(int tiles)
    {
        return PossibleImages.FirstOrDefault(images => Filled(images) >= Enough, PossibleImages.MaxBy(Filled));

        double Filled(int images) => images * tiles / (double)((images * tiles + Tiles - 1) / Tiles * Tiles);
    }

    // From by output block, row, input block, column, input, output to by point, output block, input block, input, output.
    private static void Transform(float* packed, float* prepared, int toBlocks, int fromBlocks)
    {
        nint row = (nint)fromBlocks * Size * Lanes * Lanes, point = (nint)toBlocks * fromBlocks * Lanes * Lanes;
        for (int to = 0; to < toBlocks; to++)
        {
            for (int from = 0; from < fromBlocks; from++)
            {
                for (int lane = 0; lane < Lanes; lane++)
                {
                    float* weights = packed + Size * row * to + ((nint)from * Size * Lanes + lane) * Lanes;
                    float* result = prepared + (((nint)to * fromBlocks + from) * Lanes + lane) * Lanes;
                    WinogradTiles.Weights(weights, row, Lanes * Lanes, result, point);
                }
            }
        }
    }

    private void Convolve(int images, PaddedMap form, float* input, float* weights, float* start, float* output, int blocks, float* work)
    {
        float* sums = work + (nint)Points * form.Blocks * Numbers;
        int weightsOfBlock = form.Blocks * Lanes * Lanes;
        int tiles = images * _tiles;
        for (int first = 0; first < tiles; first += Tiles)
        {
            TransformInputs(tiles, form, input, first, work);
            for (int point = 0; point < Points; point++)
            {
                for (int block = 0; block < blocks; block++)
                {
                    int place = point * blocks + block;
                    WinogradProducts.Compute(work + (nint)point * form.Blocks * Numbers, weights + (nint)place * weightsOfBlock,
                        form.Blocks, sums + (nint)place * Numbers);
                }
            }
            TransformSums(tiles, sums, first, start, output, blocks);
        }
    }

    private void TransformInputs(int tiles, PaddedMap form, float* input, int first, float* to)
    {
        int blocks = form.Blocks;
        nint point = (nint)blocks * Numbers, row = form.RowStride;
        for (int tile = 0; tile < Tiles; tile++, to += Lanes)
        {
            // Tiles after the last one repeat it; nothing reads their results.
            float* from = PlaceOf(form, input, Math.Min(first + tile, tiles - 1), 0);
            for (int block = 0; block < blocks; block++)
                WinogradTiles.Input(from + block * form.BlockStride, row, to + (nint)block * Numbers, point);
        }
    }

    private void TransformSums(int tiles, float* sums, int first, float* start, float* output, int blocks)
    {
        int channels = blocks * Lanes, inRow = _width * channels, end = Math.Min(first + Tiles, tiles);
        nint point = (nint)blocks * Numbers;
        float* spare = stackalloc float[Step * Step * Lanes];
        for (int tile = first; tile < end; tile++, sums += Lanes)
        {
            var (image, row, column) = PixelOf(tile);
            bool isWhole = row + 1 < _height && column + 1 < _width;
            nint place = ((nint)image * _height + row) * inRow + (nint)column * channels;
            for (int block = 0; block < blocks; block++, place += Lanes)
            {
                float* from = sums + (nint)block * Numbers;
                if (isWhole)
                {
                    WinogradTiles.Output(from, point, start == null ? null : start + place, output + place, inRow, channels);
                    continue;
                }
                WinogradTiles.Output(from, point, null, spare, Step * Lanes, Lanes);
                for (int i = 0; i < Step && row + i < _height; i++)
                {
                    for (int j = 0; j < Step && column + j < _width; j++)
                    {
                        nint pixel = place + (nint)i * inRow + (nint)j * channels;
                        MapSums.Put(spare + (Step * i + j) * Lanes, start == null ? null : start + pixel, output + pixel);
                    }
                }
            }
        }
    }

    private float* PlaceOf(PaddedMap form, float* map, int tile, int block)
    {
        var (image, row, column) = PixelOf(tile);
        return map + image * form.Numbers + row * form.RowStride + block * form.BlockStride + (nint)column * Lanes;
    }

    // The tile's first pixel; the tiles of an image follow those of the image before.
    private (int Image, int Row, int Column) PixelOf(int tile)
    {
        var (image, inside) = Math.DivRem(tile, _tiles);
        var (row, column) = Math.DivRem(inside, _tilesInRow);
        return (image, Step * row, Step * column);
    }

    private static void ClearPoints(float* to, nint point)
    {
        for (int i = 0; i < Points; i++)
            PaddedMap.Clear(to + i * point, Lanes);
    }
}
