using Pupil.LibTorch;
using Pupil.Networks.Fused.Arithmetic;
using static TorchSharp.torch;

namespace Pupil.Networks.Fused;

/// <summary>
/// The maps of one forward pass of a fused network. In training, step after step runs over all images, because a batch-norm needs the
/// statistics of all. In evaluation a few images run through all steps at once, in a thread's own small maps.
/// </summary>
internal sealed unsafe class FusedPass : IDisposable
{
    private readonly FusedPlan _plan;
    private readonly int _threads;
    private readonly NativeNumbers?[] _own;
    private readonly NativeNumbers[] _slots;
    private readonly Tensor?[] _outputs;
    private readonly nint[] _starts;
    private readonly long[] _threadStrides;
    private readonly int _evaluated;
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
        _threadStrides = new long[maps];
        _evaluated = plan.Steps.Max(AtOnce);
        _slots = [.. isTraining ? [] : plan.Slots.Select(numbers => new NativeNumbers(numbers * _evaluated * _threads))];
        foreach (var map in plan.Maps)
        {
            bool isOutput = map.IsOutput || map == plan.Input;
            if (isOutput)
                _outputs[map.Index] = map == plan.Input ? images : NewOutput(map);
            else if (isTraining)
                _own[map.Index] = new NativeNumbers(map.Numbers * Images);
            var own = isTraining || isOutput ? _own[map.Index] : _slots[map.Slot];
            _starts[map.Index] = (nint)(own is null ? NumbersOf(_outputs[map.Index]!) : own.First);
            if (!isTraining && !isOutput)
                _threadStrides[map.Index] = plan.Slots[map.Slot] * _evaluated;
        }
        int widest = plan.Maps.Max(map => map.Channels);
        (_plainScale, _plainShift) = (new NativeNumbers(widest).Fill(1), new NativeNumbers(widest).Fill(0));
        _scratchNumbers = plan.Steps.Max(step => step.ScratchNumbers(AtOnce(step)));
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
            Run(All.Parts(_evaluated), new Evaluating(this));
            return;
        }
        foreach (var step in _plan.Steps)
        {
            Run(All.Parts(AtOnce(step)), new Stepping(this, step));
            foreach (var norm in step.Output.Norms)
                Norm(norm).UseBatchStatistics(_moments[step.Output.Index]!.First);
        }
    }

    /// <summary>Does work with as many threads as the pass has memory for.</summary>
    public void Run(int items, IParallelWork work) => ThreadTeam.Run(items, work, _threads);

    /// <summary>The images that a step computes at once: each thread has some. The results do not depend on it.</summary>
    public int AtOnce(FusedStep step) => Math.Clamp(Images / _threads, 1, step.ImagesAtOnce);

    /// <summary>A map of one image, H×W×C; that of the next image follows.</summary>
    public float* Map(FusedMap map, int image, int thread)
    {
        long own = _threadStrides[map.Index];
        return (float*)_starts[map.Index] + (own == 0 ? image : image % _evaluated) * map.Numbers + thread * own;
    }

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

    private ImageRange All => new(0, Images);

    private void Compute(FusedStep step, ImageRange images, int thread)
    {
        step.Forward(this, images, thread);
        var output = step.Output;
        if (_moments[output.Index] is not { } moments)
            return;
        for (int image = images.First; image < images.End; image++)
        {
            float* means = moments.First + 2L * image * output.Channels;
            MapSums.Moments(Map(output, image, thread), output.Pixels, output.Channels, means, means + output.Channels);
        }
    }

    private sealed class Preparing(FusedPass pass) : IParallelWork
    {
        public void Do(int item, int thread) => pass._plan.Steps[item].Prepare(pass);
    }

    private sealed class Stepping(FusedPass pass, FusedStep step) : IParallelWork
    {
        public void Do(int item, int thread) => pass.Compute(step, pass.All.Part(item, pass.AtOnce(step)), thread);
    }

    private sealed class Evaluating(FusedPass pass) : IParallelWork
    {
        public void Do(int item, int thread)
        {
            var images = pass.All.Part(item, pass._evaluated);
            foreach (var step in pass._plan.Steps)
                step.Forward(pass, images, thread);
        }
    }
}
