using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Pupil.Networks;

/// <summary>
/// Writes the operations of a network's evaluation in another format. Maps and vectors have names, which the writer gives.
/// </summary>
internal interface IGraphWriter
{
    /// <summary>N×C×H×W to N×C'×H'×W', then an optional batch-norm.</summary>
    string Convolve(string input, Conv2d convolution, BatchNorm2d? norm = null);

    /// <summary>A batch-norm that follows no convolution.</summary>
    string Normalize(string input, BatchNorm2d norm);

    /// <summary>A layer norm of every vector, N×D.</summary>
    string Normalize(string input, LayerNorm norm);

    /// <summary>The activation of every element.</summary>
    string Activate(string input, ActivationKind kind);

    /// <summary>The sum of two maps.</summary>
    string Add(string one, string other);

    /// <summary>The product of two maps; one of them may be N×C×1×1.</summary>
    string Multiply(string one, string other);

    /// <summary>The maximum of every window of pixels.</summary>
    string MaxPool(string input, int size, int stride, int padding);

    /// <summary>Every second row and column, with channels of zeros before and after.</summary>
    string Subsample(string input, int channelsBefore, int channelsAfter);

    /// <summary>The channels from <paramref name="from"/> to <paramref name="to"/> − 1.</summary>
    string Channels(string input, int from, int to);

    /// <summary>The channels of two maps, alternately.</summary>
    /// <param name="first">N×C×H×W.</param>
    /// <param name="second">N×C×H×W.</param>
    /// <param name="channels">C.</param>
    string Interleave(string first, string second, int channels);

    /// <summary>N×C×H×W to N×C×1×1, the mean over the pixels.</summary>
    string MeanMap(string input);

    /// <summary>N×C×H×W to N×C, the mean over the pixels.</summary>
    string MeanOverPixels(string input);

    /// <summary>N×D×H×W to tokens NT×D: before the pixels of each image a token of zeros; then the sum with given numbers.</summary>
    /// <param name="input">N×D×H×W.</param>
    /// <param name="added">1×T×D, T = 1 + H·W.</param>
    string Tokens(string input, Tensor added);

    /// <summary>Attention of several heads.</summary>
    /// <param name="input">NT×3D: queries, keys and values of every token, each head by head.</param>
    /// <param name="tokens">T.</param>
    /// <param name="heads">The number of heads.</param>
    /// <param name="width">D.</param>
    /// <returns>NT×D.</returns>
    string Attend(string input, int tokens, int heads, int width);

    /// <summary>The first token of every image, NT×D to N×D.</summary>
    /// <param name="input">NT×D.</param>
    /// <param name="tokens">T.</param>
    /// <param name="width">D.</param>
    string FirstToken(string input, int tokens, int width);

    /// <summary>N×D to N×D'.</summary>
    string Transform(string input, Linear layer);
}

/// <summary>The writer's names of a network's outputs.</summary>
/// <param name="Logits">N×K.</param>
/// <param name="Embedding">N×D.</param>
/// <param name="Stages">N×C×H×W each, or tokens NT×D, from the input on.</param>
internal sealed record WrittenNetwork(string Logits, string Embedding, IReadOnlyList<string> Stages);
