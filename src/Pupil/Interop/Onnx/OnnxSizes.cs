using Microsoft.ML.OnnxRuntime.Tensors;
using Onnx;
using Pupil.Networks;
using static TorchSharp.torch;

namespace Pupil.Interop.Onnx;

/// <summary>The sizes of all tensors of a model, found by computing it on black images.</summary>
internal sealed class OnnxSizes
{
    private readonly OnnxFile _file;
    private readonly Dictionary<string, long[]> _sizes;
    private readonly HashSet<string> _numbers;

    private OnnxSizes(
        OnnxFile file, ImageShape images, int batch, bool isBatchOpen, Dictionary<string, long[]> sizes, HashSet<string> numbers) =>
        (_file, Images, Batch, IsBatchOpen, _sizes, _numbers) = (file, images, batch, isBatchOpen, sizes, numbers);

    /// <summary>The shape of the images, C×H×W.</summary>
    public ImageShape Images { get; }

    /// <summary>The batch size of the computation.</summary>
    public int Batch { get; }

    /// <summary>Whether the model accepts any batch size.</summary>
    public bool IsBatchOpen { get; }

    /// <summary>Computes the sizes.</summary>
    /// <param name="file">The model.</param>
    /// <param name="images">The shape of its images, C×H×W.</param>
    /// <exception cref="UserErrorException">ONNX Runtime cannot compute it on them.</exception>
    public static OnnxSizes OfModel(OnnxFile file, ImageShape images)
    {
        string[] names = [.. file.Nodes.Select(node => node.Output[0]).Where(name => name.Length > 0).Distinct()];
        using var run = new OnnxRun(file, names);
        if (file.Input.Batch > 0)
            return OfBatch(file.Input.Batch, false);
        try
        {
            return OfBatch(2, true);
        }
        catch (UserErrorException)
        {
            // The batch size is variable, but an inner node requires one image.
            return OfBatch(1, false);
        }

        OnnxSizes OfBatch(int batch, bool isOpen)
        {
            using var black = file.Input.IsChannelsLast
                ? zeros(batch, images.Height, images.Width, images.Channels)
                : zeros(batch, images.Channels, images.Height, images.Width);
            var found = run.Compute(black, values => names.Zip(values).Where(entry => entry.Second.IsTensor)
                .Select(entry => (Name: entry.First, About: entry.Second.GetTensorTypeAndShape())).ToList());
            var sizes = found.ToDictionary(entry => entry.Name, entry => entry.About.Shape, StringComparer.Ordinal);
            return new OnnxSizes(file, images, batch, isOpen, sizes,
                [.. found.Where(entry => IsNumber(entry.About.ElementDataType)).Select(entry => entry.Name)]);
        }
    }

    /// <summary>Returns the sizes of a tensor of floating-point numbers, whatever its axes; null for another tensor.</summary>
    public long[]? NumbersOf(string tensor) => _numbers.Contains(tensor) ? _sizes[tensor] : null;

    /// <summary>Returns the sizes of a tensor, the batch first; null if it is no floating-point tensor with a batch axis.</summary>
    public long[]? SizesOf(string tensor) =>
        _numbers.Contains(tensor) && _sizes[tensor] is [var batch, ..] sizes && batch == Batch ? sizes : null;

    /// <summary>Returns C×H×W of a map; null for a tensor with other sizes or other proportions than the images'.</summary>
    public StageShape? MapOf(string tensor)
    {
        bool isMap = SizesOf(tensor) is [_, _, var height, var width] && height * Images.Width == width * Images.Height;
        return isMap && SizesOf(tensor) is [_, var c, var h, var w] ? new StageShape(tensor, (int)c, (int)h, (int)w) : null;
    }

    /// <summary>Returns D of a vector, N×D or N×D×1×1; null for a tensor with other sizes.</summary>
    public int? VectorOf(string tensor) => SizesOf(tensor) switch
    {
        [_, var width] => (int)width,
        [_, var width, 1, 1] => (int)width,
        _ => null,
    };

    /// <summary>Returns the parameters of nodes, and the multiply-adds of their convolutions and matrix products for one image.</summary>
    public NetworkCost CostOf(IReadOnlyCollection<NodeProto> nodes) =>
        new(nodes.SelectMany(WeightsOf).Distinct().Sum(Count), nodes.Sum(MultiplyAddsOf));

    // The statistics of a batch norm are not trained, and neither are single numbers, which are settings.
    private IEnumerable<string> WeightsOf(NodeProto node)
    {
        IEnumerable<string> inputs = IsSetting(node) ? [] : node.OpType == "BatchNormalization" ? node.Input.Take(3) : node.Input;
        return inputs.Select(Held).OfType<string>().Where(name => Count(name) > 1);
    }

    // Constants of these operators are settings and not trained.
    private static bool IsSetting(NodeProto node) => node.OpType is "Reshape" or "Slice" or "Pad" or "Resize" or "Upsample" or "Transpose"
        or "Gather" or "Squeeze" or "Unsqueeze" or "Expand" or "Tile" or "QuantizeLinear" or "DequantizeLinear" or "ReduceMean"
        or "ReduceSum" or "Split" or "Clip";

    private long MultiplyAddsOf(NodeProto node)
    {
        if (Sizes(node.Output[0]) is not { } made || made is [])
            return 0;
        long numbers = Product(made) / Math.Max(1, Batch);
        return node.OpType switch
        {
            "Conv" or "ConvInteger" => numbers * PerOutput(1),
            "QLinearConv" => numbers * PerOutput(3),
            "ConvTranspose" => Sizes(node.Input[0]) is { } taken ? Product(taken) / Math.Max(1, Batch) * PerOutput(1) : 0,
            "Gemm" or "MatMul" or "MatMulInteger" or "QLinearMatMul" => numbers * Depth(),
            _ => 0,
        };

        // Factors for each output number, or, if transposed, for each input number.
        long PerOutput(int weight) => Sizes(node.Input[weight]) is [var first, ..] sizes && first > 0 ? Product(sizes) / first : 0;

        long Depth()
        {
            bool isTransposed = node.Attribute.Any(attribute => attribute is { Name: "transA", I: 1 });
            return Sizes(node.Input[0]) is [.., var rows, var columns] ? isTransposed ? rows : columns : 0;
        }
    }

    private static long Product(IEnumerable<long> sizes) => sizes.Aggregate(1L, (product, size) => product * size);

    private long[]? Sizes(string tensor)
    {
        if (_sizes.TryGetValue(tensor, out long[]? computed))
            return computed;
        return Held(tensor) is { } held && _file.Constants.TryGetValue(held, out var sizes) ? [.. sizes] : null;
    }

    // The name of the constant that a tensor is, possibly after a change of its format.
    private string? Held(string tensor)
    {
        while (!_file.Constants.ContainsKey(tensor))
        {
            if (_file.MakerOf(tensor) is not { OpType: "DequantizeLinear" or "Cast" or "Identity" or "Transpose" } maker)
                return null;
            tensor = maker.Input[0];
        }
        return tensor;
    }

    private long Count(string constant) => Product(_file.Constants[constant]);

    private static bool IsNumber(TensorElementType type) =>
        type is TensorElementType.Float or TensorElementType.Double;
}
