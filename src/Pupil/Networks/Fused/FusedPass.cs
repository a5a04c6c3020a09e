using Pupil.LibTorch;
using Pupil.Networks.Fused.Arithmetic;
using static TorchSharp.torch;

namespace Pupil.Networks.Fused;

/// <summary>
/// The maps of one forward pass of a fused network. In training, step after step runs over all images, because a batch-norm needs the
/// statistics of all. In evaluation each image runs through all steps at once, in a thread's own small maps.
/// </summary>
internal sealed unsafe class FusedPass : IDisposable
{
    private readonly FusedPlan _plan;
    private readonly int _threads;
    private readonly NativeNumbers?[] _own;
    private readonly NativeNumbers[] _slots;
    private readonly Tensor?[] _outputs;
    private readonly nint[] _starts;
    private readonly long[] _imageStrides, _threadStrides;
    private readonly NormValues[] _norms;
    private readonly NativeNumbers?[] _moments, _weights;
    private readonly NativeNumbers _plainScale, _plainShift, _scratch;
    private readonly long _scratchNumbers;

    /// <summary>Reserves the maps.</summary>
    /// <param name="plan">The network's steps.</param>
    /// <param name="images">N×H×W×C, contiguous; disposed of with the pass.</param>
    /// <param name="isTraining">Whether batch-norms use the batch's statistics, and a backward pass may follow.</param>
    public FusedPass(FusedPlan plan, Tensor images, bool isTraining)
    {
        (_plan, Images, IsTraining, _threads) = (plan, (int)images.shape[0], isTraining, ThreadTeam.Size);
        int maps = plan.Maps.Count;
        (_own, _outputs, _starts) = (new NativeNumbers?[maps], new Tensor?[maps], new nint[maps]);
        (_imageStrides, _threadStrides) = (new long[maps], new long[maps]);
        _slots = [.. isTraining ? [] : plan.Slots.Select(numbers => new NativeNumbers(numbers * _threads))];
        foreach (var map in plan.Maps)
        {
            bool isOutput = map.IsOutput || map == plan.Input;
            if (isOutput)
                _outputs[map.Index] = map == plan.Input ? images : NewOutput(map);
            else if (isTraining)
                _own[map.Index] = new NativeNumbers(map.Numbers * Images);
            var own = isTraining || isOutput ? _own[map.Index] : _slots[map.Slot];
            _starts[map.Index] = (nint)(own is null ? NumbersOf(_outputs[map.Index]!) : own.First);
            if (isTraining || isOutput)
                _imageStrides[map.Index] = map.Numbers;
            else
                _threadStrides[map.Index] = plan.Slots[map.Slot];
        }
        int widest = plan.Maps.Max(map => map.Channels);
        (_plainScale, _plainShift) = (new NativeNumbers(widest).Fill(1), new NativeNumbers(widest).Fill(0));
        _scratchNumbers = plan.Steps.Max(step => step.ScratchNumbers);
        _scratch = new NativeNumbers(_scratchNumbers * _threads);
        _moments = [.. plan.Maps.Select(map =>
            isTraining && map.Norms.Count > 0 ? new NativeNumbers(2L * Images * map.Channels) : null)];
        _norms = [.. plan.Norms.Select(norm => new NormValues(norm, Images))];
        _weights = new NativeNumbers?[plan.Steps.Count];
    }

    /// <summary>N.</summary>
    public int Images { get; }

    /// <summary>Whether batch-norms use the batch's statistics, and a backward pass may follow.</summary>
    public bool IsTraining { get; }

    /// <summary>The first number of a tensor.</summary>
    /// <param name="tensor">A contiguous tensor in the processor's memory.</param>
    public static float* NumbersOf(Tensor tensor)
    {
        fixed (byte* first = tensor.bytes)
            return (float*)first;
    }

    /// <summary>Computes all steps.</summary>
    public void Forward()
    {
        Run(_plan.Steps.Count, new Preparing(this));
        if (!IsTraining)
        {
            foreach (var norm in _norms)
                norm.UseRunningStatistics();
            Run(Images, new Evaluating(this));
            return;
        }
        foreach (var step in _plan.Steps)
        {
            Run(Images, new Stepping(this, step));
            foreach (var norm in step.Output.Norms)
                Norm(norm).UseBatchStatistics(_moments[step.Output.Index]!.First);
        }
    }

    /// <summary>Does work with as many threads as the pass has memory for.</summary>
    public void Run(int items, IParallelWork work) => ThreadTeam.Run(items, work, _threads);

    /// <summary>A map of one image, H×W×C.</summary>
    public float* Map(FusedMap map, int image, int thread) =>
        (float*)_starts[map.Index] + image * _imageStrides[map.Index] + thread * _threadStrides[map.Index];

    /// <summary>A map that the network returns, N×H×W×C.</summary>
    public Tensor Output(FusedMap map) => _outputs[map.Index]!;

    /// <summary>A thread's memory for padded maps.</summary>
    public float* Scratch(int thread) => _scratch.First + thread * _scratchNumbers;

    /// <summary>Reserves the reordered weights of a step.</summary>
    public float* NewWeights(FusedStep step, long count) => (_weights[step.Index] = new NativeNumbers(count)).First;

    /// <summary>The reordered weights of a step.</summary>
    public float* Weights(FusedStep step) => _weights[step.Index]!.First;

    /// <summary>The batch-norm and activation of a view.</summary>
    public MapLine Line(MapView view)
    {
        float floor = view.IsRectified ? 0 : float.NegativeInfinity;
        return view.Norm is { } norm ? new(Norm(norm).Scale, Norm(norm).Shift, floor) : new(_plainScale.First, _plainShift.First, floor);
    }

    /// <summary>The values of a batch-norm.</summary>
    public NormValues Norm(FusedNorm norm) => _norms[norm.Index];

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var output in _outputs)
            output?.Dispose();
        foreach (var numbers in _own.Concat(_moments).Concat(_weights).Concat(_slots))
            numbers?.Dispose();
        foreach (var norm in _norms)
            norm.Dispose();
        _plainScale.Dispose();
        _plainShift.Dispose();
        _scratch.Dispose();
    }

    private Tensor NewOutput(FusedMap map) => empty(Images, map.Height, map.Width, map.Channels).DetachFromDisposeScope();

    private void Compute(FusedStep step, int image, int thread)
    {
        step.Forward(this, image, thread);
        var output = step.Output;
        if (_moments[output.Index] is not { } moments)
            return;
        float* means = moments.First + 2L * image * output.Channels;
        MapSums.Moments(Map(output, image, thread), output.Pixels, output.Channels, means, means + output.Channels);
    }

    private sealed class Preparing(FusedPass pass) : IParallelWork
    {
        public void Do(int item, int thread) => pass._plan.Steps[item].Prepare(pass);
    }

    private sealed class Stepping(FusedPass pass, FusedStep step) : IParallelWork
    {
        public void Do(int item, int thread) => pass.Compute(step, item, thread);
    }

    private sealed class Evaluating(FusedPass pass) : IParallelWork
    {
        public void Do(int item, int thread)
        {
            foreach (var step in pass._plan.Steps)
                step.Forward(pass, item, thread);
        }
    }
}
