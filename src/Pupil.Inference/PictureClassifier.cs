using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using Pupil.Inference.Pictures;

namespace Pupil.Inference;

/// <summary>A predicted class of a picture.</summary>
/// <param name="Class">The name of the class.</param>
/// <param name="Index">The index of the class, 0…K−1.</param>
/// <param name="Probability">The probability, 0…1.</param>
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
    private readonly string _input, _output;

    /// <summary>Opens a model.</summary>
    /// <param name="path">The file.</param>
    /// <param name="threads">The number of threads; 0 for the number of cores.</param>
    /// <exception cref="UserErrorException">The file is missing or damaged, or is no model that Pupil exported.</exception>
    public PictureClassifier(string path, int threads = 0)
    {
        _session = OnnxSession.Open(path, threads);
        try
        {
            Card = ModelCard.FromMetadata(_session.ModelMetadata.CustomMetadataMap, path);
        }
        catch
        {
            _session.Dispose();
            throw;
        }
        (_input, _output) = (_session.InputNames[0], _session.OutputNames[0]);
        _decoder = new PictureDecoder(Card.Size, Card.Fit, Card.Channels);
        (_square, _seen) = (new byte[Card.Size * Card.Size * Card.Channels], new byte[Card.Height * Card.Width * Card.Channels]);
    }

    /// <summary>The description of the model.</summary>
    public ModelCard Card { get; }

    /// <summary>Classifies a picture file.</summary>
    /// <param name="path">JPEG, PNG, WebP, BMP or GIF, of any size.</param>
    /// <param name="top">The number of returned classes.</param>
    /// <returns>The most probable classes in descending order.</returns>
    /// <exception cref="UserErrorException">The file is missing, or is not a whole picture.</exception>
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
    public IReadOnlyList<Prediction> Classify(ReadOnlySpan<byte> picture, int top = 5)
    {
        double[] probabilities = Probabilities(picture.ToArray());
        var best = Enumerable.Range(0, probabilities.Length).OrderByDescending(i => probabilities[i]).Take(top);
        return [.. best.Select(i => new Prediction(Card.Classes[i], i, probabilities[i]))];
    }

    /// <inheritdoc/>
    public void Dispose() => _session.Dispose();

    private double[] Probabilities(byte[] picture)
    {
        var input = Card.TakesPictures ? Whole(picture) : Prepared(picture);
        using var results = _session.Run([input], [_output]);
        double[] values = [.. results[0].AsTensor<float>().Select(value => (double)value)];
        if (Card.GivesProbabilities)
            return values;
        double most = values.Max(), sum = values.Sum(value => Math.Exp(value - most));
        return [.. values.Select(value => Math.Exp(value - most) / sum)];
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
