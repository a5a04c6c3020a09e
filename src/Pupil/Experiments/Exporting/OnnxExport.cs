using System.Diagnostics.CodeAnalysis;
using Google.Protobuf;
using Onnx;
using Pupil.Core;
using Pupil.Experiments.Recipes;
using Pupil.Experiments.Runs;
using Pupil.Images;
using Pupil.Images.Formats.Pictures;
using Pupil.Images.Transforms;
using Pupil.Inference;
using Pupil.Inference.Pictures;
using Pupil.Interop.Onnx;
using Pupil.Interop.Students;
using Pupil.Networks;
using Pupil.Training;
using static TorchSharp.torch;

namespace Pupil.Experiments.Exporting;

/// <summary>The cause of an error: a model with rounded weights gives logits that are not finite.</summary>
internal sealed record PrecisionTooLow : UserErrorCause;

/// <summary>The number format of a model's weights.</summary>
[SuppressMessage("Naming", "CA1720", Justification = "The field's terms, and the values of the command line.")]
public enum OnnxPrecision
{
    /// <summary>32-bit floating-point numbers, as trained.</summary>
    Float32,

    /// <summary>16-bit floating-point numbers, half the size; the model computes in float32.</summary>
    Float16,

    /// <summary>8-bit integers, a quarter of the size; convolutions and classifier compute in 8 bits.</summary>
    Int8,
}

/// <summary>The options of an export to ONNX.</summary>
public sealed record OnnxOptions
{
    /// <summary>Whether the model takes pictures of any size as bytes, and prepares them itself. Default false: prepared images.</summary>
    public bool TakesPictures { get; init; }

    /// <summary>
    /// Whether the model gives probabilities: of a softmax or, with several labels a picture, of a sigmoid. Default false: logits.
    /// </summary>
    public bool GivesProbabilities { get; init; }

    /// <summary>The number format of the weights. Default <see cref="OnnxPrecision.Float32"/>.</summary>
    public OnnxPrecision Precision { get; init; }

    /// <summary>
    /// Picture files that show none of the classes, such as photographs of other things; the model then tells such pictures. Default none.
    /// </summary>
    public IReadOnlyList<string> OtherPictures { get; init; } = [];

    /// <summary>The source whose unknown classes are further pictures of that kind; null: none.</summary>
    internal PictureSource? Unknown { get; init; }

    /// <summary>The share of such pictures that may be taken for one of a class, 0…0.99. Default 0.05.</summary>
    public double FalseAccept { get; init; } = 0.05;

    /// <summary>Images on which the temperature of the probabilities is fitted; null: that of the student file, if it has one.</summary>
    internal MeasuredImages? Calibrating { get; init; }

    /// <summary>The student after tuning, for a model in int8; null: none.</summary>
    internal TunedStudent? Tuned { get; init; }
}

/// <summary>The written file, and the comparison of model and network on the test images.</summary>
/// <param name="Path">The file.</param>
/// <param name="Bytes">The size of the file.</param>
/// <param name="Difference">The largest absolute difference of a logit.</param>
/// <param name="LargestLogit">The largest absolute logit of the network.</param>
/// <param name="Agreement">
/// The share of images with the same class from both, 0…1; with several labels a picture, with the same classes.
/// </param>
/// <param name="Images">The number of test images.</param>
/// <param name="NetworkScore">The <see cref="Accuracy.Score"/> of the network, 0…1.</param>
/// <param name="ModelScore">The score of the model, 0…1.</param>
public sealed record OnnxExportResult(
    string Path, long Bytes, double Difference, double LargestLogit, double Agreement, int Images, double NetworkScore,
    double ModelScore)
{
    /// <summary>The name of the scores: <c>accuracy</c> or <c>mAP</c>.</summary>
    public string ScoreName { get; init; } = "accuracy";

    /// <summary>The calibration of the model's probabilities; null if they are those of temperature 1.</summary>
    public Calibration? Calibration { get; init; }

    /// <summary>What tuning in 8 bits has done; null without tuning.</summary>
    public TuningResult? Tuning { get; init; }

    /// <summary>How the model tells pictures of none of the classes; null if it does not.</summary>
    public Rejection? Rejection { get; init; }
}

/// <summary>Writes students as ONNX files. Each model is compared with its network before it is written.</summary>
public static class OnnxExport
{
    // Of a logit, or relative to the largest logit if that is above 1: float32 has seven digits.
    private const double LargestDifference = 1e-4;
    private const int CalibrationImages = 1000;

