using Pupil.Core;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Pupil.Networks;

/// <summary>
/// The block of a vision transformer (Dosovitskiy et al. 2021): layer norm and attention of several heads, then layer norm and two linear
/// layers with GELU between; each pair's output is added to its input. Tokens N×T×D to N×T×D.
/// </summary>
internal sealed class TransformerBlock : Module<Tensor, Tensor>
{
    private const int Expansion = 4;

    private readonly int _heads;
    private readonly LayerNorm _norm1, _norm2;
    private readonly Linear _queryKeyValue, _output, _expansion, _projection;

    /// <summary>Creates a block.</summary>
    /// <param name="width">D.</param>
    /// <param name="heads">The number of heads, a divisor of D.</param>
    /// <param name="epsilon">Added to the variance in layer norms.</param>
    public TransformerBlock(int width, int heads, double epsilon) : base("block")
    {
        _heads = heads;
        _norm1 = Part("norm1", LayerNorm(width, epsilon));
        _queryKeyValue = Part("queryKeyValue", Linear(width, 3 * width));
        _output = Part("output", Linear(width, width));
        _norm2 = Part("norm2", LayerNorm(width, epsilon));
        _expansion = Part("expansion", Linear(width, Expansion * width));
        _projection = Part("projection", Linear(Expansion * width, width));
    }

    /// <summary>The multiply-adds of an image's products of queries with keys, and of weights with values.</summary>
    /// <param name="tokens">T.</param>
    public long AttentionCost(long tokens) => 2 * tokens * tokens * _output.in_features;

    /// <summary>Computes the attention of several heads.</summary>
    /// <param name="queriesKeysValues">N×T×3D, or NT×3D: queries, keys and values of every token, each head by head.</param>
    /// <param name="images">N.</param>
    /// <param name="tokens">T.</param>
    /// <param name="heads">The number of heads.</param>
    /// <param name="width">D.</param>
    /// <returns>N×T×D.</returns>
    public static Tensor Attended(Tensor queriesKeysValues, long images, long tokens, int heads, long width)
    {
        // 3×N×heads×T×E.
        var parts = queriesKeysValues.view(images, tokens, 3, heads, width / heads).permute(2, 0, 3, 1, 4);
        var attended = functional.scaled_dot_product_attention(parts.select(0, 0), parts.select(0, 1), parts.select(0, 2));
        return attended.transpose(1, 2).reshape(images, tokens, width);
    }

    /// <summary>Writes the operations of its evaluation to a graph.</summary>
    /// <param name="graph">The writer.</param>
    /// <param name="input">The name of its input, NT×D.</param>
    /// <param name="tokens">T.</param>
    public string Write(IGraphWriter graph, string input, int tokens)
    {
        string parts = graph.Transform(graph.Normalize(input, _norm1), _queryKeyValue);
        string middle = graph.Add(graph.Transform(graph.Attend(parts, tokens, _heads, (int)_output.in_features), _output), input);
        string inner = graph.Activate(graph.Transform(graph.Normalize(middle, _norm2), _expansion), ActivationKind.Gelu);
        return graph.Add(graph.Transform(inner, _projection), middle);
    }

    public override Tensor forward(Tensor input)
    {
        using var scope = NewDisposeScope();
        var (images, tokens, width) = (input.shape[0], input.shape[1], input.shape[2]);
        var attended = Attended(_queryKeyValue.Transform(_norm1.call(input)), images, tokens, _heads, width);
        var middle = Sum(_output.Transform(attended), input);
        var inner = _expansion.Transform(_norm2.call(middle)).Activate(ActivationKind.Gelu);
        return Sum(_projection.Transform(inner), middle).MoveToOuterDisposeScope();

        // The backward pass of a linear layer does not read its output. The sums of a reduced precision are not reduced.
        static Tensor Sum(Tensor output, Tensor before) =>
            output.dtype == before.dtype ? output.PlusInPlace(before) : output.Plus(before);
    }

    // Part registers everything; TorchSharp would register it again under the fields' names.
    protected override void RegisterComponents() { }

    private T Part<T>(string name, T part) where T : Module
    {
        register_module(name, part);
        return part;
    }
}
