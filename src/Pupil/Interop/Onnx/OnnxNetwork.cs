using Pupil.Distillation;
using Pupil.Images.Transforms;
using Pupil.LibTorch;
using Pupil.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace Pupil.Interop.Onnx;

/// <summary>An ONNX model of any origin as a frozen network: ONNX Runtime computes it, on the CPU, and its answers go where the run computes.</summary>
internal sealed class OnnxNetwork : IPreActivationTeacher
{
    private const double SmallestProbability = 1e-12;

    private static readonly double[] Zero = [0, 0, 0], ByteScale = [1 / 255.0, 1 / 255.0, 1 / 255.0];

    private readonly OnnxFile _file;
    private readonly OnnxSizes _sizes;
    private readonly OnnxAnatomy _anatomy;
    private readonly ChannelOrder _order;
    private readonly Device _device;
    private OnnxRun? _run;
    private IReadOnlyList<string> _outputs = [];
    private bool _showsPreActivations;
    private bool? _givesProbabilities;

    private OnnxNetwork(OnnxFile file, OnnxSizes sizes, OnnxAnatomy anatomy, Normalization? normalization, ChannelOrder order, Device device)
    {
        (_file, _sizes, _anatomy, _order, _device, Normalization) = (file, sizes, anatomy, order, device, normalization);
        StageShapes = [.. anatomy.Stages.Select((stage, i) => stage with { Name = $"stage{i + 1}" })];
        Outline = anatomy.Outline();
    }

    /// <summary>Opens a model.</summary>
    /// <param name="file">Its file.</param>
    /// <param name="options">What it does not say itself; null: nothing.</param>
    /// <param name="given">The images that are there to be asked about.</param>
    /// <param name="classes">How many classes they have; null: any number of logits counts.</param>
    /// <param name="device">Where its answers go.</param>
    /// <exception cref="UserErrorException">It cannot be read or computed, or a part named is not in it.</exception>
    public static OnnxNetwork Open(OnnxFile file, OnnxExpertOptions? options, ImageShape given, int? classes, Device device)
    {
        NativeLibraries.Load();
        options ??= new OnnxExpertOptions();
        var normalization = options.Normalization ?? (file.Card is { } card && !card.TakesPictures ? new Normalization { Mean = card.Mean, Deviation = card.Deviation } : null);
        bool takesBytes = file.Input.Type == global::Onnx.TensorProto.Types.DataType.Uint8;
        if (takesBytes && options.Normalization is not null)
            throw new UserErrorException($"{file.Path}: takes bytes, from which nothing is taken out before; leave the normalisation out.");
        if (takesBytes)
            normalization = new Normalization { Mean = Zero[..given.Channels], Deviation = ByteScale[..given.Channels] };
        var images = ImagesOf(file, options, given);
        var sizes = OnnxSizes.Of(file, images);
        return new OnnxNetwork(file, sizes, new OnnxAnatomy(file, sizes, options, classes), normalization, options.Channels, device);
    }

    /// <summary>The normalisation of the images it was trained with; null: nobody says.</summary>
    public Normalization? Normalization { get; }

    /// <summary>The names of its classes; null where the file does not say.</summary>
    public IReadOnlyList<string>? Classes => _file.Card?.Classes;

    /// <summary>Its parts.</summary>
    public OnnxAnatomy Anatomy => _anatomy;

    /// <summary>The sizes of its tensors.</summary>
    public OnnxSizes Sizes => _sizes;

    public string Name => Path.GetFileName(_file.Path);

    public ImageShape Input => _sizes.Images;

    public bool HasLogits => _anatomy.Logits is not null;

    public IReadOnlyList<StageShape> StageShapes { get; }

    public int EmbeddingWidth => _anatomy.Embedding is { } embedding ? _sizes.VectorOf(embedding)!.Value : throw NetworkOutput.NoEmbedding;

    public NetworkOutline Outline { get; }

    public Device Device => _device;