    /// <summary>
    /// Writes a student as an ONNX file. Network and model are compared on the recipe's test images. For every precision, the model in
    /// float32 must agree with the network, or nothing is written: the cost of rounding is measured on a correct model.
    /// </summary>
    /// <param name="path">The ONNX file.</param>
    /// <param name="student">The student file.</param>
    /// <param name="options">The options of the export.</param>
    /// <param name="source">The source of the recipe's images.</param>
    /// <param name="data">The images: test images for the comparison, training images for the range of activations in int8.</param>
    /// <exception cref="UserErrorException">
    /// The student file is damaged or of other images, network or model gives logits that are not finite, or the file cannot be written.
    /// </exception>
    /// <exception cref="InvalidOperationException">The model in float32 differs from the network: a defect of Pupil.</exception>
    public static OnnxExportResult Write(string path, string student, OnnxOptions options, DataSource source, PreparedData data)
    {
        var (network, card) = StudentFile.Read(student, CPU);
        using var owned = network;
        data.CheckInput(student, card.Input);
        CheckLabels(student, card, options, data);
        var cost = NetworkCost.OfNetwork(network);
        if (options.Calibrating is { } images)
            card = card with { Calibration = Calibrate(student, network, card, images, data) };
        var description = Described(card);
        byte[] plain = OnnxModel.OfNetwork(network, description with { TakesPictures = false }).ToByteArray();
        var exact = ModelComparison.Of(network, card, plain, ModelBatch.FromPart(data, data.Test, card.Normalization, asPictures: false));
        RequireSame(path, student, exact);
        var model = OnnxModel.OfNetwork(network, description);
        if (options.Precision == OnnxPrecision.Int8)
            OnnxInteger.Apply(model, OnnxInteger.Calibrate(model, Batches(CalibrationPart(data.Train)).Select(batch => batch.Input)));
        else if (options.Precision == OnnxPrecision.Float16)
            OnnxHalf.Apply(model);
        bool isExact = options is { Precision: OnnxPrecision.Float32, TakesPictures: false };
        var found = isExact ? exact : Compared(model, data.Test);
        TuningResult? tuning = null;
        if (options is { Precision: OnnxPrecision.Int8, Tuned: { } tuned })
        {
            var tunedCard = card with { Calibration = Recalibrate(student, tuned, card, options.Calibrating, data) };
            var tunedDescription = Described(tunedCard);
            var tunedModel = OnnxModel.OfNetwork(tuned.Network.Float, tunedDescription);
            OnnxInteger.Apply(tunedModel, tuned.Scales);
            var after = Compared(tunedModel, data.Test);
            tuning = TuningResult.Of(tuned, (Compared(model, tuned.Selecting), found), (Compared(tunedModel, tuned.Selecting), after));
            if (tuning.IsTuned)
            {
                (model, card, found) = (tunedModel, tunedCard, after);
                OnnxModel.Describe(model, description = tunedDescription with { Tuning = tuning.ToCard() });
            }
        }
        // Training scales to bytes, a model to fractions; without scaling, only the order of sums differs.
        if (options is { Precision: OnnxPrecision.Float32, TakesPictures: true } && data.Input is null)
            RequireSame(path, student, found);
        if (!double.IsFinite(found.Difference))
        {
            throw new UserErrorException($"{path}: was not written: in {description.Precision} the model gives logits that are not finite; "
                + "export it in float32.")
            {
                Cause = new PrecisionTooLow(),
            };
        }
        if (options.GivesProbabilities)
            OnnxModel.GiveProbabilities(model, description);
        var rejection = options.OtherPictures.Count == 0 && options.Unknown is null ? null
            : Rejection.Choose(path, model, description, options, Batches(data.Test));
        if (rejection is not null)
        {
            OnnxModel.Describe(model, description with
            {
                RejectionThreshold = rejection.Threshold,
                FalseAccept = options.FalseAccept,
                FalseReject = rejection.FalseReject,
            });
        }
        byte[] bytes = model.ToByteArray();
        AtomicFile.Write(path, stream => stream.Write(bytes));
        return new OnnxExportResult(path, bytes.Length, found.Difference, found.LargestLogit, found.Agreement, found.Images,
            found.NetworkScore, found.ModelScore)
        {
            ScoreName = found.ScoreName,
            Calibration = card.Calibration,
            Rejection = rejection,
            Tuning = tuning,
        };

        ModelCard Described(StudentCard student) =>
            CardOf(student, options, source, data) with { Parameters = cost.Parameters, MultiplyAdds = cost.MultiplyAdds };

        IEnumerable<ModelBatch> Batches(ImageSubset part) =>
            ModelBatch.FromPart(data, part, card.Normalization, options.TakesPictures);

        ModelComparison Compared(ModelProto model, ImageSubset part) =>
            ModelComparison.Of(network, card, model.ToByteArray(), Batches(part));
    }

