using System.Globalization;
using Pupil.Interop.Onnx;
using Pupil.Networks;
using TorchSharp;

namespace Pupil.Reporting.Descriptions;

/// <summary>A tensor of a model that methods can use as an output of the expert.</summary>
/// <param name="Role">Its role: <c>stage1</c>, <c>stage2</c> …, <c>embedding</c>, <c>logits</c>.</param>
/// <param name="Tensor">Its name.</param>
/// <param name="Node">The name of the node that computes it; empty where it has none.</param>
/// <param name="Operation">The operation of that node.</param>
/// <param name="Size">C×H×W, D or K; of tokens, D and their grid.</param>
/// <param name="LeadingTokens">Tokens before those of the grid: class and register tokens; null for a part without tokens.</param>
internal sealed record ModelPart(string Role, string Tensor, string Node, string Operation, MapShape Size, int? LeadingTokens);

/// <summary>The description of an ONNX model of any origin: its input, its outputs, and the tensors that methods can use.</summary>
internal sealed record DescribedModel
{
    // The usual size for image networks, if a model does not fix it.
    private const int DefaultSide = 224;

    /// <summary>The model as a network.</summary>
    public required DescribedNetwork Network { get; init; }

    /// <summary>The producer and the versions of operator sets and format.</summary>
    public required string Origin { get; init; }

    /// <summary>Its input: name, type and sizes, with <c>?</c> for a variable size.</summary>
    public required string Input { get; init; }

    /// <summary>Its outputs with names and sizes.</summary>
    public required IReadOnlyList<string> Outputs { get; init; }

    /// <summary>The tensors that methods use by default.</summary>
    public required IReadOnlyList<ModelPart> Parts { get; init; }

    /// <summary>Whether the attention weights of a transformer's blocks can be its stages.</summary>
    public required bool HasAttentionWeights { get; init; }

    /// <summary>Whether the grid of tokens is guessed from their number.</summary>
    public required bool IsGridGuessed { get; init; }

    /// <summary>Whether the file states the normalization of its images.</summary>
    public required bool SaysNormalization { get; init; }

    /// <summary>Describes a model. ONNX Runtime computes it on black images.</summary>
    /// <param name="path">The file.</param>
    /// <param name="side">The side of the images, in pixels; null for the model's own, or 224 if that is variable.</param>
    /// <param name="classes">K; null to find it from a softmax or a product with weights at the model's end.</param>
    /// <exception cref="UserErrorException">The file is no ONNX model, cannot be computed, or has no image input.</exception>
    public static DescribedModel FromFile(string path, int? side = null, int? classes = null)
    {
        var file = OnnxFile.Read(path);
        var input = file.Input;
        int own = side ?? file.Card?.Size ?? DefaultSide;
        var images = new ImageShape(input.Channels > 0 ? input.Channels : 3, own, own);
        using var network = OnnxNetwork.Open(file, new OnnxExpertOptions { Size = side }, images, classes, torch.CPU);
        var (anatomy, sizes) = (network.Anatomy, network.Sizes);
        return new DescribedModel
        {
            Network = DescribedNetwork.OfTeacher(network),
            Origin = OriginOf(file),
            Input = $"{input.Name}: {input.Type}, {string.Join('×', input.Sizes.Select(size => size > 0 ? $"{size}" : "?"))}",
            Outputs = [.. file.Outputs.Select(Output)],
            Parts =
            [
                .. anatomy.Stages.Select((stage, i) =>
                    Part($"stage{i + 1}", stage.Tensor, stage.Shape, stage.Grid)),
                .. Vector("embedding", anatomy.Embedding, anatomy.EmbeddingWidth),
                .. Vector("logits", anatomy.Logits, network.Outline.Classes),
            ],
            HasAttentionWeights = anatomy.HasAttentionWeights,
            IsGridGuessed = anatomy.IsGridGuessed,
            SaysNormalization = network.Normalization is not null,
        };

        string Output(string name) => sizes.SizesOf(name) is { } found
            ? $"{name}: {string.Join('×', found.Skip(1))} for each image"
            : $"{name}: no floating-point numbers for each image";

        IEnumerable<ModelPart> Vector(string role, string? tensor, int? width) =>
            tensor is null ? [] : [Part(role, tensor, new StageShape(role, width!.Value, 1, 1), null)];

        ModelPart Part(string role, string tensor, StageShape shape, TokenGrid? grid)
        {
            var maker = file.MakerOf(tensor)!;
            return new ModelPart(
                role, tensor, maker.Name, maker.OpType, new MapShape(shape.Channels, shape.Height, shape.Width), grid?.Leading);
        }
    }

    private static string OriginOf(OnnxFile file)
    {
        var model = file.Model;
        var sets = model.OpsetImport.Select(set => set.Domain.Length == 0 ? $"{set.Version}" : $"{set.Domain} {set.Version}");
        return string.Create(CultureInfo.InvariantCulture,
            $"{model.ProducerName} {model.ProducerVersion}, operator set {string.Join(", ", sets)}, format {model.IrVersion}").Trim();
    }
}
