using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Pupil.Images.Transforms;

namespace Pupil.Interop.Onnx;

/// <summary>The order of an image's colours.</summary>
public enum ChannelOrder
{
    /// <summary>Red, green, blue: as images are stored here, and as most networks take them.</summary>
    Rgb,

    /// <summary>Blue, green, red: as networks from Caffe and CNTK, and what was trained by OpenCV, take them.</summary>
    Bgr,
}

/// <summary>
/// What an ONNX model of any origin does not say about itself. Parts of it are named by their tensors or by the nodes that make them;
/// <c>pupil describe MODEL.onnx</c> lists them.
/// </summary>
public sealed record OnnxExpertOptions
{
    /// <summary>The maps it teaches by, N×C×H×W, from the input on; null: the last one of each resolution that everything after it depends on alone.</summary>
    [Description("The maps it teaches by, from the input on, each named by its tensor or its node; null: the last of each resolution, found in the model."), MinLength(1)]
    public IReadOnlyList<string>? Stages { get; init; }

    /// <summary>Its embedding, N×D or N×D×1×1; null: what goes into the classifier, or what comes out of the model where it has none.</summary>
    [Description("Its embedding, named like the stages; null: what goes into its classifier, or comes out of a model without one."), MinLength(1)]
    public string? Embedding { get; init; }

    /// <summary>Its logits, N×K; null: the model's output if it has as many numbers as there are classes, from before its softmax if it ends in one.</summary>
    [Description("Its logits, named like the stages; null: the output with a number for each class, from before its softmax. Without logits it teaches by stages and embedding."), MinLength(1)]
    public string? Logits { get; init; }

    /// <summary>
    /// The normalisation of the images it was trained with, channels in the order red, green, blue whatever <see cref="Channels"/> says; null: as the model says, if Pupil exported it. One that takes 0 to 255 has mean 0
    /// and deviation 1/255.
    /// </summary>
    [Description("The normalisation it was trained with, channels in the order red, green, blue; null: as the file says, if Pupil exported it. Images of 0 to 255 are mean 0, deviation 0.00392156862745098.")]
    public Normalization? Normalization { get; init; }

    /// <summary>The order of the colours. Default red, green, blue.</summary>
    [Description("The order of the colours: rgb, or bgr (networks from Caffe and CNTK).")]
    public ChannelOrder Channels { get; init; }

    /// <summary>The side of the images it sees, in pixels; the run's are scaled to it. Null: the model's own where it is fixed, else the run's.</summary>
    [Description("The side of the images it sees, in pixels; null: the model's own where it is fixed, else that of the run's images."), Range(8, 4096)]
    public int? Size { get; init; }
}
