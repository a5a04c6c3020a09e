using Onnx;
using Pupil.Networks;

namespace Pupil.Interop.Onnx;

/// <summary>
/// Finds the tokens, blocks and attention weights of a transformer in a model's graph: ViT, DeiT, DINOv2, CLIP's image tower, Swin.
/// </summary>
/// <param name="file">The model.</param>
/// <param name="sizes">The sizes of its tensors.</param>
internal sealed class OnnxTransformer(OnnxFile file, OnnxSizes sizes)
{
    private const int FewestTokens = 4;

    // Tokens before the patches: none; a class token, also with a distillation token or 4 or 8 registers; registers alone.
    private static readonly int[] Leading = [0, 1, 2, 4, 5, 8, 9, 16, 17];

    // Operators that hold a whole attention, of ONNX from operator set 23 on and of ONNX Runtime.
    private static readonly string[] Attentions = ["Attention", "MultiHeadAttention", "PackedMultiHeadAttention"];

    private static readonly string[] Activations =
    [
        "Erf", "Gelu", "FastGelu", "BiasGelu", "QuickGelu", "Relu", "Sigmoid", "Tanh", "HardSwish", "HardSigmoid", "LeakyRelu", "Elu",
        "Softplus", "Mish", "Swish", "Clip",
    ];

    private readonly (int Height, int Width)[] _patchGrids =
    [
        .. file.Nodes.Where(node => node.OpType.Contains("Conv", StringComparison.Ordinal)).Select(node => sizes.MapOf(node.Output[0]))
            .OfType<StageShape>().Select(map => (map.Height, map.Width)).Where(grid => grid.Height * grid.Width >= FewestTokens)
            .Distinct().OrderByDescending(grid => grid.Height * grid.Width),
    ];

    /// <summary>Whether the model has an attention between tokens.</summary>
    public bool Exists { get; } = file.Nodes.Any(node => Attentions.Contains(node.OpType) || IsAttention(node, sizes));

    /// <summary>Returns the stage that a tensor is: a map N×H×W×C, or tokens in any order of axes; null for another tensor.</summary>
    public OnnxStage? StageOf(string tensor)
    {
        if (!Exists || sizes.NumbersOf(tensor) is not { } all)
            return null;
        int batch = sizes.Batch;
        return all switch
        {
            [var n, var h, var w, var c] when n == batch && h > 1 && w > 1 && h * sizes.Images.Width == w * sizes.Images.Height && c > h =>
                new OnnxStage(tensor, new StageShape(tensor, (int)c, (int)h, (int)w), OnnxLayout.ChannelsLast, null),
            [var n, var t, var d] when n == batch => Tokens(tensor, t, d, OnnxLayout.Tokens),
            [var t, var n, var d] when n == batch => Tokens(tensor, t, d, OnnxLayout.SequenceFirst),
            // The order of rows is known of Pupil's own models alone.
            [var rows, var d] when file.Card is not null && rows > batch && rows % batch == 0 =>
                Tokens(tensor, rows / batch, d, OnnxLayout.Rows),
            _ => null,
        };
    }

    /// <summary>Returns the stage of attention weights over the grid of patches, made by a softmax; null for another tensor.</summary>
    public OnnxStage? AttentionOf(string tensor)
    {
        if (!Exists || file.MakerOf(tensor)?.OpType != "Softmax" || sizes.NumbersOf(tensor) is not { } all)
            return null;
        var (heads, tokens) = all switch
        {
            [var n, var h, var t, var other] when n == sizes.Batch && t == other => (h, t),
            [var rows, var t, var other] when rows % sizes.Batch == 0 && t == other => (rows / sizes.Batch, t),
            _ => (0L, 0L),
        };
        return heads > 0 && GridOf(tokens) is var (grid, isGuessed)
            ? Stage(tensor, heads, grid, isGuessed, OnnxLayout.AttentionWeights) : null;
    }

    /// <summary>
    /// Returns the outputs of the blocks, if all tokens have one grid: the sums after which an attention and an activation came since the
    /// last one.
    /// </summary>
    /// <param name="narrows">The tensors that everything after them depends on, in the order of computation.</param>
    /// <returns>The blocks with the attention weights in each; none for another network.</returns>
    public IReadOnlyList<(OnnxStage Block, OnnxStage? Attention)> Blocks(IEnumerable<string> narrows)
    {
        var ends = narrows.Select(StageOf).OfType<OnnxStage>().Where(stage => stage.IsTokens)
            .ToDictionary(stage => stage.Tensor, StringComparer.Ordinal);
        var blocks = new List<(OnnxStage Block, OnnxStage? Attention)>();
        bool hasTokens = false, hasAttention = false, hasActivation = false;
        OnnxStage? attention = null;
        foreach (var node in file.Nodes)
        {
            hasAttention |= Attentions.Contains(node.OpType) || IsAttention(node, sizes);
            // Activations of a convolutional stem come before the first attention. Parallel branches may compute the MLP first.
            hasTokens |= node.Output.Any(ends.ContainsKey);
            hasActivation |= hasTokens && Activations.Contains(node.OpType);
            if (node.OpType == "Softmax")
                attention = AttentionOf(node.Output[0]) ?? attention;
            if (!hasAttention || !hasActivation || node.Output.Count == 0 || !ends.TryGetValue(node.Output[0], out var block))
                continue;
            blocks.Add((block, attention));
            (hasAttention, hasActivation, attention) = (false, false, null);
        }
        return blocks.All(found => found.Block.Grid == blocks[0].Block.Grid) ? blocks : [];
    }

    // A map whose pixels are the last axis has as many of them as a convolution made, and another number of channels.
    private OnnxStage? Tokens(string tensor, long tokens, long width, OnnxLayout layout) =>
        width > 1 && GridOf(tokens) is var (grid, isGuessed) && !(isGuessed && _patchGrids.Any(map => map.Height * map.Width == width))
            ? Stage(tensor, width, grid, isGuessed, layout) : null;

    private static OnnxStage Stage(string tensor, long channels, TokenGrid grid, bool isGuessed, OnnxLayout layout) =>
        new(tensor, new StageShape(tensor, (int)channels, grid.Rows, grid.Columns), layout, grid) { IsGridGuessed = isGuessed };

    private (TokenGrid Grid, bool IsGuessed)? GridOf(long tokens)
    {
        foreach (int leading in Leading)
        {
            foreach (var (height, width) in _patchGrids.Where(grid => grid.Height * grid.Width == tokens - leading))
                return (new TokenGrid(height, width, leading), false);
        }
        foreach (int leading in Leading.Where(leading => tokens - leading >= FewestTokens))
        {
            long patches = tokens - leading;
            int height = (int)Math.Round(Math.Sqrt((double)patches * sizes.Images.Height / sizes.Images.Width));
            if (height > 0 && patches % height == 0 && height * sizes.Images.Width == patches / height * sizes.Images.Height)
                return (new TokenGrid(height, (int)(patches / height), leading), true);
        }
        return null;
    }

    private static bool IsAttention(NodeProto node, OnnxSizes sizes) => node.OpType == "Softmax" && node.Output.Count > 0
        && sizes.NumbersOf(node.Output[0]) is [_, .., var rows, var columns] all && all.Length >= 3 && rows == columns
        && rows >= FewestTokens;
}
