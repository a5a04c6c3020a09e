using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using Pupil.Images.Transforms;

namespace Pupil.Interop.Onnx;

/// <summary>The order of an image's colour channels.</summary>
public enum ChannelOrder
{
    /// <summary>Red, green, blue: the order of stored images and of most networks.</summary>
    Rgb,

    /// <summary>Blue, green, red: the order of networks from Caffe, CNTK and OpenCV.</summary>
    Bgr,
}

/// <summary>The features of a transformer's blocks that are its stages.</summary>
public enum BlockFeatures
{
    /// <summary>The tokens after each block.</summary>
    Tokens,

    /// <summary>The attention from the class token to the patches (without one: from all patches), a map for each head.</summary>
    AttentionWeights,
}

/// <summary>
/// Properties of an ONNX model of any origin that its file does not state. Parts are named by their tensors or by the nodes that compute
/// them.
/// </summary>
public sealed record OnnxExpertOptions
{
    /// <summary>
    /// The stages from the input on: maps N×C×H×W or N×H×W×C, tokens N×T×D, or attention weights N×heads×T×T. Null for the last narrow map
    /// of each resolution, or the blocks of a transformer.
    /// </summary>
    [Description("The stages, from the input on, each named by its tensor or its node: maps, tokens or attention weights; null: the last "
        + "map of each resolution, or the blocks of a transformer, found in the model."), MinLength(1)]
    public IReadOnlyList<string>? Stages { get; init; }

    /// <summary>The features of a transformer's blocks that are its stages where <see cref="Stages"/> is null. Default tokens.</summary>
    [Description("The features of a transformer's blocks that are its stages where stages is null: tokens (those after each block) or "
        + "attention-weights (from the class token to the patches).")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public BlockFeatures Blocks { get; init; }

    /// <summary>
    /// The embedding, N×D or N×D×1×1, or tokens, whose class token or mean it is. Null for the input of the classifier, or the output of a
    /// model without one.
    /// </summary>
    [Description("The embedding, named like the stages, or tokens, whose class token (without one: whose mean) it is; null: the input of "
        + "the classifier, or the output of a model without one."), MinLength(1)]
    public string? Embedding { get; init; }

    /// <summary>The logits, N×K; null for the output with one number for each class, before its softmax.</summary>
    [Description("The logits, named like the stages; null: the output with one number for each class, before its softmax. Without logits, "
        + "methods use stages and embedding only."), MinLength(1)]
    public string? Logits { get; init; }

    /// <summary>Text embeddings of the class names: logits are then their scaled cosines with the embedding. Null: none.</summary>
    [Description("Text embeddings of the class names, which make a classifier of an image tower such as CLIP's: a file, or an object with "
        + "the file; null: none.")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ClassWordsOptions? Words { get; init; }

    /// <summary>
    /// The normalization of its training images, in the order red, green, blue for any <see cref="Channels"/>. Null for that in the
    /// file, if Pupil exported it. A model of images with values of 0 to 255 has mean 0 and deviation 1/255.
    /// </summary>
    [Description("The normalization of its training images, channels in the order red, green, blue; null: that in the file, if Pupil "
        + "exported it. Images with values of 0 to 255 have mean 0, deviation 0.00392156862745098.")]
    public Normalization? Normalization { get; init; }

    /// <summary>The order of the colour channels. Default red, green, blue.</summary>
    [Description("The order of the colour channels: rgb, or bgr (networks from Caffe and CNTK).")]
    public ChannelOrder Channels { get; init; }

    /// <summary>
    /// The side of its images, in pixels, to which the run's images are scaled. Null for the model's fixed size, else the run's.
    /// </summary>
    [Description("The side of its images, in pixels; null: the model's own if it is fixed, else that of the run's images."), Range(8, 4096)]
    public int? Size { get; init; }
}
