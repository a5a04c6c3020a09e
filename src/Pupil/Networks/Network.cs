using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Pupil.Networks;

/// <summary>An image classifier that outputs its stages and embedding beside its logits.</summary>
public abstract class Network : Module<Tensor, NetworkOutput>
{
    private OutputShapes? _outputShapes;

    private protected Network(NetworkSpec spec, ImageShape input, int classes) : base(spec.Architecture) =>
        (Spec, Input, Classes) = (spec, input, classes);

    /// <summary>The specification that the network was built from.</summary>
    public NetworkSpec Spec { get; }

    /// <summary>
    /// The shape of the images that it was built for. Images of other sizes that its family takes work as well, but not in transformers.
    /// </summary>
    public ImageShape Input { get; }

    /// <summary>K, the number of classes.</summary>
    public int Classes { get; }

    /// <summary>The names of the stages, from the input on.</summary>
    public abstract IReadOnlyList<string> StageNames { get; }

    /// <summary>
    /// The shape of every stage's map for images of <see cref="Input"/>. The first access computes it with one black image.
    /// </summary>
    public IReadOnlyList<StageShape> StageShapes => Shapes.Stages;

    /// <summary>D, the width of the embedding. The first access computes it like <see cref="StageShapes"/>.</summary>
    public int EmbeddingWidth => Shapes.EmbeddingWidth;

    private OutputShapes Shapes => _outputShapes ??= OutputShapes.OfNetwork(this);

    /// <summary>Switches gradients off and evaluation mode on, as for an expert.</summary>
    internal void Freeze()
    {
        eval();
        foreach (var parameter in parameters())
            parameter.requires_grad = false;
    }

    /// <summary>The device of the weights.</summary>
    public Device Device => parameters().First().device;

    /// <summary>Switches evaluation mode on until the result is disposed, then restores the previous mode.</summary>
    internal IDisposable Evaluating() => new EvaluationMode(this);

    /// <summary>Returns all weights and statistics by name; the network owns them.</summary>
    internal IEnumerable<KeyValuePair<string, Tensor>> State() => this.WeightsAndStatistics();

    /// <summary>Copies weights and statistics into the network.</summary>
    /// <param name="state">A tensor for every name of <see cref="State"/>, of the same shape.</param>
    /// <param name="source">The source's name in error messages.</param>
    /// <exception cref="UserErrorException">A tensor is missing, unknown or of another shape.</exception>
    internal void LoadState(IReadOnlyDictionary<string, Tensor> state, string source)
    {
        using var noGradient = no_grad();
        var own = State().ToDictionary();
        if (own.Keys.FirstOrDefault(name => !state.ContainsKey(name)) is string missing)
            throw new UserErrorException($"{source}: tensor '{missing}' is missing; expected the weights of {Spec} with {Classes} "
                + "classes.");
        if (state.Keys.FirstOrDefault(name => !own.ContainsKey(name)) is string extra)
            throw new UserErrorException($"{source}: found tensor '{extra}', which {Spec} does not have; expected the weights of that "
                + "network.");
        foreach (var (name, target) in own)
        {
            if (!target.shape.SequenceEqual(state[name].shape))
            {
                throw new UserErrorException($"{source}: tensor '{name}' has shape [{string.Join(", ", state[name].shape)}], expected "
                    + $"[{string.Join(", ", target.shape)}] for {Spec} with {Classes} classes.");
            }
        }
        foreach (var (name, target) in own)
            target.copy_(state[name]);
    }

    /// <summary>Whether it takes images of the shape <see cref="Input"/> alone. Default false.</summary>
    internal virtual bool HasFixedSize => false;

    /// <summary>How the embedding is computed from the last stage, for outlines. Default: the average over pixels.</summary>
    internal virtual string EmbeddingLayers => "average over pixels";

    /// <summary>
    /// Sets the initial weights of the specification, then lays all convolutions out channels-last. Called once, after registration.
    /// </summary>
    private protected void Initialize()
    {
        using var noGradient = no_grad();
        if (Spec.Initialization == Initialization.ReleasedCode)
            WeightStart.ReleasedCode(this);
        Convolutions.LayOut(this);
    }

    /// <summary>Writes the operations of the network's evaluation to a graph.</summary>
    /// <param name="graph">The writer.</param>
    /// <param name="images">The name of its input, N×C×H×W.</param>
    internal abstract WrittenNetwork Write(IGraphWriter graph, string images);

    /// <summary>
    /// Computes the outputs for one black image of the network's size, in evaluation mode and without gradients. Statistics, mode and
    /// torch's random state are unchanged.
    /// </summary>
    internal NetworkOutput ForwardBlackImage()
    {
        using var noGradient = no_grad();
        using var evaluating = Evaluating();
        using var image = zeros(1, Input.Channels, Input.Height, Input.Width, dtype: parameters().First().dtype, device: Device);
        return call(image);
    }

    private sealed class EvaluationMode : IDisposable
    {
        private readonly Network _network;
        private readonly bool _wasTraining;

        public EvaluationMode(Network network)
        {
            (_network, _wasTraining) = (network, network.training);
            network.eval();
        }

        public void Dispose() => _network.train(_wasTraining);
    }
}
