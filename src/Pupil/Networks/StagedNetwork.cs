using Pupil.LibTorch;
using Pupil.Networks.Norms;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Pupil.Networks;

/// <summary>The parts of a <see cref="StagedNetwork"/>.</summary>
internal sealed record NetworkParts
{
    /// <summary>The first convolution; batch-norm and activation follow it.</summary>
    public required Conv2d Stem { get; init; }

    /// <summary>The constants of the batch-norm after the first convolution.</summary>
    public NormSettings StemNorm { get; init; } = new();

    /// <summary>The activation after the first batch-norm. Default ReLU.</summary>
    public ActivationKind StemActivation { get; init; } = ActivationKind.Relu;

    /// <summary>The blocks between the first convolution and the first stage.</summary>
    public IReadOnlyList<Block> Entry { get; init; } = [];

    /// <summary>The blocks of every stage, from the input on.</summary>
    public required IReadOnlyList<IReadOnlyList<Block>> Stages { get; init; }

    /// <summary>The blocks between the last stage and the average over pixels.</summary>
    public IReadOnlyList<Block> Exit { get; init; } = [];

    /// <summary>D, the width of the vector that is classified.</summary>
    public required int EmbeddingWidth { get; init; }

    /// <summary>The layer between the average over pixels and the embedding; null if the average is the embedding.</summary>
    public EmbeddingLayer? EmbeddingLayer { get; init; }
}

/// <summary>A linear layer with bias and an activation that compute the embedding from the average over pixels.</summary>
/// <param name="From">C, the channels that are averaged.</param>
/// <param name="Activation">The activation.</param>
internal sealed record EmbeddingLayer(int From, ActivationKind Activation);

/// <summary>
/// The common form of most networks: a first convolution, batch-norm, activation, stages of blocks, the average over pixels, perhaps a
/// linear layer, a classifier. Blocks end in their own ReLU or in none.
/// </summary>
internal sealed class StagedNetwork : ConvolutionalNetwork
{
    private readonly NetworkParts _parts;
    private readonly BatchNorm2d _norm;
    private readonly Linear? _embedding;
    private readonly Linear _classifier;

    public StagedNetwork(NetworkSpec spec, ImageShape input, int classes, NetworkParts parts) : base(spec, input, classes, parts.Stem)
    {
        _parts = parts;
        StageNames = [.. Enumerable.Range(1, parts.Stages.Count).Select(number => $"stage{number}")];
        register_module("norm", _norm = parts.StemNorm.Create((int)parts.Stem.out_channels));
        if (parts.Entry.Count > 0)
            register_module("entry", ModuleList([.. parts.Entry]));
        foreach (var (name, blocks) in StageNames.Zip(parts.Stages))
            register_module(name, ModuleList([.. blocks]));
        if (parts.Exit.Count > 0)
            register_module("exit", ModuleList([.. parts.Exit]));
        if (parts.EmbeddingLayer is { } layer)
            register_module(NetworkOutline.Embedding, _embedding = Linear(layer.From, parts.EmbeddingWidth));
        register_module(NetworkOutline.Classifier, _classifier = Linear(parts.EmbeddingWidth, classes));
        Initialize();
    }

    public override IReadOnlyList<string> StageNames { get; }

    public override IReadOnlyList<BatchNorm2d> StageNorms =>
        [.. _parts.Stages.Select(blocks => blocks[^1].LastNorm ?? throw NoNorm())];

    internal override IReadOnlyList<IReadOnlyList<LendingBlock>> LendingBlocks =>
        _parts.Stages.All(blocks => blocks.All(block => block is LendingBlock))
            ? [.. _parts.Stages.Select(blocks => blocks.Cast<LendingBlock>().ToList())]
            : [];

    private protected override NetworkOutput ByModules(Tensor images)
    {
        using var scope = NewDisposeScope();
        var stages = new Feature[_parts.Stages.Count];
        var map = Through(_parts.Entry, _norm.Normalize(Stem.Convolve(images)).Activate(_parts.StemActivation));
        for (int stage = 0; stage < stages.Length; stage++)
        {
            var blocks = _parts.Stages[stage];
            map = EarlyGradients.Before(blocks, map);
            (map, var before) = blocks[^1].call(Through(blocks.SkipLast(1), map), ShowsPreActivations);
            stages[stage] = Feature.OfMap(StageNames[stage], map) with { PreActivation = ShowsPreActivations ? before ?? map : null };
        }
        var embedding = Through(_parts.Exit, map).mean([2, 3]).Single();
        if (_embedding is not null)
            embedding = _embedding.call(embedding).Activate(_parts.EmbeddingLayer!.Activation);
        return new NetworkOutput(_classifier.call(embedding), embedding, stages).MoveToOuterDisposeScope();
    }

    internal override WrittenNetwork Write(IGraphWriter graph, string images)
    {
        string map = Through(_parts.Entry, graph.Activate(graph.Convolve(images, Stem, _norm), _parts.StemActivation));
        var stages = new List<string>();
        foreach (var blocks in _parts.Stages)
            stages.Add(map = Through(blocks, map));
        string embedding = graph.MeanOverPixels(Through(_parts.Exit, map));
        if (_embedding is not null)
            embedding = graph.Activate(graph.Transform(embedding, _embedding), _parts.EmbeddingLayer!.Activation);
        return new WrittenNetwork(graph.Transform(embedding, _classifier), embedding, stages);

        string Through(IEnumerable<Block> blocks, string map) => blocks.Aggregate(map, (input, block) => block.Write(graph, input));
    }

    private UserErrorException NoNorm() =>
        new($"{Spec}: no batch-norm covers all channels of a stage, but the method needs one; choose a network of another family.");

    private static Tensor Through(IEnumerable<Block> blocks, Tensor map)
    {
        foreach (var block in blocks)
            map = block.MapOf(map);
        return map;
    }
}
