using Pupil.Core;
using Pupil.Networks.Families;
using Pupil.Networks.Norms;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Pupil.Networks.Quantization;

/// <summary>
/// Records the operations that a network writes for its evaluation, and computes them with weights and maps in simulated 8 bits. So the
/// simulation has the operations, the folded batch-norms and the names of the exported graph.
/// </summary>
/// <param name="names">Writes the graph that is exported, and so names the maps.</param>
/// <param name="maps">The scales of the maps in 8 bits, by name; other maps are float32. The input of every weighted layer has one.</param>
internal sealed class QuantizedGraph(IGraphWriter names, IReadOnlyDictionary<string, MapScale> maps) : IGraphWriter, IDisposable
{
    private readonly List<Operation> _operations = [];
    private readonly List<Tensor> _constants = [];
    private ILookup<int, string>? _lastUses;

    /// <summary>Computes the results of the recorded operations.</summary>
    /// <param name="input">The name of the input.</param>
    /// <param name="images">The input.</param>
    /// <param name="results">The names of the results.</param>
    /// <returns>The results, in the dispose scope of the caller.</returns>
    public Tensor[] Compute(string input, Tensor images, params string[] results)
    {
        using var scope = NewDisposeScope();
        // A map is freed after its last use; in training, the backward pass keeps what it reads.
        _lastUses ??= LastUses(results);
        var values = new Dictionary<string, Tensor>(StringComparer.Ordinal) { [input] = Quantized(input, images.alias()) };
        foreach (var (place, operation) in _operations.Index())
        {
            values[operation.Name] = Result(operation, [.. operation.Inputs.Select(name => values[name])]);
            foreach (string name in _lastUses[place])
                values[name].Dispose();
        }
        return [.. results.Select(name => values[name].MoveToOuterDisposeScope())];
    }

    /// <summary>Returns the maps with a scale that no operation computes.</summary>
    public IEnumerable<string> MissingMaps(string input) =>
        maps.Keys.Except(_operations.Select(operation => operation.Name)).Where(name => name != input);

    public string Convolve(string input, Conv2d convolution, BatchNorm2d? norm = null) =>
        Note(names.Convolve(input, convolution, norm), [input], given =>
        {
            var (weight, bias) = convolution.FoldedWith(norm);
            var (whole, biases) = IntegerScheme.Simulated(Single(weight), bias is null ? null : Single(bias), maps[input]);
            return convolution.Convolve(given[0], whole, biases);
        });

    public string Transform(string input, Linear layer) => Note(names.Transform(input, layer), [input], given =>
    {
        var (weight, bias) = IntegerScheme.Simulated(layer.weight, layer.bias, maps[input]);
        return functional.linear(given[0], weight, bias);
    });

    public string Normalize(string input, BatchNorm2d norm) => Note(names.Normalize(input, norm), [input], given =>
    {
        var (scale, shift) = norm.Line();
        return (given[0] * Single(scale.view(1, -1, 1, 1))).Plus(Single(shift.view(1, -1, 1, 1)));
    });

    public string Normalize(string input, LayerNorm norm) => Note(names.Normalize(input, norm), [input], given => norm.call(given[0]));

    public string Activate(string input, ActivationKind kind) => kind == ActivationKind.None ? input
        : Note(names.Activate(input, kind), [input], given => given[0].Activate(kind, keepsInput: true));

    public string Add(string one, string other) => Note(names.Add(one, other), [one, other], given => given[0].Plus(given[1]));

    public string Multiply(string one, string other) => Note(names.Multiply(one, other), [one, other], given => given[0] * given[1]);

    public string MaxPool(string input, int size, int stride, int padding) => Note(names.MaxPool(input, size, stride, padding), [input],
        given => functional.max_pool2d(given[0], size, stride, padding));

    public string Subsample(string input, int channelsBefore, int channelsAfter) =>
        Note(names.Subsample(input, channelsBefore, channelsAfter), [input],
            given => ResidualBlock.Subsampled(given[0], channelsBefore, channelsAfter));

    public string Channels(string input, int from, int to) =>
        Note(names.Channels(input, from, to), [input], given => given[0].narrow(1, from, to - from));

    public string Interleave(string first, string second, int channels) =>
        Note(names.Interleave(first, second, channels), [first, second], given => ShuffleNetV2.Shuffled(given[0], given[1]));

    public string MeanMap(string input) => Note(names.MeanMap(input), [input], given => given[0].mean([2, 3], keepdim: true));

    public string MeanOverPixels(string input) => Note(names.MeanOverPixels(input), [input], given => given[0].mean([2, 3]));

    public string Tokens(string input, Tensor added)
    {
        // It is the network's while it is written.
        var kept = added.clone().DetachFromDisposeScope();
        _constants.Add(kept);
        return Note(names.Tokens(input, added), [input],
            given => functional.pad(given[0].flatten(2).transpose(1, 2), [0, 0, 1, 0]).Plus(kept).flatten(0, 1));
    }

    public string Attend(string input, int tokens, int heads, int width) => Note(names.Attend(input, tokens, heads, width), [input],
        given => TransformerBlock.Attended(given[0], given[0].shape[0] / tokens, tokens, heads, width).flatten(0, 1));

    public string FirstToken(string input, int tokens, int width) => Note(names.FirstToken(input, tokens, width), [input],
        given => given[0].view(-1, tokens, width).select(1, 0));

    /// <inheritdoc/>
    public void Dispose() => _constants.ForEach(constant => constant.Dispose());

    private string Note(string name, string[] inputs, Func<Tensor[], Tensor> compute)
    {
        _operations.Add(new(name, inputs, compute));
        return name;
    }

    private Tensor Result(Operation operation, Tensor[] inputs)
    {
        using var scope = NewDisposeScope();
        return Quantized(operation.Name, operation.Compute(inputs)).MoveToOuterDisposeScope();
    }

    private Tensor Quantized(string name, Tensor map) => maps.TryGetValue(name, out var scale) ? IntegerScheme.Simulated(map, scale) : map;

    // The maps that are last read by each operation.
    private ILookup<int, string> LastUses(string[] results)
    {
        var uses = from operation in _operations.Index()
                   from input in operation.Item.Inputs
                   group operation.Index by input into places
                   select (Name: places.Key, Place: places.Max());
        return uses.Where(use => !results.Contains(use.Name)).ToLookup(use => use.Place, use => use.Name);
    }

    private static Tensor Single(Tensor number) => number.to(ScalarType.Float32);

    private sealed record Operation(string Name, string[] Inputs, Func<Tensor[], Tensor> Compute);
}
