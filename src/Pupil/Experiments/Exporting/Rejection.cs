using Google.Protobuf;
using Onnx;
using Pupil.Images.Formats.Pictures;
using Pupil.Inference;
using Pupil.Inference.Pictures;
using Pupil.Training;

namespace Pupil.Experiments.Exporting;

/// <summary>The threshold of a model that tells pictures of none of its classes, and what it does.</summary>
/// <param name="Threshold">The largest probability, 0…1, at which a picture counts as one of none of the classes.</param>
/// <param name="Accepted">The share of the other pictures that it accepts as one of a class, 0…1; at most the stated share.</param>
/// <param name="FalseReject">The share of the test images that it rejects, 0…1.</param>
/// <param name="OtherPictures">The number of other pictures.</param>
public sealed record Rejection(double Threshold, double Accepted, double FalseReject, int OtherPictures)
{
    /// <summary>Chooses the threshold on the probabilities that the model itself gives to picture files.</summary>
    /// <param name="path">The file of the model, for messages.</param>
    /// <param name="model">The model.</param>
    /// <param name="card">Its description.</param>
    /// <param name="options">The pictures that show none of the classes, and the share of them that may be accepted.</param>
    /// <param name="test">The test images.</param>
    /// <exception cref="UserErrorException">A picture is broken.</exception>
    internal static Rejection Choose(
        string path, ModelProto model, ModelCard card, OnnxOptions options, IEnumerable<ModelBatch> test)
    {
        byte[] bytes = model.ToByteArray();
        using var classifier = new PictureClassifier(bytes, path);
        double[] confidences =
        [
            .. options.OtherPictures.Select(picture => classifier.Classify(picture, 1)[0].Probability),
            .. options.Unknown is { } source ? OfUnknown(classifier, source) : [],
        ];
        double threshold = CalibrationEquations.Threshold(confidences, options.FalseAccept);
        double[] own = [.. Confidences(bytes, card, test)];
        return new Rejection(threshold, confidences.Count(sure => sure > threshold) / (double)confidences.Length,
            own.Count(sure => sure <= threshold) / (double)own.Length, confidences.Length);
    }

    private static IEnumerable<double> OfUnknown(PictureClassifier classifier, PictureSource source)
    {
        foreach (var (name, picture) in source.UnknownPictures())
        {
            double? confidence = null;
            try
            {
                confidence = classifier.Classify(picture, 1)[0].Probability;
            }
            catch (BrokenPictureException broken) when (!source.SkipBroken)
            {
                throw new UserErrorException($"{name}: {broken.Message}.", broken);
            }
            catch (BrokenPictureException)
            {
                // Left out, as in training.
            }
            if (confidence is double known)
                yield return known;
        }
    }

    private static IEnumerable<double> Confidences(byte[] model, ModelCard card, IEnumerable<ModelBatch> batches)
    {
        using var session = OnnxSession.Open(model);
        foreach (var batch in batches)
        {
            using var results = session.Run([batch.Input]);
            foreach (float[] row in results[0].AsTensor<float>().ToArray().Chunk(card.Classes.Count))
                yield return card.GivesProbabilities ? row.Max() : CalibrationEquations.Probabilities(row, card.Temperature ?? 1).Max();
        }
    }
}
