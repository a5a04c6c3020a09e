using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Pupil.LibTorch;
using Pupil.Networks.Fused.Arithmetic;

namespace Pupil.Networks.Fused;

/// <summary>Stores the sum of two views, or one view, perhaps after ReLU.</summary>
internal sealed unsafe class SumStep : SingleImageStep
{
    private const int Lanes = WindowSums.Lanes;

    private readonly MapView _first;
    private readonly MapView? _second;

    public SumStep(int index, MapView first, MapView? second, FusedMap output) : base(index)
    {
        (_first, _second, Output) = (first, second, output);
        first.Readers++;
        if (second is not null)
            second.Readers++;
    }

    /// <inheritdoc/>
    public override FusedMap Output { get; }

    /// <inheritdoc/>
    public override IEnumerable<FusedMap> Reads => _second is null ? [_first.Map] : [_first.Map, _second.Map];

    /// <summary>Whether the sum is stored after ReLU.</summary>
    public bool Rectifies { get; set; }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override void Forward(FusedPass pass, int image, int thread)
    {
        int channels = Output.Channels;
        var first = pass.Line(_first);
        var second = _second is null ? first : pass.Line(_second);
        float* one = pass.Map(_first.Map, image, thread), to = pass.Map(Output, image, thread);
        float* other = _second is null ? null : pass.Map(_second.Map, image, thread);
        var floor = Vector512.Create(Rectifies ? 0 : float.NegativeInfinity);
        for (nint i = 0; i < (nint)Output.Numbers; i += channels)
        {
            for (int block = 0; block < channels; block += Lanes)
            {
                var sum = first.Apply(one + i, block);
                if (other != null)
                    sum += second.Apply(other + i, block);
                Vector512.MaxNative(floor, sum).Store(to + i + block);
            }
        }
    }

    /// <inheritdoc/>
    public override void Backward(FusedGradients gradients)
    {
        if (!gradients.Has(Output))
        {
            gradients.Skip(_first);
            if (_second is not null)
                gradients.Skip(_second);
            return;
        }
        var work = new BackwardWork(this, gradients);
        gradients.Pass.Run(gradients.Pass.Images, work);
        work.Close();
    }

    private sealed class BackwardWork : IParallelWork
    {
        private readonly SumStep _step;
        private readonly FusedGradients _gradients;
        private readonly GatheredGradient _output;
        private readonly Contribution[] _parts;

        public BackwardWork(SumStep step, FusedGradients gradients)
        {
            (_step, _gradients, _output) = (step, gradients, gradients.Gather(step.Output));
            _parts = step._second is null ? [gradients.Open(step._first)] : [gradients.Open(step._first), gradients.Open(step._second)];
        }

        public void Do(int item, int thread)
        {
            var output = _step.Output;
            var gradient = _output.Of(item, thread);
            gradient.Store(output.Pixels, output.Channels);
            if (_step.Rectifies)
                MapSums.Rectify(_gradients.Pass.Map(output, item, thread), gradient.Sum, output.Numbers);
            foreach (var part in _parts)
            {
                float* to = _gradients.Of(part.View, item);
                if (part.IsFirst)
                    Buffer.MemoryCopy(gradient.Sum, to, output.Numbers * sizeof(float), output.Numbers * sizeof(float));
                else
                    MapSums.Add(gradient.Sum, to, output.Numbers);
                _gradients.Finish(part, item, thread);
            }
        }

        public void Close()
        {
            foreach (var part in _parts)
                _gradients.Close(part);
        }
    }
}
