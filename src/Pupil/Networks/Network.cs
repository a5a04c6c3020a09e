using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Pupil.Networks;

/// <summary>An image classifier that outputs its stages beside its logits.</summary>
public abstract class Network : Module<Tensor, NetworkOutput>
{
    private AnswerShape? _answerShape;

    private protected Network(NetworkSpec spec, ImageShape input, int classes) : base(spec.Architecture) =>
        (Spec, Input, Classes) = (spec, input, classes);

    /// <summary>What the network was built from.</summary>
    public NetworkSpec Spec { get; }

    /// <summary>The images it was built for; others that its family takes work as well.</summary>
    public ImageShape Input { get; }

    /// <summary>K, the number of classes.</summary>
    public int Classes { get; }

    /// <summary>The names of the stages, from the input on.</summary>
    public abstract IReadOnlyList<string> StageNames { get; }

    /// <summary>
    /// The size of every stage's map for images of the size of <see cref="Input"/>. Found out at the first question, by one black image.
    /// </summary>
    public IReadOnlyList<StageShape> StageShapes => Shapes.Stages;

    /// <summary>D, the width of the embedding. Found out like <see cref="StageShapes"/>.</summary>
    public int EmbeddingWidth => Shapes.EmbeddingWidth;

    private AnswerShape Shapes => _answerShape ??= AnswerShape.Of(this);

    /// <summary>Makes the network take no gradient, compute nothing but its answer, and keep its statistics: an expert.</summary>
    public void Freeze()
    {
        eval();
        foreach (var parameter in parameters())
            parameter.requires_grad = false;
    }

    /// <summary>Where the weights are.</summary>
    public Device Device => parameters().First().device;

    /// <summary>Puts the network into evaluation mode until the result is disposed; then it is in the mode that it was in.</summary>
    public IDisposable Evaluating() => new EvaluationMode(this);

    /// <summary>All weights and statistics by name; they stay the network's own.</summary>
    public IEnumerable<KeyValuePair<string, Tensor>> State() => this.WeightsAndStatistics();

    /// <summary>Copies weights and statistics in.</summary>
    /// <param name="state">A tensor for every name of <see cref="State"/>, of the same shape.</param>
    /// <param name="source">Where they come from, for the error message.</param>
    /// <exception cref="UserErrorException">A tensor is missing, left over or of another shape.</exception>
    public void LoadState(IReadOnlyDictionary<string, Tensor> state, string source)
    {
        using var noGradient = no_grad();
        var own = State().ToDictionary();
        if (own.Keys.FirstOrDefault(name => !state.ContainsKey(name)) is string missing)
            throw new UserErrorException($"{source}: tensor '{missing}' is missing; expected the weights of {Spec} with {Classes} classes.");
        if (state.Keys.FirstOrDefault(name => !own.ContainsKey(name)) is string extra)
            throw new UserErrorException($"{source}: found tensor '{extra}', which {Spec} does not have; expected the weights of that network.");
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

    /// <summary>Takes down what the network computes in evaluation.</summary>
    /// <param name="graph">Who writes it.</param>
    /// <param name="images">The name of its input, N×C×H×W.</param>
    internal abstract WrittenNetwork Write(IGraphWriter graph, string images);

    /// <summary>
    /// What the network says about one black image of its own size, in evaluation mode and without gradients; statistics, mode and
    /// torch's random state stay as they are.
    /// </summary>
    internal NetworkOutput AskBlackImage()
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