    public void ShowPreActivations()
    {
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
        var found = _outputs.Zip(AskAll(prepared)).ToDictionary(output => output.First, output => output.Second.to(images.dtype).to(_device), StringComparer.Ordinal);
        return new NetworkOutput(Logits(Vector(_anatomy.Logits)), Vector(_anatomy.Embedding), [.. _anatomy.Stages.Select(StageOf)]).MoveToOuterDisposeScope();

        Tensor? Vector(string? name) => name is null ? null : found[name].flatten(1);

        Feature StageOf(StageShape stage, int i) => Feature.OfMap(StageShapes[i].Name, found[stage.Name]) with
        {
            PreActivation = !_showsPreActivations ? null : _anatomy.BeforeReLU(stage.Name) is { } before ? found[before] : found[stage.Name],
        };
    }

    public void Dispose() => _run?.Dispose();

    // A softmax that was written by other operators is not found in the graph, but its probabilities show: their logarithms have the same softmax.
    private Tensor? Logits(Tensor? answer)
    {
        if (answer is null)
            return null;
        _givesProbabilities ??= answer.min().ToDouble() >= 0 && (answer.sum(1) - 1).abs().max().ToDouble() < 1e-3;
        return _givesProbabilities.Value ? answer.clamp_min(SmallestProbability).log() : answer;
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
            yield return stage.Name;
            if (_showsPreActivations && _anatomy.BeforeReLU(stage.Name) is { } before)
                yield return before;
        }
    }

    // Scaled, and laid out as the model wants them.
    private Tensor Prepared(Tensor images)
    {
        var (height, width) = (Input.Height, Input.Width);
        if (images.shape[2] != height || images.shape[3] != width)
        {
            bool shrinks = images.shape[2] > height;
            images = shrinks ? nn.functional.adaptive_avg_pool2d(images, (height, width))
                : nn.functional.interpolate(images, [height, width], mode: InterpolationMode.Bilinear, align_corners: false);
        }
        if (_order == ChannelOrder.Bgr)
            images = images.flip(1);
        return _file.Input.IsChannelsLast ? images.permute(0, 2, 3, 1) : images;
    }

    // As many at once as it takes; where that is a fixed number, what is missing in the last batch is filled up and cut off again.
    private Tensor[] AskAll(Tensor images)
    {
        long count = images.shape[0], batch = _sizes.IsBatchOpen ? count : _sizes.Batch;
        var parts = new List<Tensor[]>();
        for (long start = 0; start < count; start += batch)
        {
            long some = Math.Min(batch, count - start);
            var part = images.narrow(0, start, some);
            if (some < batch)
                part = cat([part, zeros([batch - some, .. part.shape[1..]], dtype: part.dtype, device: part.device)]);
            parts.Add(_run!.Ask(part, values => values.Select(value => OnnxRun.Read(value)!.narrow(0, 0, some)).ToArray()));
        }
        return parts.Count == 1 ? parts[0] : [.. Enumerable.Range(0, _outputs.Count).Select(i => cat([.. parts.Select(part => part[i])]))];
    }

    private static ImageShape ImagesOf(OnnxFile file, OnnxExpertOptions options, ImageShape given)
    {
        var input = file.Input;
        if (input.Channels > 0 && input.Channels != given.Channels)
            throw new UserErrorException($"{file.Path}: takes images of {input.Channels} channel{(input.Channels == 1 ? "" : "s")}, but there {(given.Channels == 1 ? "is 1" : $"are {given.Channels}")} in the recipe's; choose another model, or other images (of pictures: data.source.grey).");
        if (options.Size is { } size && ((input.Height > 0 && input.Height != size) || (input.Width > 0 && input.Width != size)))
            throw new UserErrorException($"expert.onnx.size: found {size}, but {file.Path} takes images of {input.Height}×{input.Width} and no others; leave it out.");
        // One that prepares pictures itself takes them of any size.
        var known = file.Card is { TakesPictures: false } card ? (card.Height, card.Width) : (given.Height, given.Width);
        return new ImageShape(given.Channels, input.Height > 0 ? input.Height : options.Size ?? known.Item1, input.Width > 0 ? input.Width : options.Size ?? known.Item2);
    }
}
