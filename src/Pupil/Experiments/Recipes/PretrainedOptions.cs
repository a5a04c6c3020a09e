using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Pupil.Interop.Pretrained;
using Pupil.Networks;
using Pupil.Settings;

namespace Pupil.Experiments.Recipes;

/// <summary>
/// Trained weights from which a training starts. Its tensors that come from the file are the body; others, such as a classifier of other
/// classes, have new initial weights. In a recipe the file is enough: <c>"mobilenet_v2.pth"</c>.
/// </summary>
[StringShorthand("file")]
public sealed record PretrainedOptions
{
    /// <summary>A student file, a PyTorch file, or safetensors with PyTorch's names.</summary>
    [Description("A student file, a PyTorch file (.pt, .pth …), or safetensors with PyTorch's names."), MinLength(1)]
    public required string File { get; init; }

    /// <summary>The factor of the learning rate for the body, above 0 and at most 1. Default 0.1.</summary>
    [Description("Factor of the learning rate for the tensors that come from the file; others have the full rate."),
        Range(0.0, 1.0, MinimumIsExclusive = true)]
    public double BodyRate { get; init; } = 0.1;

    /// <summary>The number of first epochs in which the body is fixed, with those of a method's own phase. Default 0.</summary>
    [Description("Number of first epochs in which the tensors that come from the file are fixed, with their batch-norm statistics."),
        Range(0, 100_000)]
    public int FrozenEpochs { get; init; }

    /// <summary>Loads the weights into a network.</summary>
    /// <param name="network">The network, with its initial weights.</param>
    /// <param name="data">The images of the training.</param>
    /// <returns>What was loaded.</returns>
    /// <exception cref="UserErrorException">The file cannot be read, is of another network, or its weights are not finite.</exception>
    internal WeightsOrigin LoadInto(Network network, PreparedData data)
    {
        using var scope = TorchSharp.torch.NewDisposeScope();
        return new PretrainedWeights(network, PretrainedFile.Read(File)).Load(data.Splits.Train.Classes, data.Normalization);
    }
}
