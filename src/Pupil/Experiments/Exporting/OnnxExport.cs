using System.Diagnostics.CodeAnalysis;
using Google.Protobuf;
using Pupil.Core;
using Pupil.Experiments.Recipes;
using Pupil.Images;
using Pupil.Images.Formats.Pictures;
using Pupil.Images.Transforms;
using Pupil.Inference;
using Pupil.Inference.Pictures;
using Pupil.Interop.Onnx;
using Pupil.Interop.Students;
using Pupil.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace Pupil.Experiments.Exporting;

/// <summary>In what a model's weights are kept.</summary>
[SuppressMessage("Naming", "CA1720", Justification = "The field's own words, and the command line's.")]
public enum OnnxPrecision
{
    /// <summary>As they were trained.</summary>
    Float32,

    /// <summary>Half the size; computed in float32.</summary>
    Float16,

    /// <summary>A quarter of the size; convolutions and classifier are computed in 8 bits.</summary>
    Int8,
}

/// <summary>How a student becomes an ONNX file.</summary>
public sealed record OnnxOptions
{
    /// <summary>Whether the model takes pictures of any size, as bytes, and prepares them itself. Default false: it takes prepared images.</summary>
    public bool TakesPictures { get; init; }

    /// <summary>Whether it gives probabilities. Default false: logits.</summary>
    public bool GivesProbabilities { get; init; }

    /// <summary>In what its weights are kept. Default float32.</summary>
    public OnnxPrecision Precision { get; init; }
}

/// <summary>What was written, and how it compares with the network.</summary>
/// <param name="Path">The file.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Difference">The greatest difference of a logit on the test images.</param>
/// <param name="LargestLogit">The network's logit of the largest size.</param>
/// <param name="Agreement">The share of the test images to which both give the same class.</param>
/// <param name="Images">How many there are.</param>
/// <param name="NetworkTop1">The network's accuracy on them.</param>
/// <param name="ModelTop1">The model's.</param>
public sealed record OnnxExportResult(string Path, long Bytes, double Difference, double LargestLogit, double Agreement, int Images, double NetworkTop1, double ModelTop1);

/// <summary>Writes students as ONNX files, each checked against its network before it is called done.</summary>
public static class OnnxExport
{
    // Of a logit, or of the largest where that is over 1: float32 has seven digits.
    private const double LargestDifference = 1e-4;
    private const int CalibrationImages = 1000;

    /// <summary>
    /// Writes a file. Network and file are compared on the recipe's test images. Whatever the precision, the model in float32 must agree with the network
    /// first, or nothing is written: what rounding costs can only be told of a model that is right.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="student">The student file.</param>
    /// <param name="options">How.</param>
    /// <param name="source">Where the recipe's images come from.</param>
    /// <param name="data">The images: those of the test part are compared by, those of the training part tell the range of activations for int8.</param>
    /// <exception cref="UserErrorException">
    /// The student file is broken or of other images, network or model gives what is no number, or the file cannot be written.
    /// </exception>
    /// <exception cref="InvalidOperationException">The model in float32 does not agree with the network: a defect.</exception>
    public static OnnxExportResult Write(string path, string student, OnnxOptions options, DataSource source, PreparedData data)
    {
        var (network, card) = StudentFile.Read(student, CPU);
        using var owned = network;
        data.CheckInput(student, card.Input);
        var cost = NetworkCost.OfNetwork(network);
        var description = CardOf(card, options, source, data) with { Parameters = cost.Parameters, MultiplyAdds = cost.MultiplyAdds };
        var batches = ModelBatch.Of(data, data.Test, card.Normalization, asPictures: false);
        var exact = Compare(network, OnnxModel.Of(network, description with { TakesPictures = false }).ToByteArray(), batches);
        RequireSame(path, student, exact);
        var model = OnnxModel.Of(network, description);
        if (options.Precision == OnnxPrecision.Int8)
            OnnxInteger.Apply(model, ModelBatch.Of(data, Calibration(data.Train), card.Normalization, options.TakesPictures).Select(batch => batch.Input));
        else if (options.Precision == OnnxPrecision.Float16)
            OnnxHalf.Apply(model);
        bool isExact = options is { Precision: OnnxPrecision.Float32, TakesPictures: false };
        var result = isExact ? exact : Compare(network, model.ToByteArray(), ModelBatch.Of(data, data.Test, card.Normalization, options.TakesPictures));
        // Scaling rounds to bytes in training and not within a model; otherwise nothing but the order of sums differs.
        if (options is { Precision: OnnxPrecision.Float32, TakesPictures: true } && data.Input is null)
            RequireSame(path, student, result);
        if (!double.IsFinite(result.Difference))
            throw new UserErrorException($"{path}: was not written: in {description.Precision} the model gives logits that are no numbers; use --precision float32.");
        if (options.GivesProbabilities)
            OnnxModel.GiveProbabilities(model, description);
        byte[] bytes = model.ToByteArray();
        AtomicFile.Write(path, stream => stream.Write(bytes));
        return result with { Path = path, Bytes = bytes.Length };
    }

    // Written so that a NaN, which is neither over nor under a limit, fails.
    private static void RequireSame(string path, string student, OnnxExportResult found)
    {
        if (!double.IsFinite(found.LargestLogit))
        {
            throw new UserErrorException($"{student}: gives logits that are no numbers (NaN or infinite) for test images; expected a network that was trained without "
                + $"a non-finite loss and a file that is whole. {path} was not written.");
        }
        if (!(found.Difference <= LargestDifference * Math.Max(1, found.LargestLogit)))
        {
            throw new InvalidOperationException($"{path}: was not written: in float32, network and model differ by {found.Difference:0.0e+0} in a logit "
                + $"({100 * found.Agreement:0.00} % of the classes agree).");
        }
    }

    private static ImageSubset Calibration(ImageSubset images) =>
        images.Count <= CalibrationImages ? images : images.Draw(CalibrationImages, RandomStream.Purpose.Subset, 0).Taken;

    private static OnnxExportResult Compare(Network network, byte[] model, IEnumerable<ModelBatch> batches)
    {
        using var session = OnnxSession.Open(model);
        using var noGradient = no_grad();
        double difference = 0, largest = 0;
        long images = 0, agreeing = 0, networkRight = 0, modelRight = 0;
        foreach (var batch in batches)
        {
            using var scope = NewDisposeScope();
            var expected = network.call(batch.Prepared.Images).Logits;
            using var results = session.Run([batch.Input]);
            var found = tensor(results[0].AsTensor<float>().ToArray(), expected.shape);
            largest = Math.Max(largest, expected.abs().max().ToDouble());
            difference = Math.Max(difference, (expected - found).abs().max().ToDouble());
            Tensor own = expected.argmax(1), other = found.argmax(1), labels = batch.Prepared.Target.RequiredLabels;
            images += batch.Prepared.Count;
            agreeing += own.eq(other).sum().ToInt64();
            networkRight += own.eq(labels).sum().ToInt64();
            modelRight += other.eq(labels).sum().ToInt64();
        }
        return new OnnxExportResult("", 0, difference, largest, (double)agreeing / images, (int)images, (double)networkRight / images, (double)modelRight / images);
    }

    private static ModelCard CardOf(StudentCard card, OnnxOptions options, DataSource source, PreparedData data) => new()
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
        Precision = options.Precision.ToString().ToLowerInvariant(),
        TestTop1 = card.TestTop1,
        RecipeHash = card.RecipeHash,
    };
}
