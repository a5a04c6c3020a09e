using System.Runtime.Intrinsics;
using Pupil.Networks.Fused.Arithmetic;

namespace Pupil.Networks.Fused;

/// <summary>The mean over the pixels of a view.</summary>
internal sealed unsafe class PoolingStep : SingleImageStep
{
    private const int Lanes = WindowSums.Lanes;

    private readonly MapView _input;

    public PoolingStep(int index, MapView input, Func<MapSize, FusedMap> newMap) : base(index)
    {
        _input = input;
        input.Readers++;
        Output = newMap(new(input.Map.Channels, 1, 1));
    }

    /// <inheritdoc/>
    public override FusedMap Output { get; }

    /// <inheritdoc/>
    public override IEnumerable<FusedMap> Reads => [_input.Map];

    /// <inheritdoc/>
    protected override void Forward(FusedPass pass, int image, int thread)
    {
        var line = pass.Line(_input);
        var map = _input.Map;
        float* output = pass.Map(Output, image, thread);
        for (int block = 0; block < map.Channels; block += Lanes)
        {
            float* pixel = pass.Map(map, image, thread);
            var sum = Vector512<float>.Zero;
            for (int i = 0; i < map.Pixels; i++, pixel += map.Channels)
                sum += line.Apply(pixel, block);
            (sum / Vector512.Create((float)map.Pixels)).Store(output + block);
        }
    }

    /// <inheritdoc/>
    public override void Backward(FusedGradients gradients) =>
        PixelGradient.Run(this, _input, gradients, (image, output, result, isFirst) =>
        {
            var map = _input.Map;
            var share = Vector512.Create(1f / map.Pixels);
            float* to = (float*)result;
            for (int pixel = 0; pixel < map.Pixels; pixel++)
            {
                for (int block = 0; block < map.Channels; block += Lanes, to += Lanes)
                {
                    var start = isFirst ? Vector512<float>.Zero : Vector512.Load(to);
                    Vector512.FusedMultiplyAdd(Vector512.Load((float*)output + block), share, start).Store(to);
                }
            }
        });
}
