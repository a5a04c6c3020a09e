using System.Globalization;
using Pupil.Interop.Onnx;
using Pupil.Networks;
using TorchSharp;

namespace Pupil.Reporting.Descriptions;

/// <summary>A tensor of a model that an expert can teach by.</summary>
/// <param name="Role">What it would be: <c>stage1</c>, <c>stage2</c> …, <c>embedding</c>, <c>logits</c>.</param>
/// <param name="Tensor">Its name.</param>
/// <param name="Node">The name of the node that makes it; empty where it has none.</param>
/// <param name="Operation">What that node does.</param>
/// <param name="Size">C×H×W, D or K.</param>
public sealed record ModelPart(string Role, string Tensor, string Node, string Operation, MapShape Size);

/// <summary>An ONNX model of any origin: what it takes, what it gives, and what it can teach by.</summary>
public sealed record DescribedModel
{
    // What image networks are mostly made for, where a model leaves the size open.
    private const int DefaultSide = 224;

    /// <summary>The model as a network.</summary>
    public required DescribedNetwork Network { get; init; }

    /// <summary>Who wrote it, and by which version of the format.</summary>
    public required string Origin { get; init; }

    /// <summary>Its input: name, type and sizes, <c>?</c> where one is left open.</summary>
    public required string Input { get; init; }

    /// <summary>Its outputs: name and sizes.</summary>
    public required IReadOnlyList<string> Outputs { get; init; }

    /// <summary>What it teaches by if nothing else is said.</summary>
    public required IReadOnlyList<ModelPart> Parts { get; init; }

    /// <summary>Whether it says by which normalisation its images are prepared.</summary>
    public required bool SaysNormalization { get; init; }

    /// <summary>Describes a model. ONNX Runtime is asked about black images.</summary>
    /// <param name="path">The file.</param>
    /// <param name="side">The side of the images, in pixels; null: the model's own, or 224 where it leaves that open.</param>
    /// <param name="classes">How many classes its logits are of; null: told by a softmax or a product with weights at its end.</param>
    /// <exception cref="UserErrorException">It is no ONNX model, cannot be computed, or takes no images.</exception>
    public static DescribedModel Of(string path, int? side = null, int? classes = null)
    {
        var file = OnnxFile.Read(path);
        var input = file.Input;
        int own = side ?? file.Card?.Size ?? DefaultSide;
        var images = new ImageShape(input.Channels > 0 ? input.Channels : 3, own, own);
        using var network = OnnxNetwork.Open(file, new OnnxExpertOptions { Size = side }, images, classes, torch.CPU);
        var (anatomy, sizes) = (network.Anatomy, network.Sizes);
        return new DescribedModel
        {
            Network = DescribedNetwork.Of(network),
            Origin = string.Create(CultureInfo.InvariantCulture, $"{file.Model.ProducerName} {file.Model.ProducerVersion}, operator set {string.Join(", ",
                file.Model.OpsetImport.Select(set => set.Domain.Length == 0 ? $"{set.Version}" : $"{set.Domain} {set.Version}"))}, format {file.Model.IrVersion}").Trim(),
            Input = $"{input.Name}: {input.Type}, {string.Join('×', input.Sizes.Select(size => size > 0 ? $"{size}" : "?"))}",
            Outputs = [.. file.Outputs.Select(output => sizes.Of(output) is { } found ? $"{output}: {string.Join('×', found.Skip(1))} for each image" : $"{output}: no floating-point numbers for each image")],
            Parts =
            [
                .. anatomy.Stages.Select((stage, i) => Part($"stage{i + 1}", stage.Name, new MapShape(stage.Channels, stage.Height, stage.Width))),
                .. Vector("embedding", anatomy.Embedding),
                .. Vector("logits", anatomy.Logits),
            ],
            SaysNormalization = network.Normalization is not null,
        };

        IEnumerable<ModelPart> Vector(string role, string? tensor) => tensor is null ? [] : [Part(role, tensor, new MapShape(sizes.VectorOf(tensor)!.Value, 1, 1))];

        ModelPart Part(string role, string tensor, MapShape size)
        {
            var maker = file.MakerOf(tensor)!;
            return new ModelPart(role, tensor, maker.Name, maker.OpType, size);
        }
    }
}
