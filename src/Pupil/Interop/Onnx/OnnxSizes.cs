using Microsoft.ML.OnnxRuntime.Tensors;
using Onnx;
using Pupil.Networks;
using static TorchSharp.torch;

namespace Pupil.Interop.Onnx;

/// <summary>The sizes of all tensors of a model, found out by asking it about black images.</summary>
internal sealed class OnnxSizes
{
    private readonly OnnxFile _file;
    private readonly Dictionary<string, long[]> _sizes;
    private readonly HashSet<string> _numbers;

    private OnnxSizes(OnnxFile file, ImageShape images, int batch, bool isBatchOpen, Dictionary<string, long[]> sizes, HashSet<string> numbers) =>
        (_file, Images, Batch, IsBatchOpen, _sizes, _numbers) = (file, images, batch, isBatchOpen, sizes, numbers);

    /// <summary>The images.</summary>
    public ImageShape Images { get; }

    /// <summary>Images asked about at once.</summary>
    public int Batch { get; }

    /// <summary>Whether it can be asked about any number of images at once.</summary>
    public bool IsBatchOpen { get; }

    /// <summary>Asks.</summary>
    /// <param name="file">The model.</param>
    /// <param name="images">The images that it takes.</param>
    /// <exception cref="UserErrorException">ONNX Runtime cannot compute it on them.</exception>
    public static OnnxSizes Of(OnnxFile file, ImageShape images)
    {
        string[] names = [.. file.Nodes.Select(node => node.Output[0]).Where(name => name.Length > 0).Distinct()];
        using var run = new OnnxRun(file, names);
        if (file.Input.Batch > 0)
            return Ask(file.Input.Batch, false);
        try
        {
            return Ask(2, true);
        }
        catch (UserErrorException)
        {
            // A size is left open, but something within counts on one image.
            return Ask(1, false);
        }

        OnnxSizes Ask(int batch, bool isOpen)
        {
            using var black = file.Input.IsChannelsLast
                ? zeros(batch, images.Height, images.Width, images.Channels)
                : zeros(batch, images.Channels, images.Height, images.Width);
            var found = run.Ask(black, values => names.Zip(values, (name, value) => (name, value)).Where(entry => entry.value.IsTensor)
                .Select(entry => (entry.name, about: entry.value.GetTensorTypeAndShape())).ToList());
            return new OnnxSizes(file, images, batch, isOpen, found.ToDictionary(entry => entry.name, entry => entry.about.Shape, StringComparer.Ordinal),
                [.. found.Where(entry => IsNumber(entry.about.ElementDataType)).Select(entry => entry.name)]);
        }
    }

    /// <summary>The sizes of a tensor that depends on the images, the batch first; null where it is no floating-point tensor of the batch.</summary>
    public long[]? Of(string tensor) => _numbers.Contains(tensor) && _sizes[tensor] is [var batch, ..] sizes && batch == Batch ? sizes : null;

    /// <summary>C×H×W of a map; null where a tensor is none: other sizes, or not as wide for its height as the images are.</summary>
    public StageShape? MapOf(string tensor) => Of(tensor) is [_, var channels, var height, var width] && height * Images.Width == width * Images.Height
        ? new StageShape(tensor, (int)channels, (int)height, (int)width)
        : null;

    /// <summary>The numbers of a tensor for each image, N×D or N×D×1×1; null where it is something else.</summary>
    public int? VectorOf(string tensor) => Of(tensor) switch
    {
        [_, var width] => (int)width,
        [_, var width, 1, 1] => (int)width,
        _ => null,
    };

    /// <summary>What nodes cost: their weights, and their multiply-adds for one image. Convolutions and matrix products count, as everywhere.</summary>
    public NetworkCost CostOf(IReadOnlyCollection<NodeProto> nodes) => new(nodes.SelectMany(WeightsOf).Distinct().Sum(Count), nodes.Sum(MultiplyAddsOf));

    // The statistics of a batch-norm are not trained; a single number is a setting.
    private IEnumerable<string> WeightsOf(NodeProto node) => IsSetting(node) ? [] : (node.OpType == "BatchNormalization" ? node.Input.Take(3) : node.Input)
        .Select(Held).OfType<string>().Where(name => Count(name) > 1);

    // What these take beside the images says how, and is not trained.
    private static bool IsSetting(NodeProto node) => node.OpType is "Reshape" or "Slice" or "Pad" or "Resize" or "Upsample" or "Transpose" or "Gather" or "Squeeze" or "Unsqueeze"
        or "Expand" or "Tile" or "QuantizeLinear" or "DequantizeLinear" or "ReduceMean" or "ReduceSum" or "Split" or "Clip";

    private long MultiplyAddsOf(NodeProto node)
    {
        if (Sizes(node.Output[0]) is not { } made || made is [])
            return 0;
        long numbers = made.Aggregate(1L, (product, size) => product * size) / Math.Max(1, Batch);
        return node.OpType switch
        {
            "Conv" or "ConvInteger" => numbers * PerOutput(1),
            "QLinearConv" => numbers * PerOutput(3),
            "ConvTranspose" => Sizes(node.Input[0]) is { } taken ? taken.Aggregate(1L, (product, size) => product * size) / Math.Max(1, Batch) * PerOutput(1) : 0,
            "Gemm" or "MatMul" or "MatMulInteger" or "QLinearMatMul" => numbers * Depth(),
            _ => 0,
        };

        // Numbers that each number made, or, transposed, taken, is multiplied by.
        long PerOutput(int weight) => Sizes(node.Input[weight]) is [var first, ..] sizes && first > 0 ? sizes.Aggregate(1L, (product, size) => product * size) / first : 0;

        long Depth() => Sizes(node.Input[0]) is [.., var rows, var columns] ? node.Attribute.Any(attribute => attribute is { Name: "transA", I: 1 }) ? rows : columns : 0;
    }

    private long[]? Sizes(string tensor) => _sizes.GetValueOrDefault(tensor) ?? (Held(tensor) is { } held && _file.Constants.TryGetValue(held, out var sizes) ? [.. sizes] : null);

    // The name of the numbers in the file that a tensor is, perhaps after a change of their form.
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

    private long Count(string constant) => _file.Constants[constant].Aggregate(1L, (product, size) => product * size);

    private static bool IsNumber(TensorElementType type) => type is TensorElementType.Float or TensorElementType.Double or TensorElementType.Float16;
}
