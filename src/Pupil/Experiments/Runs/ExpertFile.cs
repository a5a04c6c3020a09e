using Pupil.Distillation;
using Pupil.Experiments.Recipes;
using Pupil.Images;
using Pupil.Images.Transforms;
using Pupil.Interop.Onnx;
using Pupil.Interop.Students;
using Pupil.Training;
using TorchSharp;

namespace Pupil.Experiments.Runs;

/// <summary>An expert that is given as a file: a student file, or an ONNX model of any origin.</summary>
/// <param name="Network">The network; disposed of by whoever takes it.</param>
/// <param name="Normalization">The normalisation of the images that it was trained with.</param>
/// <param name="Classes">The names of its classes; null where the file does not say.</param>
public sealed record ExpertFile(ITeacher Network, Normalization Normalization, IReadOnlyList<string>? Classes)
{
    /// <summary>Opens a file.</summary>
    /// <param name="options">What the recipe says about the expert.</param>
    /// <param name="path">The file: the one it names, or the one that was trained for it.</param>
    /// <param name="data">The images that it is to be asked about.</param>
    /// <param name="device">Where its answers go.</param>
    /// <exception cref="UserErrorException">It cannot be read, or takes other images.</exception>
    public static ExpertFile Open(ExpertOptions options, string path, PreparedData data, torch.Device device)
    {
        if (!options.IsOnnx)
        {
            var (network, card) = StudentFile.Read(path, device);
            data.CheckInput(path, card.Input);
            return new ExpertFile(FrozenNetwork.Freeze(network), card.Normalization, card.Classes);
        }
        var model = OnnxNetwork.Open(OnnxFile.Read(path), options.Onnx, data.InputShape, data.Splits.Train.Classes.Count, device);
        var normalization = model.Normalization
            ?? throw new UserErrorException($"{path}: does not say by which normalisation its images were prepared; say it: in a recipe "
                + "\"expert\": { \"file\": …, \"onnx\": { \"normalization\": { \"mean\": [0.485, 0.456, 0.406], \"deviation\": [0.229, 0.224, 0.225] } } }, to 'pupil evaluate' by --normalization.");
        try
        {
            normalization.Check(data.InputShape.Channels);
        }
        catch (UserErrorException error)
        {
            throw new UserErrorException($"{path}: expert.onnx.{error.Message}", error);
        }
        return new ExpertFile(model, normalization, model.Classes);
    }

    /// <summary>Measures how good it is. It has logits.</summary>
    /// <param name="path">The file, for the message.</param>
    /// <param name="data">The images.</param>
    /// <param name="part">Which of them.</param>
    /// <param name="device">Where they go.</param>
    /// <exception cref="UserErrorException">Its answers are no numbers.</exception>
    public Accuracy Measure(string path, PreparedData data, ImageSubset part, torch.Device device)
    {
        var accuracy = Evaluation.Measure(Network.Forward, data.ForEvaluation(part, Normalization, device));
        return double.IsFinite(accuracy.CrossEntropy) ? accuracy
            : throw new UserErrorException($"{path}: its answers about the images are not finite (cross-entropy {accuracy.CrossEntropy}); it is damaged, or its normalisation is another one.");
    }

    /// <summary>Checks that it knows the same classes, as far as it says which it knows.</summary>
    /// <param name="path">The file, for the message.</param>
    /// <param name="classes">The data's.</param>
    /// <exception cref="UserErrorException">It knows others.</exception>
    public void CheckClasses(string path, IReadOnlyList<string> classes)
    {
        if (Classes is { } known && !known.SequenceEqual(classes))
        {
            throw new UserErrorException($"{path}: the expert knows {known.Count} classes ({known[0]}, {known[1]} …), the data "
                + $"has {classes.Count} ({classes[0]}, {classes[1]} …); expected the same classes in the same order.");
        }
    }
}
