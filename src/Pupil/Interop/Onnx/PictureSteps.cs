using Onnx;
using Pupil.Inference;
using Pupil.Inference.Pictures;

namespace Pupil.Interop.Onnx;

/// <summary>
/// Writes the preprocessing of pictures into a graph, whose input is then raw pixels: N×H×W×C bytes of any height and width. The
/// arithmetic is that of <see cref="Resampling"/>, with its rounding to bytes, as products with a matrix of weights for each axis.
/// </summary>
internal sealed class PictureSteps(OnnxGraph graph, ModelCard card)
{
    private int _count;

    /// <summary>Adds the steps.</summary>
    /// <param name="pictures">The name of the input bytes.</param>
    /// <returns>The name of the network's input, N×C×H×W numbers.</returns>
    public string Write(string pictures)
    {
        string numbers = Node("Cast", [pictures], OnnxGraph.Attribute("to", (long)TensorProto.Types.DataType.Float));
        string map = Node("Transpose", [numbers], OnnxGraph.Attribute("perm", [0, 3, 1, 2]));
        map = Square(map);
        if (card.CutsMiddle)
        {
            int top = (card.Size - card.Height) / 2, left = (card.Size - card.Width) / 2;
            map = Node("Slice", [map, Whole(top, left), Whole(top + card.Height, left + card.Width), Whole(2, 3)]);
        }
        else if ((card.Height, card.Width) != (card.Size, card.Size))
        {
            string size = Number(card.Size);
            map = Scaled(map, (size, Number(0), size, Number(card.Height)), (size, Number(0), size, Number(card.Width)));
        }
        // (x/255 − mean)/deviation, as a factor and a summand.
        float[] scale = [.. card.Deviation.Select(deviation => (float)(1 / (255 * deviation)))];
        float[] shift = [.. card.Mean.Zip(card.Deviation, (mean, deviation) => (float)(-mean / deviation))];
        return Node("Add", [Node("Mul", [map, Constant(scale, [1, card.Channels, 1, 1])]), Constant(shift, [1, card.Channels, 1, 1])]);
    }

    // As PictureLayout: the part of the picture, and its size in the square.
    private string Square(string map)
    {
        string height = Side(map, 2), width = Side(map, 3), size = Number(card.Size), nothing = Number(0);
        switch (card.Fit)
        {
            case PictureFit.Stretch:
                return Scaled(map, (height, nothing, height, size), (width, nothing, width, size));
            case PictureFit.Pad:
                string scale = Node("Div", [size, Node("Max", [height, width])]);
                string high = Fitted(height), wide = Fitted(width);
                return Padded(Scaled(map, (height, nothing, height, high), (width, nothing, width, wide)), high, wide);
                string Fitted(string side) => Node("Clip", [Node("Round", [Node("Mul", [side, scale])]), Number(1), size]);
            default:
                string least = Node("Min", [height, width]);
                return Scaled(map, (height, Centred(height), least, size), (width, Centred(width), least, size));
                string Centred(string side) => Half(Node("Sub", [side, least]));
        }
    }

    // Scales along the rows first, then along the columns.
    private string Scaled(
        string map, (string Length, string From, string Extent, string Target) down,
        (string Length, string From, string Extent, string Target) across)
    {
        string lines = Rounded(Node("MatMul", [map, Node("Transpose", [Weights(across)], OnnxGraph.Attribute("perm", [1, 0]))]));
        return Rounded(Node("MatMul", [Weights(down), lines]));
    }

    // As LineFilter: target × source. The triangle is two target pixels wide when reducing, and two source pixels when enlarging.
    private string Weights((string Length, string From, string Extent, string Target) line)
    {
        string scale = Node("Div", [line.Extent, line.Target]), support = Node("Max", [scale, Number(1)]);
        string targets = Node("Unsqueeze", [Middles(line.Target), Whole(1)]);
        string centres = Node("Add", [line.From, Node("Mul", [targets, scale])]);
        string distances = Node("Div", [Node("Abs", [Node("Sub", [Middles(line.Length), centres])]), support]);
        string shares = Node("Relu", [Node("Sub", [Number(1), distances])]);
        return Node("Div", [shares, Node("ReduceSum", [shares, Whole(1)], OnnxGraph.Attribute("keepdims", 1))]);

        // 0.5, 1.5, 2.5 …
        string Middles(string count) => Node("Add", [Node("Range", [Number(0), count, Number(1)]), Number(0.5f)]);
    }

    // Adds black bars at both sides, the wider one at the end.
    private string Padded(string map, string high, string wide)
    {
        string size = Number(card.Size);
        string top = Node("Floor", [Half(Node("Sub", [size, high]))]), left = Node("Floor", [Half(Node("Sub", [size, wide]))]);
        string bottom = Node("Sub", [Node("Sub", [size, high]), top]), right = Node("Sub", [Node("Sub", [size, wide]), left]);
        string[] sides = [Number(0), Number(0), top, left, Number(0), Number(0), bottom, right];
        string pads = Node("Concat", sides.Select(side => Node("Reshape", [side, Whole(1)])), OnnxGraph.Attribute("axis", 0));
        return Node("Pad", [map, Node("Cast", [pads], OnnxGraph.Attribute("to", (long)TensorProto.Types.DataType.Int64))]);
    }

    private string Rounded(string map) => Node("Floor", [Node("Add", [map, Number(0.5f)])]);

    private string Half(string number) => Node("Mul", [number, Number(0.5f)]);

    // The size of an axis as a scalar.
    private string Side(string map, int axis)
    {
        string side = Node("Gather", [Node("Shape", [map]), Whole(axis)], OnnxGraph.Attribute("axis", 0));
        return Node("Cast", [Node("Squeeze", [side, Whole(0)])], OnnxGraph.Attribute("to", (long)TensorProto.Types.DataType.Float));
    }

    private string Node(string type, IEnumerable<string> inputs, params AttributeProto[] attributes) =>
        graph.Node(type, NewName(type), inputs, attributes);

    private string Number(float value) => Constant([value], []);

    private string Constant(float[] values, long[] shape) => graph.Constant(NewName("Number"), values, shape);

    private string Whole(params long[] values) => graph.Constant(NewName("Whole"), values);

    private string NewName(string type) => $"Pictures.{type}{++_count}";
}
