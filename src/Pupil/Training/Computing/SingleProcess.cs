using System.Runtime.InteropServices;
using Pupil.Distillation;
using Pupil.LibTorch;
using Pupil.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace Pupil.Training.Computing;

/// <summary>One process computes everything.</summary>
internal sealed class SingleProcess : Execution
{
    private const string Single = "float32", Half = "bfloat16";

    private readonly bool _isReduced, _sparesOwnKernels;

    private SingleProcess(string precision, bool isReduced = false, bool sparesOwnKernels = false) =>
        (Precision, _isReduced, _sparesOwnKernels) = (precision, isReduced, sparesOwnKernels);

    /// <summary>Computes in the precision of the weights; it has no state.</summary>
    public static SingleProcess Instance { get; } = new(Single);

    /// <summary>Computes in a precision.</summary>
    /// <param name="precision">The precision.</param>
    /// <param name="device">The device that computes.</param>
    public static SingleProcess In(Precision precision, Device device) => precision switch
    {
        Computing.Precision.Float32 => Instance,
        Computing.Precision.Bfloat16 when Bfloat16.IsIn(device) => new(Half, isReduced: true),
        Computing.Precision.Bfloat16 => new($"{Half}, for which this processor has no instructions: {Single} is faster", isReduced: true),
        _ when !Bfloat16.IsIn(device) => new($"{Single}: this processor has no instructions for {Half}"),
        _ when device.type == DeviceType.CUDA || Bfloat16.HasMatrixUnit => new(Half, isReduced: true),
        _ => new($"{Half}, and in {Single} networks with Pupil's own kernels", isReduced: true, sparesOwnKernels: true),
    };

    /// <summary>The precision of training steps, for people.</summary>
    public string Precision { get; }

    /// <inheritdoc/>
    public override NetworkOutput Forward(Network network, Tensor images) =>
        _isReduced && network.training ? Reduced(() => network.call(images)) : network.call(images);

    /// <inheritdoc/>
    public override NetworkOutput Forward(Expert expert, Tensor images) =>
        _isReduced ? Reduced(() => expert.Forward(images)) : expert.Forward(images);

    /// <inheritdoc/>
    public override void Backward(Tensor loss, IReadOnlyList<Tensor> parameters)
    {
        try
        {
            loss.backward();
        }
        catch (ExternalException)
        {
            GraphNode.TakeError()?.Throw();
            throw;
        }
    }

    private NetworkOutput Reduced(Func<NetworkOutput> forward)
    {
        using (ReducedPrecision.Use(_sparesOwnKernels))
            return forward().InSinglePrecision();
    }
}
