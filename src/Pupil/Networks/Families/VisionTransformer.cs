using System.Text.RegularExpressions;
using Pupil.Core;
using Pupil.LibTorch;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Pupil.Networks.Families;

/// <summary>
/// ViT-Tiny (Touvron et al. 2021, after Dosovitskiy et al. 2021) in torchvision's form: a convolution whose kernel is its stride makes a
/// token of 192 numbers of every patch. A class token comes first, a trained position is added to every token, and twelve blocks with three
/// heads follow. The embedding is the class token after a last layer norm; layer norms have ε = 10⁻⁶. The stages are the tokens after
/// every third block. Images have the size that the network was built for, of whole patches: every position is trained. Dropout, which
/// torchvision's default leaves out too, is left out.
/// </summary>
internal sealed partial class VisionTransformer : Network
{
    private const int Width = 192, Heads = 3, Stages = 4, BlocksOfStage = 3;
    private const double Epsilon = 1e-6, PositionDeviation = 0.02;

    private readonly TokenGrid _grid;
    private readonly Conv2d _stem;
    private readonly TrainedTensor _classToken, _positions;
    private readonly TransformerBlock[][] _stages;
    private readonly LayerNorm _norm;
    private readonly Linear _classifier;

    private VisionTransformer(NetworkSpec spec, int patch, ImageShape input, int classes) : base(spec, input, classes)
    {
        _grid = new TokenGrid(input.Height / patch, input.Width / patch, 1);
        register_module("stem", _stem = Conv2d(input.Channels, Width, patch, patch));
        register_module("classToken", _classToken = new TrainedTensor(zeros(1, 1, Width)));
        register_module("positions", _positions = new TrainedTensor(randn(1, _grid.Tokens, Width).Times(PositionDeviation)));
        StageNames = [.. Enumerable.Range(1, Stages).Select(number => $"stage{number}")];
        _stages = [.. StageNames.Select(_ => Enumerable.Range(0, BlocksOfStage)
            .Select(_ => new TransformerBlock(Width, Heads, Epsilon)).ToArray())];
        foreach (var (name, blocks) in StageNames.Zip(_stages))
            register_module(name, ModuleList(blocks));
        register_module("norm", _norm = LayerNorm(Width, Epsilon));
        register_module(NetworkOutline.Classifier, _classifier = Linear(Width, classes));
        Initialize();
    }

    /// <summary>The family's entry in the list of networks.</summary>
    internal static NetworkFamily Family { get; } =
        new("vit-tiny-PATCH", "patch 4, 8, 16 or 32, a divisor of the images' sides", Names(), Parse)
        {
            PyTorch = new TransformerNames(),
            // Every patch has a position: a small file must not claim large images.
            LeastWeights = (name, input) =>
            {
                long patch = int.Parse(name[1].ValueSpan);
                return (input.Height / patch * (input.Width / patch) + 12L * Width * Stages * BlocksOfStage) * Width;
            },
        };

    /// <inheritdoc/>
    public override IReadOnlyList<string> StageNames { get; }

    internal override bool HasFixedSize => true;

    internal override string EmbeddingLayers => "first token";

    /// <summary>N×C×H×W images of the network's size to logits, stages and embedding.</summary>
    /// <exception cref="UserErrorException">The images have another size.</exception>
    public override NetworkOutput forward(Tensor images)
    {
        if (images.shape[2] != Input.Height || images.shape[3] != Input.Width)
        {
            throw new UserErrorException($"{Spec}: images of {images.shape[2]}×{images.shape[3]} pixels; expected {Input.Height}×"
                + $"{Input.Width}, the size of its positions.");
        }
        using var scope = NewDisposeScope();
        var patches = _stem.Convolve(images).flatten(2).transpose(1, 2);
        var tokens = cat([_classToken.Weight.expand(images.shape[0], -1, -1), patches], 1).PlusInPlace(_positions.Weight);
        var stages = new Feature[Stages];
        for (int stage = 0; stage < Stages; stage++)
        {
            tokens = EarlyGradients.Before(_stages[stage], tokens);
            foreach (var block in _stages[stage])
                tokens = block.call(tokens);
            stages[stage] = Feature.OfTokens(StageNames[stage], tokens, _grid);
        }
        var embedding = _norm.call(tokens.select(1, 0));
        return new NetworkOutput(_classifier.call(embedding), embedding, stages).MoveToOuterDisposeScope();
    }

