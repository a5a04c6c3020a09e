using Pupil.Core;
using Pupil.Distillation;
using Pupil.Images.Transforms;
using Pupil.Inference;
using Pupil.LibTorch;
using Pupil.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace Pupil.Interop.Onnx;

/// <summary>An ONNX model of any origin as a frozen network. ONNX Runtime computes it on the CPU; outputs go to the run's device.</summary>
internal sealed class OnnxNetwork : IPreActivationTeacher, INormStatisticsTeacher
{
    private const double SmallestProbability = 1e-12;
    private const int MostInput = 1 << 27;

    private static readonly double[] Zero = [0, 0, 0], ByteScale = [1 / 255.0, 1 / 255.0, 1 / 255.0];

    private readonly OnnxFile _file;
    private readonly OnnxSizes _sizes;
    private readonly OnnxAnatomy _anatomy;
    private readonly ChannelOrder _order;
    private readonly Device _device;
    private readonly Dictionary<string, OnnxStage> _layouts;
    private readonly ClassWords? _words;
    private OnnxRun? _run;
    private IReadOnlyList<string> _outputs = [];
    private bool _showsPreActivations;
    private bool? _givesProbabilities;

    private OnnxNetwork(
        OnnxFile file, OnnxSizes sizes, OnnxAnatomy anatomy, Normalization? normalization, ChannelOrder order, Device device,
        ClassWords? words)
    {
        _words = words;
        (_file, _sizes, _anatomy, _order, _device, Normalization) = (file, sizes, anatomy, order, device, normalization);
        StageShapes = [.. anatomy.Stages.Select((stage, i) => stage.Shape with { Name = $"stage{i + 1}" })];
        _layouts = anatomy.Stages.Append(anatomy.EmbeddingTokens).OfType<OnnxStage>().DistinctBy(stage => stage.Tensor)
            .ToDictionary(stage => stage.Tensor, StringComparer.Ordinal);
        Outline = anatomy.Outline();
    }

    /// <summary>Opens a model.</summary>
    /// <param name="file">Its file.</param>
    /// <param name="options">The properties that its file does not state; null for none.</param>
    /// <param name="given">The shape of the run's images, C×H×W.</param>
    /// <param name="classes">K; null for any number of logits.</param>
    /// <param name="device">The device of the outputs.</param>
    /// <param name="words">Class names as directions of the embedding, which give the logits; null without them.</param>
    /// <exception cref="UserErrorException">The model cannot be read or computed, or a named part does not exist.</exception>
    public static OnnxNetwork Open(
        OnnxFile file, OnnxExpertOptions? options, ImageShape given, int? classes, Device device, ClassWords? words = null)
    {
        NativeLibraries.Load();
        options ??= new OnnxExpertOptions();
        var normalization = options.Normalization ?? NormalizationOf(file.Card);
        bool takesBytes = file.Input.Type == global::Onnx.TensorProto.Types.DataType.Uint8;
        if (takesBytes && options.Normalization is not null)
            throw new UserErrorException(
                $"expert.onnx.normalization: found one, but the input of {file.Path} is bytes; expected none.");
        if (takesBytes)
            normalization = new Normalization { Mean = Zero[..given.Channels], Deviation = ByteScale[..given.Channels] };
        var images = InputOf(file, options, given);
        var sizes = OnnxSizes.OfModel(file, images);
        var anatomy = new OnnxAnatomy(file, sizes, options, classes, words);
        if (words is not null && anatomy.EmbeddingWidth is var width && width != words.Width)
        {
            throw new UserErrorException($"expert.onnx.words: found text embeddings of {words.Width} numbers, but the embedding of "
                + $"{file.Path} has {width}; expected both from one model.");
        }
        return new OnnxNetwork(file, sizes, anatomy, normalization, options.Channels, device, words);
    }

    /// <summary>The normalization of its training images; null if it is unknown.</summary>
    public Normalization? Normalization { get; }

    /// <summary>The names of its classes; null if the file does not state them.</summary>
    public IReadOnlyList<string>? Classes => _words?.Classes ?? _file.Card?.Classes;

    /// <summary>Its stages, embedding and logits.</summary>
    public OnnxAnatomy Anatomy => _anatomy;

    /// <summary>The sizes of its tensors.</summary>
    public OnnxSizes Sizes => _sizes;

    public string Name => Path.GetFileName(_file.Path);

