using Pupil.Core;
using Pupil.Processes;
using TorchSharp;
using static TorchSharp.torch;

namespace Pupil.Training.Computing;

/// <summary>
/// Gradients that are being summed over processes, in one piece of memory. The gradients themselves are zero meanwhile: what a later
/// backward pass adds is summed by itself.
/// </summary>
internal sealed class GradientSum
{
    private readonly Tensor _numbers, _summed;
    private readonly IPendingSum _pending;

    private GradientSum(IProcessGroup group, IReadOnlyList<Tensor> parameters)
    {
        Parameters = parameters;
        _numbers = cat([.. parameters.Select(parameter => parameter.grad!.reshape(-1))]);
        foreach (var parameter in parameters)
            parameter.grad!.zero_();
        // MPI reads the memory of the processor.
        _summed = _numbers.device_type == DeviceType.CPU ? _numbers : _numbers.cpu();
        _pending = group.StartSum(AddressOf(_summed), _summed.numel(), _summed.dtype == ScalarType.Float64);
    }

    /// <summary>The parameters.</summary>
    public IReadOnlyList<Tensor> Parameters { get; }

    /// <summary>Starts to sum gradients; null if there are none.</summary>
    /// <param name="group">The processes, in which the same parameters have gradients.</param>
    /// <param name="parameters">The parameters; those without a gradient are left out.</param>
    public static GradientSum? Start(IProcessGroup group, IReadOnlyList<Tensor> parameters)
    {
        using var noGradient = no_grad();
        Tensor[] moved = [.. parameters.Where(parameter => parameter.grad is not null)];
        return moved.Length == 0 ? null : new GradientSum(group, moved);
    }

    /// <summary>Waits for the sums, and adds them to the gradients.</summary>
    public void Finish()
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        _pending.Wait();
        var numbers = _numbers.device_type == DeviceType.CPU ? _summed : _summed.to(_numbers.device);
        long place = 0;
        foreach (var parameter in Parameters)
        {
            parameter.grad!.PlusInPlace(numbers.narrow(0, place, parameter.numel()).view(parameter.shape));
            place += parameter.numel();
        }
        _summed.Dispose();
        _numbers.Dispose();
    }

    /// <summary>The address of the first number of a contiguous tensor in the processor's memory.</summary>
    internal static unsafe nint AddressOf(Tensor tensor)
    {
        fixed (byte* first = tensor.bytes)
            return (nint)first;
    }
}
