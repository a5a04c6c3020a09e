using Pupil.LibTorch;
using Pupil.Networks.Fused;
using Pupil.Networks.Fused.Arithmetic;
using Pupil.Networks.Norms;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Pupil.Networks;

/// <summary>
/// Computes a convolutional network by Pupil's own kernels, in training and in evaluation. A convolution normalises and rectifies its input
/// as it reads it, so that between two convolutions a map is written and read once. Images are computed one by one, small maps a few at a
/// time, in the processor's cache. Results agree with those of libtorch within rounding, and are the same for every number of threads.
/// </summary>
internal sealed class FusedNetwork
{
    // The bytes of a tensor are counted by 32 bits.
    private const long MostNumbers = int.MaxValue / sizeof(float);

    private readonly Network _network;
    private readonly FusedPlan _plan;
    private readonly Linear _classifier;

    private FusedNetwork(Network network, FusedPlan plan, Linear classifier) =>
        (_network, _plan, _classifier) = (network, plan, classifier);

    // Read anew for each batch, as a module that moves to another type has other tensors.
    private List<Tensor> Parameters => [.. _plan.Steps.OfType<ConvolutionStep>().Select(step => step.Weight),
        .. _plan.Norms.SelectMany(norm => new Tensor[] { norm.Module.weight!, norm.Module.bias! })];

    /// <summary>Plans a network for images of a size; null if the kernels cannot compute it.</summary>
    public static FusedNetwork? Of(Network network, ImageShape input) =>
        WindowSums.IsSupported && FusedGraph.Of(network, input) is var (plan, classifier) ? new(network, plan, classifier) : null;

    /// <summary>
    /// Whether the kernels can compute the network as it is now: all of it in training with gradients, or in evaluation without.
    /// </summary>
    public bool Takes(Tensor images)
    {
        if (images.device_type != TorchSharp.DeviceType.CPU || images.dtype != ScalarType.Float32 || images.requires_grad
            || images.shape is not [> 0, var channels, var height, var width]
            || channels != _plan.Input.Channels || height != _plan.Input.Height || width != _plan.Input.Width
            || images.shape[0] * _plan.Maps.Max(map => map.Numbers) > MostNumbers
            || _plan.Norms.Any(norm => norm.Module.training != _network.training))
            return false;
        var parameters = Parameters;
        if (parameters.Exists(parameter => parameter.dtype != ScalarType.Float32 || parameter.device_type != images.device_type))
            return false;
        bool isFrozen = !is_grad_enabled() || parameters.TrueForAll(parameter => !parameter.requires_grad);
        if (!_network.training)
            return isFrozen;
        // The statistics of one value have no deviation. Processes decide alike: those of a whole batch have at least two.
        return is_grad_enabled() && _network.Spec.Dropout == 0 && parameters.TrueForAll(parameter => parameter.requires_grad)
            && (SharedStatistics.Group is not null || _plan.Norms.All(norm => norm.Map.Pixels * images.shape[0] > 1));
    }

    /// <summary>N×C×H×W images to logits, stages and embedding.</summary>
    public NetworkOutput Compute(Tensor images)
    {
        using var scope = NewDisposeScope();
        bool isTraining = _network.training;
        var lying = images.permute(0, 2, 3, 1).contiguous().DetachFromDisposeScope();
        var pass = new FusedPass(_plan, lying, isTraining);
        FusedMap[] maps = [.. _plan.Stages, _plan.Embedding!];
        Tensor[] outputs;
        try
        {
            pass.Forward();
            outputs = [.. maps.Select(map => pass.Output(map).detach())];
        }
        catch
        {
            pass.Dispose();
            throw;
        }
        if (isTraining)
            outputs = GraphNode.Attach(new Function(this, pass, maps), Parameters, outputs);
        else
            pass.Dispose();
        var embedding = outputs[^1].flatten(1);
        var stages = outputs.SkipLast(1).Zip(_network.StageNames, (map, name) => Feature.OfMap(name, map.permute(0, 3, 1, 2)));
        return new NetworkOutput(_classifier.call(embedding), embedding, [.. stages]).MoveToOuterDisposeScope();
    }

    private sealed class Function(FusedNetwork network, FusedPass pass, FusedMap[] outputs) : IGraphFunction
    {
        public IReadOnlyList<Tensor?> Gradients(IReadOnlyList<Tensor?> outputGradients)
        {
            var plan = network._plan;
            using var gradients = new FusedGradients(plan, pass);
            for (int i = 0; i < outputs.Length; i++)
            {
                if (outputGradients[i] is { } gradient)
                    gradients.Start(outputs[i], gradient);
            }
            gradients.Compute();
            return [.. plan.Steps.OfType<ConvolutionStep>().Select(step => Take(ref gradients.Weights[step.Index])),
                .. plan.Norms.SelectMany(norm => pass.Norm(norm).TakeGradients())];
        }

        public void Release() => pass.Dispose();

        private static Tensor? Take(ref Tensor? tensor)
        {
            var taken = tensor;
            tensor = null;
            return taken;
        }
    }
}
