using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Pupil.Interop.Onnx;

/// <summary>The operations of transformers. Tokens of all images are rows of one matrix, NT×D.</summary>
internal sealed partial class OnnxGraph
{
    public string Normalize(string input, LayerNorm norm)
    {
        string name = NewName("LayerNormalization");
        string weight = Constant($"{name}.weight", norm.weight!), bias = Constant($"{name}.bias", norm.bias!);
        return Node("LayerNormalization", name, [input, weight, bias], Attribute("axis", -1), Attribute("epsilon", (float)norm.eps));
    }

    public string Tokens(string input, Tensor added)
    {
        string name = NewName("Tokens");
        long width = added.shape[2];
        string pixels = Reshaped($"{name}.pixels", input, 0, width, -1);
        string rows = Node("Transpose", $"{name}.rows", [pixels], Attribute("perm", [0, 2, 1]));
        string padded = Node("Pad", $"{name}.padded", [rows, Constant($"{name}.pads", 0, 1, 0, 0, 0, 0)]);
        string sum = Node("Add", $"{name}.sum", [padded, Constant($"{name}.added", added)]);
        return Reshaped(name, sum, -1, width);
    }

    public string Attend(string input, int tokens, int heads, int width)
    {
        string name = NewName("Attention");
        int each = width / heads;
        string split = Reshaped($"{name}.split", input, -1, tokens, 3, heads, each);
        // 3×N×heads×T×E.
        string parts = Node("Transpose", $"{name}.parts", [split], Attribute("perm", [2, 0, 3, 1, 4]));
        string queries = Part("queries", 0), keys = Part("keys", 1), values = Part("values", 2);
        string turned = Node("Transpose", $"{name}.turned", [keys], Attribute("perm", [0, 1, 3, 2]));
        string products = Node("MatMul", $"{name}.products", [queries, turned]);
        string scaled = Node("Mul", $"{name}.scaled", [products, Constant($"{name}.scale", [(float)(1 / Math.Sqrt(each))], [])]);
        string weights = Node("Softmax", $"{name}.weights", [scaled], Attribute("axis", -1));
        string attended = Node("MatMul", $"{name}.attended", [weights, values]);
        string merged = Node("Transpose", $"{name}.merged", [attended], Attribute("perm", [0, 2, 1, 3]));
        return Reshaped(name, merged, -1, width);

        string Part(string part, int index)
        {
            string place = Constant($"{name}.{part}.place", index);
            return Node("Squeeze", $"{name}.{part}",
                [Node("Gather", $"{name}.{part}.kept", [parts, place], Attribute("axis", 0)), Constant($"{name}.{part}.axis", 0)]);
        }
    }

    public string FirstToken(string input, int tokens, int width)
    {
        string name = NewName("FirstToken");
        string images = Reshaped($"{name}.images", input, -1, tokens, width);
        string first = Node("Slice", $"{name}.first",
            [images, Constant($"{name}.start", 0), Constant($"{name}.end", 1), Constant($"{name}.axis", 1)]);
        return Reshaped(name, first, -1, width);
    }

    // x/2 · (1 + erf(x/√2)), in the order that ONNX Runtime recognises.
    private string Gelu(string input)
    {
        string name = NewName("Gelu");
        string error = Node("Erf", $"{name}.error", [Node("Div", $"{name}.divided", [input, Number("root", Math.Sqrt(2))])]);
        string product = Node("Mul", $"{name}.product", [input, Node("Add", $"{name}.sum", [error, Number("one", 1)])]);
        return Node("Mul", name, [product, Number("half", 0.5)]);

        string Number(string part, double value) => Constant($"{name}.{part}", [(float)value], []);
    }

    private string Reshaped(string name, string input, params long[] shape) =>
        Node("Reshape", name, [input, Constant($"{name}.shape", shape)]);
}