    public ImageShape Input => _sizes.Images;

    public bool HasLogits => _anatomy.Logits is not null || _words is not null;

    public IReadOnlyList<StageShape> StageShapes { get; }

    public int EmbeddingWidth => _anatomy.EmbeddingWidth ?? throw NetworkOutput.NoEmbedding;

    public NetworkOutline Outline { get; }

    public Device Device => _device;

    public void ShowPreActivations()
    {
        if (_anatomy.Stages.FirstOrDefault(stage => stage.Layout != OnnxLayout.Map) is { } other)
        {
            throw new UserErrorException($"{Name}: its stage '{other.Tensor}' is no map N×C×H×W, but the method reads the inputs of ReLUs "
                + "at the ends of such maps; choose a convolutional expert, or another method.");
        }
        _showsPreActivations = true;
        _run?.Dispose();
        _run = null;
    }

    public NetworkOutput Forward(Tensor images)
    {
        using var noGradient = no_grad();
        using var scope = NewDisposeScope();
        if (_run is null)
        {
            _outputs = [.. Wanted().Distinct()];
            _run = new OnnxRun(_file, _outputs);
        }
        var prepared = Prepared(images);
        var found = _outputs.Zip(ComputeAll(prepared)).ToDictionary(output => output.First, OnDevice, StringComparer.Ordinal);
        Feature[] stages = [.. _anatomy.Stages.Select(StageOf)];
        var embedding = Embedding();
        var logits = _words?.Logits(embedding!) ?? Logits(Vector(_anatomy.Logits));
        return new NetworkOutput(logits, embedding, stages).MoveToOuterDisposeScope();

        Tensor OnDevice((string Name, Tensor Value) output) => output.Value.to(images.dtype).to(_device);

        Tensor? Vector(string? name) => name is null ? null : found[name].flatten(1);

        Tensor? Embedding()
        {
            if (_anatomy.EmbeddingTokens is not { } tokens)
                return Vector(_anatomy.Embedding);
            var feature = tokens.ToFeature(NetworkOutline.Embedding, found[tokens.Tensor]);
            return tokens.HasClassToken ? feature.ClassToken! : feature.Pooled;
        }

        Feature StageOf(OnnxStage stage, int i) => stage.ToFeature(StageShapes[i].Name, found[stage.Tensor]) with
        {
            PreActivation = _showsPreActivations ? found[_anatomy.BeforeReLU(stage.Tensor) ?? stage.Tensor] : null,
        };
    }

    public double? DistanceFromTraining(Tensor images)
    {
        var norms = _file.Nodes.Where(node => node.OpType == "BatchNormalization" && node.Input.Count == 5
            && _sizes.SizesOf(node.Input[0]) is { Length: 4 }).Take(NormDistance.Norms).ToList();
        if (norms.Count == 0)
            return null;
        using var scope = NewDisposeScope();
        using var run = new OnnxRun(_file, [.. norms.Select(norm => norm.Input[0]).Distinct()]);
        int count = (int)Math.Min(images.shape[0], _sizes.IsBatchOpen ? images.shape[0] : _sizes.Batch);
        if (!_sizes.IsBatchOpen && count < _sizes.Batch)
            return null;
        var inputs = run.Compute(Prepared(images.narrow(0, 0, count)), values => values.Select(value => OnnxRun.Read(value)!).ToArray());
        string[] names = [.. norms.Select(norm => norm.Input[0]).Distinct()];
        double[] distances = [.. norms.Select(DistanceOf).OfType<double>()];
        return distances.Length == 0 ? null : distances.Average();

        double? DistanceOf(global::Onnx.NodeProto norm)
        {
            var input = inputs[Array.IndexOf(names, norm.Input[0])].transpose(0, 1).flatten(1).to(ScalarType.Float64);
            return _file.NumbersOf(norm.Input[3]) is { } mean && _file.NumbersOf(norm.Input[4]) is { } variance
                ? NormDistance.Of(Numbers(input.mean([1])), Numbers(input.var(1)), mean, variance) : null;
        }

        static double[] Numbers(Tensor tensor) => tensor.contiguous().data<double>().ToArray();
    }

    public void Dispose()
    {
        _run?.Dispose();
        _words?.Directions.Dispose();
    }

    private static Normalization? NormalizationOf(ModelCard? card) => card is { TakesPictures: false }
        ? new Normalization { Mean = card.Mean, Deviation = card.Deviation } : null;

