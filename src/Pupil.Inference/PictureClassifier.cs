using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using Pupil.Inference.Pictures;

namespace Pupil.Inference;

/// <summary>A predicted class of a picture.</summary>
/// <param name="Class">The name of the class.</param>
/// <param name="Index">The index of the class, 0…K−1.</param>
/// <param name="Probability">
/// The probability, 0…1: those of all classes sum to 1 or, with several labels a picture, each is one of its own.
/// </param>
public sealed record Prediction(string Class, int Index, double Probability);

/// <summary>
/// Classifies pictures with a model that Pupil exported:
/// <code>
/// using var classifier = new PictureClassifier("student.onnx");
/// Console.WriteLine(classifier.Classify("cat.jpg")[0]);
/// </code>
/// An instance serves one thread at a time.
/// </summary>
public sealed class PictureClassifier : IDisposable
{
    private readonly InferenceSession _session;
    private readonly PictureDecoder _decoder;
    private readonly Resampling _resampling = new();
    private readonly byte[] _square, _seen;
    private readonly string _path, _input, _output;

    /// <summary>Opens a model.</summary>
    /// <param name="path">The file.</param>
    /// <param name="threads">The number of threads; 0 for the number of cores.</param>
    /// <exception cref="UserErrorException">The file is missing or damaged, or is no model that Pupil exported.</exception>
    public PictureClassifier(string path, int threads = 0) : this(path, OnnxSession.Open(path, threads))
    {
    }

    /// <summary>Opens a model in memory.</summary>
    /// <param name="model">The bytes of its file.</param>
    /// <param name="path">The file's name for messages.</param>
    internal PictureClassifier(byte[] model, string path) : this(path, OnnxSession.Open(model))
    {
    }

    private PictureClassifier(string path, InferenceSession session)
    {
        _session = session;
        try
        {
            Card = ModelCard.FromMetadata(OnnxSession.MetadataOf(_session, path), path);
            CheckPorts(path);
        }
        catch
        {
            _session.Dispose();
            throw;
        }
        (_path, _input, _output) = (path, _session.InputNames[0], _session.OutputNames[0]);
        _decoder = new PictureDecoder(Card.Size, Card.Fit, Card.Channels);
        (_square, _seen) = (new byte[Card.Size * Card.Size * Card.Channels], new byte[Card.Height * Card.Width * Card.Channels]);
    }

    /// <summary>The description of the model.</summary>
    public ModelCard Card { get; }