    internal override WrittenNetwork Write(IGraphWriter graph, string images)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        // The class token precedes the patches' tokens: its place is a zero to which its sum with its position is added.
        var added = _positions.Weight.detach().clone();
        added.narrow(1, 0, 1).PlusInPlace(_classToken.Weight);
        string tokens = graph.Tokens(graph.Convolve(images, _stem), added);
        var stages = new List<string>();
        foreach (var blocks in _stages)
            stages.Add(tokens = blocks.Aggregate(tokens, (input, block) => block.Write(graph, input, _grid.Tokens)));
        string embedding = graph.Normalize(graph.FirstToken(tokens, _grid.Tokens, Width), _norm);
        return new WrittenNetwork(graph.Transform(embedding, _classifier), embedding, stages);
    }

    [GeneratedRegex("^vit-tiny-(4|8|16|32)\\z")]
    private static partial Regex Names();

    private static NetworkBuilder Parse(GroupCollection name)
    {
        int patch = int.Parse(name[1].ValueSpan);
        return (spec, input, classes) => input.Height % patch == 0 && input.Width % patch == 0
            ? new VisionTransformer(spec, patch, input, classes)
            : throw new UserErrorException($"{spec}: images of {input.Height}×{input.Width} pixels; expected sides that are multiples of "
                + $"{patch}.");
    }

    /// <summary>The names of torchvision (<c>encoder.layers.encoder_layer_0</c>) and timm (<c>blocks.0</c>).</summary>
    private sealed partial class TransformerNames : PyTorchNames
    {
        // Pupil's, torchvision's and timm's names of a block's tensors.
        private static readonly (string Own, string Torchvision, string Timm)[] Tensors =
        [
            .. Both("norm1", "ln_1", "norm1"),
            ("queryKeyValue.weight", "self_attention.in_proj_weight", "attn.qkv.weight"),
            ("queryKeyValue.bias", "self_attention.in_proj_bias", "attn.qkv.bias"),
            .. Both("output", "self_attention.out_proj", "attn.proj"),
            .. Both("norm2", "ln_2", "norm2"), .. Both("expansion", "mlp.0", "mlp.fc1"), .. Both("projection", "mlp.3", "mlp.fc2"),
        ];

        private readonly Dictionary<string, string> _own, _torchvision;

        public TransformerNames()
        {
            (string Own, string Torchvision, string Timm)[] blocks =
            [
                .. from block in Enumerable.Range(0, Stages * BlocksOfStage)
                   from tensor in Tensors
                   select ($"stage{block / BlocksOfStage + 1}.{block % BlocksOfStage}.{tensor.Own}",
                       $"encoder.layers.encoder_layer_{block}.{tensor.Torchvision}", $"blocks.{block}.{tensor.Timm}"),
            ];
            (string Own, string Torchvision, string Timm)[] all =
            [
                .. Both("stem", "conv_proj", "patch_embed.proj"), ("classToken.weight", "class_token", "cls_token"),
                ("positions.weight", "encoder.pos_embedding", "pos_embed"), .. blocks, .. Both("norm", "encoder.ln", "norm"),
                .. Both("classifier", "heads.head", "head"),
            ];
            _torchvision = all.ToDictionary(tensor => tensor.Own, tensor => tensor.Torchvision, StringComparer.Ordinal);
            _own = all.Select(tensor => (tensor.Own, Foreign: Bare(tensor.Torchvision)))
                .Concat(all.Select(tensor => (tensor.Own, Foreign: tensor.Timm)))
                .ToDictionary(tensor => tensor.Foreign, tensor => tensor.Own, StringComparer.Ordinal);
        }

        public override bool Fit(IReadOnlySet<string> names) => names.Contains("class_token") || names.Contains("cls_token");

        public override string ToPupil(string name) => _own.GetValueOrDefault(Bare(name), name);

        public override string ToPyTorch(string name) => _torchvision.GetValueOrDefault(name, name);

        public override string? ArchitectureOf(WeightShapes weights) =>
            weights.Find("stem.weight", 4) is [Width, _, var patch, _] && Names().IsMatch($"vit-tiny-{patch}")
            && weights.CountLayers("stage", ".queryKeyValue") == Stages * BlocksOfStage ? $"vit-tiny-{patch}" : null;

        // Files are read without the names of wrappers, and `encoder` is one.
        private static string Bare(string name) =>
            name.StartsWith("encoder.", StringComparison.Ordinal) ? name["encoder.".Length..] : name;

        private static (string Own, string Torchvision, string Timm)[] Both(string own, string torchvision, string timm) =>
        [
            ($"{own}.weight", $"{torchvision}.weight", $"{timm}.weight"), ($"{own}.bias", $"{torchvision}.bias", $"{timm}.bias"),
        ];
    }
}