    /// <summary>Returns the images that determine the ranges of activations.</summary>
    /// <param name="images">The training images.</param>
    internal static ImageSubset CalibrationPart(ImageSubset images) =>
        images.Count <= CalibrationImages ? images : images.Draw(CalibrationImages, RandomStream.Purpose.Subset, 0).Taken;

    private static void CheckLabels(string student, StudentCard card, OnnxOptions options, PreparedData data)
    {
        if (card.Labelling != data.Splits.Train.Labelling)
        {
            throw new UserErrorException($"{student}: was trained with {card.Labelling.InWords()} a picture, but the recipe's images have "
                + $"{data.Splits.Train.Labelling.InWords()}; expected the images of its training.");
        }
        bool rejects = options.OtherPictures.Count > 0 || options.Unknown is not null;
        if (card.Labelling == Labelling.Several && (options.Calibrating is not null || rejects))
        {
            throw new UserErrorException($"{student}: was trained with several labels a picture; expected neither images to fit a "
                + "temperature on, which is one of a softmax, nor pictures of other things: a picture of none of the classes reaches no "
                + "threshold. Leave them out.");
        }
    }

    private static Calibration Calibrate(string student, Network network, StudentCard card, MeasuredImages images, PreparedData data)
    {
        images.Data.CheckInput(student, card.Input);
        var fitted = images.Data.ForEvaluation(images.Images, card.Normalization, CPU);
        return LogitTable.Calibrate(network, fitted, data.ForEvaluation(data.Test, card.Normalization, CPU))
            ?? throw new UserErrorException($"{images.Images.Set.Name}: found {images.Images.Count:N0} images that determine no "
                + "temperature, since the network has all of them right, or no more than by chance; expected more images.");
    }

    // Tuning changes how sure a network is. Without other images, the temperature is fitted as that of the student was: on held-out ones.
    private static Calibration? Recalibrate(
        string student, TunedStudent tuned, StudentCard card, MeasuredImages? images, PreparedData data) =>
        images is not null ? Calibrate(student, tuned.Network, card, images, data)
        : card.Calibration is null || data.HeldOut is not { } heldOut ? null
        : LogitTable.Calibrate(tuned.Network, data.ForEvaluation(heldOut, card.Normalization, CPU),
            data.ForEvaluation(data.Test, card.Normalization, CPU));

    // The negated comparison also fails for NaN.
    private static void RequireSame(string path, string student, ModelComparison found)
    {
        if (!double.IsFinite(found.LargestLogit))
        {
            throw new UserErrorException($"{student}: gives logits that are not finite for test images; expected a complete file of a "
                + $"network that was trained without a non-finite loss. {path} was not written.");
        }
        if (!(found.Difference <= LargestDifference * Math.Max(1, found.LargestLogit)))
        {
            throw new InvalidOperationException($"{path}: was not written: in float32, network and model differ by "
                + $"{found.Difference:0.0e+0} in a logit ({100 * found.Agreement:0.00} % of the classes agree).");
        }
    }

    /// <summary>Returns the description of a student's model.</summary>
    internal static ModelCard CardOf(StudentCard card, OnnxOptions options, DataSource source, PreparedData data) => new()
    {
        Network = card.Network.Architecture,
        Classes = card.Classes,
        Channels = card.Input.Channels,
        Height = card.Input.Height,
        Width = card.Input.Width,
        Mean = card.Normalization.Mean,
        Deviation = card.Normalization.Deviation,
        Fit = source is PictureSource pictures ? pictures.Fit : PictureFit.Crop,
        Size = data.Splits.Train.Height,
        CutsMiddle = data.Input?.Fit == InputFit.CentreCrop,
        TakesPictures = options.TakesPictures,
        GivesProbabilities = options.GivesProbabilities,
        Version = card.Labelling == Labelling.One ? ModelCard.FirstVersion : ModelCard.CurrentVersion,
        SeveralLabels = card.Labelling == Labelling.Several,
        Thresholds = card.Thresholds,
        Precision = options.Precision.ToString().ToLowerInvariant(),
        TestTop1 = card.TestTop1,
        TestMeanAveragePrecision = card.TestMeanAveragePrecision,
        Temperature = card.Calibration?.Temperature,
        CalibrationErrorBefore = card.Calibration?.ErrorBefore,
        CalibrationError = card.Calibration?.ErrorAfter,
        RecipeHash = card.RecipeHash,
    };
}