    /// <summary>Classifies a picture file.</summary>
    /// <param name="path">JPEG, PNG, WebP, BMP or GIF, of any size.</param>
    /// <param name="top">The number of returned classes.</param>
    /// <returns>The most probable classes in descending order.</returns>
    /// <exception cref="UserErrorException">
    /// The file is missing, or is not a whole picture; or the model cannot be computed on it, or contradicts its description.
    /// </exception>
    public IReadOnlyList<Prediction> Classify(string path, int top = 5)
    {
        byte[] file;
        try
        {
            file = RegularFile.ReadAllBytes(path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException(File.Exists(path) ? $"{path}: cannot be read ({failure.Message})."
                : $"{path}: found no such file, expected a picture.", failure);
        }
        try
        {
            return Classify(file, top);
        }
        catch (BrokenPictureException broken)
        {
            throw new UserErrorException($"{path}: {broken.Message}.", broken);
        }
    }

    /// <summary>Classifies a picture in memory.</summary>
    /// <param name="picture">The bytes of its file.</param>
    /// <param name="top">The number of returned classes.</param>
    /// <returns>The most probable classes in descending order.</returns>
    /// <exception cref="BrokenPictureException">The bytes are not a whole picture.</exception>
    /// <exception cref="UserErrorException">The model cannot be computed on it, or contradicts its description.</exception>
    public IReadOnlyList<Prediction> Classify(ReadOnlySpan<byte> picture, int top = 5)
    {
        double[] probabilities = Probabilities(picture.ToArray());
        var best = Enumerable.Range(0, probabilities.Length).OrderByDescending(i => probabilities[i]).Take(top);
        return [.. best.Select(i => new Prediction(Card.Classes[i], i, probabilities[i]))];
    }

    /// <summary>
    /// Returns the labels of a picture file. With several labels a picture, these are all classes that reach their thresholds, in
    /// descending order of probability; there may be none. With one label, it is the most probable class, or none if
    /// <see cref="IsNoneOfThese"/>.
    /// </summary>
    /// <param name="path">JPEG, PNG, WebP, BMP or GIF, of any size.</param>
    /// <exception cref="UserErrorException">
    /// The file is missing, or is not a whole picture; or the model cannot be computed on it, or contradicts its description.
    /// </exception>
    public IReadOnlyList<Prediction> Labels(string path) => LabelsAmong(Classify(path, Card.Classes.Count));

    /// <summary>Returns the labels of a picture in memory; see <see cref="Labels(string)"/>.</summary>
    /// <param name="picture">The bytes of its file.</param>
    /// <exception cref="BrokenPictureException">The bytes are not a whole picture.</exception>
    /// <exception cref="UserErrorException">The model cannot be computed on it, or contradicts its description.</exception>
    public IReadOnlyList<Prediction> Labels(ReadOnlySpan<byte> picture) => LabelsAmong(Classify(picture, Card.Classes.Count));

    /// <summary>
    /// Returns the labels among the predictions of <see cref="Classify(string, int)"/>; those beyond its limit are not found.
    /// </summary>
    /// <param name="predictions">The predictions, the most probable one first.</param>
    internal IReadOnlyList<Prediction> LabelsAmong(IReadOnlyList<Prediction> predictions) => Card.SeveralLabels
        ? [.. predictions.Where(prediction => prediction.Probability >= Card.ThresholdOf(prediction.Index))]
        : IsNoneOfThese(predictions) ? [] : [predictions[0]];

    /// <summary>
    /// Whether a classified picture probably shows none of the classes: its largest probability is at most the threshold of the model.
    /// Never for a model without one.
    /// </summary>
    /// <param name="predictions">The predictions of <see cref="Classify(string, int)"/>, the most probable one first.</param>
    public bool IsNoneOfThese(IReadOnlyList<Prediction> predictions) =>
        Card.RejectionThreshold is double threshold && predictions[0].Probability <= threshold;

    /// <inheritdoc/>
    public void Dispose() => _session.Dispose();

    private double[] Probabilities(byte[] picture)
    {
        var input = Card.TakesPictures ? Whole(picture) : Prepared(picture);
        double[] values = Computed(input);
        if (Card.GivesProbabilities)
            return values;
        if (Card.SeveralLabels)
            return [.. values.Select(value => 1 / (1 + Math.Exp(-value)))];
        double temperature = Card.Temperature ?? 1, most = values.Max();
        double sum = values.Sum(value => Math.Exp((value - most) / temperature));
        return [.. values.Select(value => Math.Exp((value - most) / temperature) / sum)];
    }

    private double[] Computed(NamedOnnxValue input)
    {
        try
        {
            using var results = _session.Run([input], [_output]);
            double[] values = [.. results[0].AsTensor<float>().Select(value => (double)value)];
            if (values.Length != Card.Classes.Count || !values.All(double.IsFinite))
                throw Contradiction(_path, $"{values.Length} outputs for a picture, or one that is not finite");
            return values;
        }
        catch (OnnxRuntimeException failure)
        {
            string reason = failure.Message.ReplaceLineEndings(" ");
            throw new UserErrorException($"{_path}: ONNX Runtime cannot compute it ({reason}); export it again.", failure);
        }
    }

    // A file of another origin may hold any graph beside the card.
    private void CheckPorts(string path)
    {
        var type = Card.TakesPictures ? typeof(byte) : typeof(float);
        if (_session.InputMetadata.Count != 1 || _session.InputMetadata.Values.First() is not { IsTensor: true } input
            || input.ElementType != type || input.Dimensions.Length != 4)
            throw Contradiction(path, $"{_session.InputMetadata.Count} inputs, or one of another kind");
        int[] wanted = Card.TakesPictures ? [1, -1, -1, Card.Channels] : [1, Card.Channels, Card.Height, Card.Width];
        // A size of 0 or less is variable.
        if (!input.Dimensions.Zip(wanted).All(size => size.First <= 0 || size.First == size.Second))
            throw Contradiction(path, $"an input of {string.Join('×', input.Dimensions)}");
        if (_session.OutputMetadata.Count == 0 || _session.OutputMetadata[_session.OutputNames[0]] is not { IsTensor: true } output
            || output.ElementType != typeof(float))
            throw Contradiction(path, "no output of floating-point numbers");
        if (output.Dimensions is not [_, var width] || (width > 0 && width != Card.Classes.Count))
            throw Contradiction(path, $"an output of {string.Join('×', output.Dimensions)}");
    }

    private UserErrorException Contradiction(string path, string found)
    {
        string images = Card.TakesPictures ? "pictures" : $"images of {Card.Channels}×{Card.Height}×{Card.Width}";
        return new($"{path}: found {found}, expected {images} and {Card.Classes.Count} classes as in its description; export it again.");
    }

    private NamedOnnxValue Whole(byte[] picture)
    {
        var (size, pixels) = _decoder.Unpacked(picture);
        var bytes = new DenseTensor<byte>(pixels.ToArray(), [1, size.Height, size.Width, Card.Channels]);
        return NamedOnnxValue.CreateFromTensor(_input, bytes);
    }

    private NamedOnnxValue Prepared(byte[] picture)
    {
        _decoder.Decode(picture, _square);
        int size = Card.Size, channels = Card.Channels;
        if (Card.CutsMiddle)
        {
            int top = (size - Card.Height) / 2, left = (size - Card.Width) / 2;
            for (int row = 0; row < Card.Height; row++)
            {
                var line = _square.AsSpan(((top + row) * size + left) * channels, Card.Width * channels);
                line.CopyTo(_seen.AsSpan(row * Card.Width * channels));
            }
        }
        else if ((size, size) == (Card.Height, Card.Width))
        {
            _square.CopyTo(_seen, 0);
        }
        else
        {
            _resampling.Apply(_square, size * channels, size, size, channels, (0, 0, size, size), _seen, Card.Height, Card.Width);
        }
        var numbers = new DenseTensor<float>([1, channels, Card.Height, Card.Width]);
        var target = numbers.Buffer.Span;
        int area = Card.Height * Card.Width;
        for (int channel = 0; channel < channels; channel++)
        {
            for (int pixel = 0; pixel < area; pixel++)
            {
                double value = _seen[pixel * channels + channel] / 255.0;
                target[channel * area + pixel] = (float)((value - Card.Mean[channel]) / Card.Deviation[channel]);
            }
        }
        return NamedOnnxValue.CreateFromTensor(_input, numbers);
    }
}
