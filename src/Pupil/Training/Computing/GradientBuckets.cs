using Pupil.Core;
using Pupil.LibTorch;
using Pupil.Processes;
using static TorchSharp.torch;

namespace Pupil.Training.Computing;

/// <summary>
/// Sums gradients over processes in flat buckets, while the backward pass goes on. A parameter whose gradient is taken has none meanwhile:
/// what is computed later is summed by itself.
/// </summary>
/// <param name="group">The processes, which take the same gradients in the same order.</param>
/// <param name="bucketNumbers">The most numbers of a bucket, unless one gradient has more. A full bucket is summed at once.</param>
internal sealed class GradientBuckets(IProcessGroup group, long bucketNumbers) : IGradientReceiver
{
    /// <summary>1 MiB in float32.</summary>
    public const long DefaultNumbers = 1 << 18;

    // The memory of gradients that were taken: freed and made anew in every step, it would fragment the memory among the activations.
    private readonly Dictionary<nint, Tensor> _unused = [];
    private readonly List<Bucket> _started = [];
    private Bucket? _open;

    /// <summary>Forgets what a step that failed has left.</summary>
    public void Begin()
    {
        _started.Clear();
        _open = null;
    }

    /// <inheritdoc/>
    public void Take(Tensor parameter, Tensor? computed = null)
    {
        using var noGradient = no_grad();
        if (_open?.Fits(parameter) == false)
            Start();
        _open ??= new Bucket(parameter, bucketNumbers);
        var own = parameter.grad;
        _open.Add(parameter, own, computed);
        if (own is not null)
        {
            parameter.grad = null;
            if (!_unused.TryAdd(parameter.Handle, own.DetachFromDisposeScope()))
                own.Dispose();
        }
        if (_open.IsFull)
            Start();
    }

    /// <summary>Starts to sum what has been taken.</summary>
    public void Start()
    {
        if (_open is null)
            return;
        _open.Start(group);
        _started.Add(_open);
        _open = null;
    }

    /// <summary>Waits for all sums, and adds them to the gradients.</summary>
    public void Finish()
    {
        using var noGradient = no_grad();
        Start();
        foreach (var bucket in _started)
            bucket.Finish(_unused);
        foreach (var gradient in _unused.Values)
            gradient.Dispose();
        _unused.Clear();
        _started.Clear();
    }

    private sealed class Bucket(Tensor first, long numbers)
    {
        private readonly List<Tensor> _parameters = [];
        private readonly Tensor _numbers =
            empty(Math.Max(numbers, first.numel()), dtype: first.dtype, device: first.device).DetachFromDisposeScope();
        private Tensor? _summed;
        private IPendingSum? _pending;
        private long _taken;

        public bool Fits(Tensor parameter) =>
            _taken + parameter.numel() <= _numbers.numel() && parameter.dtype == _numbers.dtype
            && parameter.device_type == _numbers.device_type;

        public bool IsFull => _taken == _numbers.numel();

        public void Add(Tensor parameter, Tensor? own, Tensor? computed)
        {
            using var scope = NewDisposeScope();
            var place = _numbers.narrow(0, _taken, parameter.numel()).view(parameter.shape).copy_((own ?? computed)!);
            if (own is not null && computed is not null)
                place.PlusInPlace(computed);
            _parameters.Add(parameter);
            _taken += parameter.numel();
        }

        public void Start(IProcessGroup group)
        {
            using var scope = NewDisposeScope();
            var taken = _numbers.narrow(0, 0, _taken);
            _summed = (group.SumsGpuMemory ? taken : taken.cpu()).DetachFromDisposeScope();
            _pending = group.StartSum(_summed.Numbers());
        }

        public void Finish(Dictionary<nint, Tensor> unused)
        {
            using var scope = NewDisposeScope();
            _pending!.Wait();
            var sums = _summed!.to(_numbers.device);
            long place = 0;
            foreach (var parameter in _parameters)
            {
                var sum = sums.narrow(0, place, parameter.numel()).view(parameter.shape);
                if (parameter.grad is { } gradient)
                    gradient.PlusInPlace(sum);
                else if (unused.TryGetValue(parameter.Handle, out var memory))
                    parameter.grad = memory.copy_(sum);
                else
                    parameter.grad = empty_like(parameter).copy_(sum);
                place += parameter.numel();
            }
            _summed.Dispose();
            _numbers.Dispose();
        }
    }
}
