using Pupil.Distillation;
using Pupil.Experiments.Recipes;
using Pupil.Images;
using Pupil.Images.Transforms;
using Pupil.Interop.Onnx;
using Pupil.Interop.Students;
using Pupil.Networks;
using Pupil.Processes;
using Pupil.Training;
using TorchSharp;

namespace Pupil.Experiments.Runs;

/// <summary>The cause of an error: an ONNX model does not give the normalisation of its images.</summary>
internal sealed record NormalizationUnknown : UserErrorCause;

/// <summary>An expert from a file: a student file, or an ONNX model of any origin.</summary>
/// <param name="Network">The network; the receiver disposes of it.</param>
/// <param name="Normalization">The normalisation of its images.</param>
/// <param name="Classes">The names of its classes; null where the file does not give them.</param>
internal sealed record ExpertFile(ITeacher Network, Normalization Normalization, IReadOnlyList<string>? Classes)
{
    /// <summary>The number of labels of each image of its training; null where the file does not give it.</summary>
    public Labelling? Labelling { get; private init; }

    /// <summary>The thresholds of its classes with several labels an image; null where the file does not give them: 0.5.</summary>
    public IReadOnlyList<double>? Thresholds { get; private init; }

    /// <summary>The test accuracy that the file states, 0…1; null where it states none.</summary>
    public double? PromisedTop1 { get; private init; }

    /// <summary>Opens a file.</summary>
    /// <param name="options">The expert's options in the recipe.</param>
    /// <param name="path">The file: the recipe's, or the one trained for it.</param>
    /// <param name="data">The images of the run.</param>
    /// <param name="device">The device of its outputs.</param>
    /// <exception cref="UserErrorException">The file cannot be read, or takes other images.</exception>
    public static ExpertFile Open(ExpertOptions options, string path, PreparedData data, torch.Device device)
    {
        if (!options.IsOnnx)
        {
            var (network, card) = StudentFile.Read(path, device);
            data.CheckChannels(path, card.Input);
            return new ExpertFile(FrozenNetwork.Freeze(network), card.Normalization, card.Classes)
            {
                Labelling = card.Labelling,
                Thresholds = card.Thresholds,
                PromisedTop1 = card.TestTop1,
            };
        }
        var file = OnnxFile.Read(path);
        var classes = data.Splits.Train.Classes;
        var words = options.Onnx?.Words is { } named ? ClassWords.Read(named, classes) : null;
        var model = OnnxNetwork.Open(file, options.Onnx, data.InputShape, classes.Count, device, words);
        var normalization = model.Normalization
            ?? throw new UserErrorException($"{path}: does not give the normalisation of its images; set expert.onnx.normalization in the "
                + "recipe, for example { \"mean\": [0.485, 0.456, 0.406], \"deviation\": [0.229, 0.224, 0.225] }.")
            {
                Cause = new NormalizationUnknown(),
            };
        try
        {
            normalization.Check(data.InputShape.Channels);
        }
        catch (UserErrorException error)
        {
            throw new UserErrorException($"{path}: expert.onnx.{error.Message}", error);
        }
        return new ExpertFile(model, normalization, model.Classes)
        {
            Labelling = file.Card is { } known ? known.SeveralLabels ? Images.Labelling.Several : Images.Labelling.One : null,
            Thresholds = file.Card?.Thresholds,
            PromisedTop1 = file.Card?.TestTop1,
        };
    }

    /// <summary>Returns the names of the classes of an expert's file, without loading the network; null where it gives none.</summary>
    /// <param name="options">The expert's options, with a file.</param>
    /// <exception cref="UserErrorException">The file cannot be read.</exception>
    public static IReadOnlyList<string>? ClassesOf(ExpertOptions options)
    {
        if (!options.IsOnnx)
            return StudentFile.ReadCard(options.File!).Classes;
        if (options.Onnx?.Words is { File: var words } && !Path.GetExtension(words).Equals(".npy", StringComparison.OrdinalIgnoreCase))
            return ClassWords.NamesIn(words);
        return OnnxFile.Read(options.File!).Card?.Classes;
    }

    /// <summary>Returns the shape of the images that a file's network takes, without loading the network.</summary>
    /// <param name="options">The expert's options in the recipe.</param>
    /// <param name="path">The file.</param>
    /// <param name="data">The images of the run.</param>
    /// <exception cref="UserErrorException">The file cannot be read, or takes other images.</exception>
    public static ImageShape InputOf(ExpertOptions options, string path, PreparedData data) => options.IsOnnx
        ? OnnxNetwork.InputOf(OnnxFile.Read(path), options.Onnx ?? new OnnxExpertOptions(), data.InputShape)
        : StudentFile.ReadCard(path).Input;

    /// <summary>Measures the accuracy of an expert with logits.</summary>
    /// <param name="path">The file, for the message.</param>
    /// <param name="data">The images.</param>
    /// <param name="part">The part of them.</param>
    /// <param name="view">See <see cref="PreparedData.ViewOf"/>.</param>
    /// <param name="device">The device of the images.</param>
    /// <exception cref="UserErrorException">The logits are not finite.</exception>
    public Accuracy Measure(string path, PreparedData data, ImageSubset part, ImageView? view, torch.Device device)
    {
        var accuracy = Evaluation.Measure(images => Network.Forward(ImageScaling.Fit(images, Network.Input)),
            data.ForEvaluation(part, Normalization, device, view), Thresholds, ProcessGroups.Current);
        return double.IsFinite(accuracy.CrossEntropy) ? accuracy
            : throw new UserErrorException($"{path}: gives logits that are not finite (cross-entropy {accuracy.CrossEntropy}); "
                + "the file is damaged, or its normalisation is another one.");
    }

    /// <summary>Checks that its classes, and the number of labels of each image, are those of the data, if the file gives them.</summary>
    /// <param name="path">The file, for the message.</param>
    /// <param name="images">The images of the data.</param>
    /// <exception cref="UserErrorException">They differ.</exception>
    public void CheckClasses(string path, ImageSet images)
    {
        var classes = images.Classes;
        CheckLabels(path, images);
        if (Classes is { } known && !known.SequenceEqual(classes))
        {
            throw new UserErrorException($"{path}: the expert has {known.Count} classes ({known[0]}, {known[1]} …), the data "
                + $"has {classes.Count} ({classes[0]}, {classes[1]} …); expected the same classes in the same order.");
        }
    }

    /// <summary>Checks that it was trained with as many labels for each image as the images have, if the file gives that.</summary>
    /// <param name="path">The file, for the message.</param>
    /// <param name="images">The images.</param>
    /// <exception cref="UserErrorException">It was trained with another number.</exception>
    public void CheckLabels(string path, ImageSet images)
    {
        if (Labelling is { } known && known != images.Labelling)
        {
            throw new UserErrorException($"{path}: was trained with {known.InWords()} a picture, but {images.Name} has "
                + $"{images.Labelling.InWords()}; expected the same. In a CSV file, data.source.labels says how labels are read.");
        }
    }
}
