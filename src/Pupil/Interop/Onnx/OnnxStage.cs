using Pupil.Networks;
using static TorchSharp.torch;

namespace Pupil.Interop.Onnx;

/// <summary>The order of the axes of a stage's tensor.</summary>
internal enum OnnxLayout
{
    /// <summary>N×C×H×W.</summary>
    Map,

    /// <summary>N×H×W×C, as in torchvision's Swin.</summary>
    ChannelsLast,

    /// <summary>N×T×D.</summary>
    Tokens,

    /// <summary>T×N×D, as in OpenAI's CLIP.</summary>
    SequenceFirst,

    /// <summary>NT×D: the tokens of all images are rows.</summary>
    Rows,

    /// <summary>N×heads×T×T or (N·heads)×T×T: the weights of an attention, from each token (row) to each token.</summary>
    AttentionWeights,
}

/// <summary>A tensor of a model that is a stage, and how it becomes a feature.</summary>
/// <param name="Tensor">Its name.</param>
/// <param name="Shape">C×H×W; of tokens, D and their grid; of attention weights, the heads and the grid.</param>
/// <param name="Layout">The order of its axes.</param>
/// <param name="Grid">The grid of its tokens; null for maps.</param>
internal sealed record OnnxStage(string Tensor, StageShape Shape, OnnxLayout Layout, TokenGrid? Grid)
{
    /// <summary>
    /// Whether its grid is not that of a convolution over patches, but follows from the number of tokens: the images' proportions, and as
    /// few tokens before the grid as possible. Default false.
    /// </summary>
    public bool IsGridGuessed { get; init; }

    /// <summary>
    /// Whether the first token is a class token. 4, 8 or 16 tokens before the patches are registers alone.
    /// </summary>
    public bool HasClassToken => Grid is { Leading: > 0 and not (4 or 8 or 16) };

    /// <summary>Whether it consists of tokens.</summary>
    public bool IsTokens => Layout is OnnxLayout.Tokens or OnnxLayout.SequenceFirst or OnnxLayout.Rows;

    /// <summary>Returns the tensor with the images as its first axis: N×C×H×W, or N×T×D.</summary>
    /// <param name="value">The tensor as the model computes it.</param>
    public Tensor Arranged(Tensor value)
    {
        switch (Layout)
        {
            case OnnxLayout.ChannelsLast:
                return value.permute(0, 3, 1, 2);
            case OnnxLayout.SequenceFirst:
                return value.transpose(0, 1);
            case OnnxLayout.Rows:
                return value.view(-1, Grid!.Value.Tokens, value.shape[1]);
            case OnnxLayout.AttentionWeights:
                return AttentionOf(value);
            default:
                return value;
        }
    }

    /// <summary>Returns the feature of an arranged tensor.</summary>
    /// <param name="name">The stage's name.</param>
    /// <param name="arranged">See <see cref="Arranged"/>.</param>
    public Feature ToFeature(string name, Tensor arranged) =>
        IsTokens ? Feature.OfTokens(name, arranged, Grid!.Value) : Feature.OfMap(name, arranged);

    // From the class token to the patches or, without one, the mean over all patches: a map for each head.
    private Tensor AttentionOf(Tensor weights)
    {
        var grid = Grid!.Value;
        long patches = (long)grid.Rows * grid.Columns;
        var all = weights.view(-1, Shape.Channels, grid.Tokens, grid.Tokens);
        var queries = HasClassToken ? all.select(2, 0) : all.mean([2]);
        return queries.narrow(2, grid.Leading, patches).unflatten(2, grid.Rows, grid.Columns);
    }
}
