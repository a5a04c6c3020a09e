using System.Runtime.Intrinsics;
using Pupil.Networks.Fused.Arithmetic;

namespace Pupil.Networks.Fused;

/// <summary>The maximum of every window of a view. The gradient goes to the first maximum, row by row, as in libtorch.</summary>
internal sealed unsafe class MaxPoolStep : SingleImageStep
{
    private const int Lanes = WindowSums.Lanes;

    private readonly MapView _input;
    private readonly int _size, _stride, _padding;

    public MaxPoolStep(int index, MapView input, int size, int stride, int padding, Func<MapSize, FusedMap> newMap) : base(index)
    {
        (_input, _size, _stride, _padding) = (input, size, stride, padding);
        input.Readers++;
        Output = newMap(new(input.Map.Channels, Outputs(input.Map.Height), Outputs(input.Map.Width)));

        int Outputs(int side) => (side + 2 * padding - size) / stride + 1;
    }

    /// <inheritdoc/>
    public override FusedMap Output { get; }

    /// <inheritdoc/>
    public override IEnumerable<FusedMap> Reads => [_input.Map];

    /// <inheritdoc/>
    protected override void Forward(FusedPass pass, int image, int thread)
    {
        var line = pass.Line(_input);
        float* from = pass.Map(_input.Map, image, thread), to = pass.Map(Output, image, thread);
        for (int pixel = 0; pixel < Output.Pixels; pixel++, to += Output.Channels)
        {
            var window = new Window(this, pixel);
            for (int block = 0; block < Output.Channels; block += Lanes)
                window.Maximum(from, line, block).Store(to + block);
        }
    }

    /// <inheritdoc/>
    public override void Backward(FusedGradients gradients) =>
        PixelGradient.Run(this, _input, gradients, (image, output, result, isFirst) =>
        {
            var map = _input.Map;
            var line = gradients.Pass.Line(_input);
            float* numbers = gradients.Pass.Map(map, image, 0), given = (float*)output, to = (float*)result;
            if (isFirst)
                PaddedMap.Clear(to, (nint)map.Numbers);
            for (int pixel = 0; pixel < Output.Pixels; pixel++, given += Output.Channels)
            {
                var window = new Window(this, pixel);
                for (int block = 0; block < Output.Channels; block += Lanes)
                    window.AddToFirst(window.Maximum(numbers, line, block), Vector512.Load(given + block), numbers, line, block, to);
            }
        });

    private readonly struct Window
    {
        private readonly int _top, _bottom, _left, _right, _width, _channels;

        public Window(MaxPoolStep step, int pixel)
        {
            var map = step._input.Map;
            int row = pixel / step.Output.Width * step._stride - step._padding;
            int column = pixel % step.Output.Width * step._stride - step._padding;
            (_top, _bottom) = (Math.Max(row, 0), Math.Min(row + step._size, map.Height));
            (_left, _right) = (Math.Max(column, 0), Math.Min(column + step._size, map.Width));
            (_width, _channels) = (map.Width, map.Channels);
        }

        public Vector512<float> Maximum(float* map, in MapLine line, int block)
        {
            var maximum = Vector512.Create(float.NegativeInfinity);
            for (int row = _top; row < _bottom; row++)
            {
                for (int column = _left; column < _right; column++)
                    maximum = Vector512.Max(maximum, line.Apply(map + PlaceOf(row, column), block));
            }
            return maximum;
        }

        public void AddToFirst(Vector512<float> maximum, Vector512<float> gradient, float* map, in MapLine line, int block, float* to)
        {
            for (int row = _top; row < _bottom; row++)
            {
                for (int column = _left; column < _right; column++)
                {
                    nint place = PlaceOf(row, column);
                    var found = Vector512.Equals(line.Apply(map + place, block), maximum);
                    (Vector512.Load(to + place + block) + (gradient & found)).Store(to + place + block);
                    gradient = Vector512.AndNot(gradient, found);
                }
            }
        }

        private nint PlaceOf(int row, int column) => ((nint)row * _width + column) * _channels;
    }
}
