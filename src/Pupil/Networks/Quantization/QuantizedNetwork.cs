using static TorchSharp.torch;

namespace Pupil.Networks.Quantization;

/// <summary>
/// A network that computes as its exported model in 8 bits does, for tuning: its weights are those of the wrapped network, and their
/// gradients those of straight-through estimators. Batch-norms keep their statistics, and there is no dropout. Its outputs have no stages.
/// </summary>
internal sealed class QuantizedNetwork : Network
{
    private readonly QuantizedGraph _graph;
    private readonly string _images;
    private readonly WrittenNetwork _written;

    /// <summary>Wraps a network, which is disposed of with this.</summary>
    /// <param name="network">The network.</param>
    /// <param name="names">Writes the graph that is exported, and so names the maps.</param>
    /// <param name="images">The name of the graph's input.</param>
    /// <param name="maps">The scales of the maps, by name.</param>
    /// <exception cref="InvalidOperationException">A map is not one of the network: a defect of Pupil.</exception>
    public QuantizedNetwork(Network network, IGraphWriter names, string images, IReadOnlyDictionary<string, MapScale> maps)
        : base(network.Spec, network.Input, network.Classes)
    {
        (_images, Float) = (images, network);
        register_module("network", network);
        _graph = new QuantizedGraph(names, maps);
        _written = network.Write(_graph, images);
        if (_graph.MissingMaps(images).FirstOrDefault() is { } missing)
            throw new InvalidOperationException($"{network.Spec}: computes no map '{missing}'.");
    }

    /// <summary>The wrapped network.</summary>
    public Network Float { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<string> StageNames => [];

    /// <inheritdoc/>
    internal override bool HasFixedSize => Float.HasFixedSize;

    /// <summary>N×C×H×W images to logits and embedding.</summary>
    public override NetworkOutput forward(Tensor images)
    {
        var results = _graph.Compute(_images, images, _written.Logits, _written.Embedding);
        return new NetworkOutput(results[0], results[1], []);
    }

    /// <inheritdoc/>
    internal override WrittenNetwork Write(IGraphWriter graph, string images) => Float.Write(graph, images);

    // The network is registered by its name; TorchSharp would register it again under the property's.
    protected override void RegisterComponents() { }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _graph.Dispose();
        base.Dispose(disposing);
    }
}