    // A softmax made of other operators is not found in the graph, but its outputs are probabilities, whose logarithms have the same
    // softmax.
    private Tensor? Logits(Tensor? scores)
    {
        if (scores is null)
            return null;
        _givesProbabilities ??= scores.min().ToDouble() >= 0 && scores.sum(1).Plus(-1).abs().max().ToDouble() < 1e-3;
        using var least = SmallestProbability.ToScalar();
        return _givesProbabilities.Value ? scores.clamp_min(least).log() : scores;
    }

    private IEnumerable<string> Wanted()
    {
        foreach (string? part in new[] { _anatomy.Logits, _anatomy.Embedding })
        {
            if (part is not null)
                yield return part;
        }
        foreach (var stage in _anatomy.Stages)
        {
            yield return stage.Tensor;
            if (_showsPreActivations && _anatomy.BeforeReLU(stage.Tensor) is { } before)
                yield return before;
        }
    }

    // The images in the model's order of channels and axes.
    private Tensor Prepared(Tensor images)
    {
        if (_order == ChannelOrder.Bgr)
            images = images.flip(1);
        return _file.Input.IsChannelsLast ? images.permute(0, 2, 3, 1) : images;
    }

    // A model with a fixed batch size computes its last batch with padding, which is removed from the outputs.
    private Tensor[] ComputeAll(Tensor images)
    {
        long count = images.shape[0], batch = _sizes.IsBatchOpen ? count : _sizes.Batch;
        var parts = new List<Tensor[]>();
        for (long start = 0; start < count; start += batch)
        {
            long some = Math.Min(batch, count - start);
            var part = images.narrow(0, start, some);
            if (some < batch)
                part = cat([part, zeros([batch - some, .. part.shape[1..]], dtype: part.dtype, device: part.device)]);
            parts.Add(_run!.Compute(part, values => values.Select((value, i) => Arranged(i, OnnxRun.Read(value)!).narrow(0, 0, some))
                .ToArray()));
        }
        return parts.Count == 1 ? parts[0] : [.. Enumerable.Range(0, _outputs.Count).Select(i => cat([.. parts.Select(part => part[i])]))];
    }

    // The images come first, also in tensors of tokens.
    private Tensor Arranged(int output, Tensor value) =>
        _layouts.TryGetValue(_outputs[output], out var stage) ? stage.Arranged(value) : value;

    /// <summary>Returns the shape of one input, C×H×W: the file's, else that of the options, else the run's.</summary>
    /// <param name="file">Its file.</param>
    /// <param name="options">The properties that its file does not state.</param>
    /// <param name="given">The shape of the run's images.</param>
    /// <exception cref="UserErrorException">The model takes other channels, or has a size that contradicts the options.</exception>
    public static ImageShape InputOf(OnnxFile file, OnnxExpertOptions options, ImageShape given)
    {
        var input = file.Input;
        if (input.Channels > 0 && input.Channels != given.Channels)
        {
            string channels = $"{input.Channels} channel{(input.Channels == 1 ? "" : "s")}";
            throw new UserErrorException($"{file.Path}: found an input of {channels}, expected {given.Channels} as in the recipe's images; "
                + "choose another model, or other images (of pictures: data.source.grey).");
        }
        if (options.Size is { } size && ((input.Height > 0 && input.Height != size) || (input.Width > 0 && input.Width != size)))
        {
            string own = $"{input.Height}×{input.Width}";
            throw new UserErrorException($"expert.onnx.size: found {size}, expected none, because {file.Path} has a fixed size of {own}.");
        }
        // A model with its own preprocessing accepts pictures of any size.
        var (height, width) = file.Card is { TakesPictures: false } card ? (card.Height, card.Width) : (given.Height, given.Width);
        var shape = new ImageShape(given.Channels, input.Height > 0 ? input.Height : options.Size ?? height,
            input.Width > 0 ? input.Width : options.Size ?? width);
        // The sizes of all tensors are found with a black batch of this size.
        double numbers = (double)Math.Max(2, input.Batch) * shape.Channels * shape.Height * shape.Width;
        return numbers <= MostInput ? shape
            : throw new UserErrorException($"{file.Path}: found an input of {Math.Max(1, input.Batch)}×{shape.Channels}×{shape.Height}×"
                + $"{shape.Width}, expected at most {MostInput:N0} numbers; export it with a smaller or variable size.");
    }
}
