using System.Runtime.Intrinsics;
using Pupil.Networks.Fused.Arithmetic;

namespace Pupil.Networks.Fused;

/// <summary>Every second row and column of a view, with channels of zeros before and after.</summary>
internal sealed unsafe class SubsampleStep : SingleImageStep
{
    private const int Lanes = WindowSums.Lanes, Stride = 2;

    private readonly MapView _input;
    private readonly int _before;

    public SubsampleStep(int index, MapView input, int before, int after, Func<MapSize, FusedMap> newMap) : base(index)
    {
        (_input, _before) = (input, before);
        input.Readers++;
        Output = newMap(new(input.Map.Channels + before + after, Half(input.Map.Height), Half(input.Map.Width)));

        static int Half(int side) => (side + Stride - 1) / Stride;
    }

    /// <inheritdoc/>
    public override FusedMap Output { get; }

    /// <inheritdoc/>
    public override IEnumerable<FusedMap> Reads => [_input.Map];

    /// <inheritdoc/>
    protected override void Forward(FusedPass pass, int image, int thread)
    {
        var (map, line) = (_input.Map, pass.Line(_input));
        float* from = pass.Map(map, image, thread), to = pass.Map(Output, image, thread);
        PaddedMap.Clear(to, (nint)Output.Numbers);
        for (int pixel = 0; pixel < Output.Pixels; pixel++, to += Output.Channels)
        {
            float* source = from + PlaceOf(pixel);
            for (int block = 0; block < map.Channels; block += Lanes)
                line.Apply(source, block).Store(to + _before + block);
        }
    }

    /// <inheritdoc/>
    public override void Backward(FusedGradients gradients) =>
        PixelGradient.Run(this, _input, gradients, (image, output, result, isFirst) =>
        {
            if (isFirst)
                PaddedMap.Clear((float*)result, (nint)_input.Map.Numbers);
            float* from = (float*)output + _before;
            for (int pixel = 0; pixel < Output.Pixels; pixel++, from += Output.Channels)
            {
                float* to = (float*)result + PlaceOf(pixel);
                for (int block = 0; block < _input.Map.Channels; block += Lanes)
                    (Vector512.Load(to + block) + Vector512.Load(from + block)).Store(to + block);
            }
        });

    private nint PlaceOf(int pixel) =>
        ((nint)(pixel / Output.Width) * Stride * _input.Map.Width + pixel % Output.Width * Stride) * _input.Map.Channels;
}
