using Pupil.Experiments.Exporting;
using Pupil.Experiments.Recipes;
using Pupil.Experiments.Runs;
using Pupil.Images;
using Pupil.Images.Formats.Folder;
using Pupil.Images.Transforms;
using Pupil.Inference;
using Pupil.Interop.PyTorch;
using Pupil.Interop.Students;
using Pupil.Networks;
using Pupil.Networks.Families;
using Pupil.Tests.Experiments.Runs;
using static TorchSharp.torch;

namespace Pupil.Tests.Interop.Onnx;

/// <summary>Tests that no file is written of a network with non-finite logits, or one whose model gives other logits.</summary>
public sealed class OnnxExportTests
{
    [Theory]
    [InlineData(OnnxPrecision.Float32)]
    [InlineData(OnnxPrecision.Float32, true)]
    [InlineData(OnnxPrecision.Float16)]
    [InlineData(OnnxPrecision.Int8)]
    [InlineData(OnnxPrecision.Int8, true)]
    public void A_network_with_non_finite_logits_is_refused(OnnxPrecision precision, bool takesPictures = false)
    {
        using var folder = new TemporaryFolder();
        string student = Write(folder, state => state.First(entry => entry.Value.dim() == 2).Value[0, 0].fill_(double.NaN));
        var options = new OnnxOptions { Precision = precision, TakesPictures = takesPictures };
        var refused = Assert.Throws<UserErrorException>(() => Export(folder, student, options));
        Assert.Contains("student.safetensors: gives logits that are not finite", refused.Message);
        Assert.Equal(["student.safetensors"], TinyRecipe.Files(folder.FullPath));
    }

    [Fact]
    public void Non_finite_weights_are_refused_for_PyTorch_too()
    {
        using var folder = new TemporaryFolder();
        string student = Write(folder, state =>
            state.First(entry => entry.Value.dim() == 4).Value[0, 0, 0, 0].fill_(double.PositiveInfinity));
        var error = Assert.Throws<UserErrorException>(() => PyTorchWeights.Write(folder["weights.safetensors"], student));
        Assert.Contains("found NaN or infinite numbers in tensor", error.Message);
        Assert.Equal(["student.safetensors"], TinyRecipe.Files(folder.FullPath));
    }

    [Theory]
    [InlineData(OnnxPrecision.Float32)]
    [InlineData(OnnxPrecision.Float32, true)]
    [InlineData(OnnxPrecision.Float16)]
    [InlineData(OnnxPrecision.Int8)]
    public void A_network_whose_model_gives_other_logits_is_not_written(OnnxPrecision precision, bool takesPictures = false)
    {
        using var folder = new TemporaryFolder();
        string student = Write(folder, LoseDigits);
        var options = new OnnxOptions { Precision = precision, TakesPictures = takesPictures };
        var refused = Assert.Throws<InvalidOperationException>(() => Export(folder, student, options));
        Assert.Contains("in float32, network and model differ", refused.Message);
        Assert.Equal(["student.safetensors"], TinyRecipe.Files(folder.FullPath));
    }

    [Theory]
    [InlineData(OnnxPrecision.Float32, false)]
    [InlineData(OnnxPrecision.Int8, true)]
    public void Temperature_and_threshold_for_other_pictures_are_kept_with_the_model(OnnxPrecision precision, bool givesProbabilities)
    {
        using var folder = new TemporaryFolder();
        var calibration = new Calibration(2.5, 0.3, 0.1, 40);
        string student = Write(folder, _ => { }, calibration);
        string[] others = [.. Enumerable.Range(0, 10).Select(i => folder[$"other{i}.png"])];
        foreach (var (i, file) in others.Index())
            File.WriteAllBytes(file, Inference.PictureClassifierTests.Picture(20 + i, 30));
        var options = new OnnxOptions
        {
            Precision = precision,
            GivesProbabilities = givesProbabilities,
            OtherPictures = others,
            FalseAccept = 0.2,
        };
        var result = OnnxExport.Write(folder["student.onnx"], student, options, TinyRecipe.Ctkd.Data.Source, Images);
        using var classifier = new PictureClassifier(folder["student.onnx"]);
        Assert.Equal(calibration, result.Calibration);
        Assert.Equal((2.5, 0.3, 0.1),
            (classifier.Card.Temperature, classifier.Card.CalibrationErrorBefore, classifier.Card.CalibrationError));
        Assert.Equal((result.Rejection!.Threshold, 0.2, result.Rejection.FalseReject),
            (classifier.Card.RejectionThreshold, classifier.Card.FalseAccept, classifier.Card.FalseReject));
        int accepted = others.Count(file => !classifier.IsNoneOfThese(classifier.Classify(file)));
        Assert.InRange(accepted, 0, 2);
        Assert.Equal((10, accepted / 10.0), (result.Rejection.OtherPictures, result.Rejection.Accepted));
    }

    [Fact]
    public void The_classes_that_a_source_leaves_out_give_the_same_threshold_as_their_files()
    {
        using var folder = new TemporaryFolder();
        string student = Write(folder, _ => { });
        foreach (var (i, place) in new[] { "a", "b", "other", "other", "other" }.Index())
        {
            Directory.CreateDirectory(folder[$"set/{place}"]);
            File.WriteAllBytes(folder[$"set/{place}/{i}.png"], Inference.PictureClassifierTests.Picture(20 + i, 30));
        }
        string[] files = [.. Directory.GetFiles(folder["set/other"])];
        var source = new FolderSource { Path = folder["set"], UnknownClasses = ["other"] };
        var known = Threshold(new OnnxOptions { OtherPictures = files, FalseAccept = 0.4 });
        Assert.Equal(known, Threshold(new OnnxOptions { Unknown = source, FalseAccept = 0.4 }));
        Assert.Equal(3, known.OtherPictures);

        File.WriteAllText(folder["set/other/broken.png"], "no picture");
        var refused = Assert.Throws<UserErrorException>(() => Threshold(new OnnxOptions { Unknown = source }));
        Assert.Contains("other/broken.png: is no picture", refused.Message);
        Assert.Equal(known, Threshold(new OnnxOptions { Unknown = source with { SkipBroken = true }, FalseAccept = 0.4 }));

        Rejection Threshold(OnnxOptions options) =>
            OnnxExport.Write(folder["student.onnx"], student, options, TinyRecipe.Ctkd.Data.Source, Images).Rejection!;
    }

    [Fact]
    public void A_temperature_is_fitted_on_given_images()
    {
        using var folder = new TemporaryFolder();
        string student = Write(folder, _ => { });
        var (network, card) = StudentFile.Read(student, CPU);
        using var owned = network;
        var logits = Pupil.Training.LogitTable.FromNetwork(network, Images.ForEvaluation(Images.Train, card.Normalization, CPU)).Logits;
        // The network's own answers, but for every third image: there is a temperature.
        int[] labels = [.. logits.Select((row, i) => i % 3 == 0 ? i % row.Length : Array.IndexOf(row, row.Max()))];
        var set = Images.Splits.Train;
        int[] all = new int[set.Count];
        foreach (var (i, index) in Images.Train.Indices.Index())
            all[index] = labels[i];
        var images = new MeasuredImages(Images, Images.Train with { Set = set.WithClasses(set.Classes, ImageLabels.OfOne(all)) });
        var options = new OnnxOptions { Calibrating = images };
        var result = OnnxExport.Write(folder["student.onnx"], student, options, TinyRecipe.Ctkd.Data.Source, Images);
        Assert.Equal(Pupil.Training.CalibrationEquations.Temperature(logits, labels)!.Value, result.Calibration!.Temperature, 1e-6);
        Assert.Equal(Images.Train.Count, result.Calibration.Images);
    }

    // The first convolution's outputs are subnormal, with one or two digits, in the network. In the model they have all digits, because the
    // batch norm is folded into the convolution.
    private static void LoseDigits(Dictionary<string, Tensor> state)
    {
        var convolutions = state.Values.Where(value => value.dim() == 4).ToList();
        float[] tiny = [.. Enumerable.Range(0, (int)convolutions[0].numel()).Select(i => (i % 7 - 3) * float.Epsilon)];
        convolutions[0].copy_(tensor(tiny, convolutions[0].shape));
        string norm = state.Keys.First(key => key.EndsWith("running_var", StringComparison.Ordinal))[..^"running_var".Length];
        state[$"{norm}running_var"].fill_(0);
        state[$"{norm}running_mean"].fill_(0);
        state[$"{norm}bias"].fill_(0);
        state[$"{norm}weight"].fill_(1e35);
        convolutions[1].mul_(1e6);
    }

    private static string Write(TemporaryFolder folder, Action<Dictionary<string, Tensor>> change, Calibration? calibration = null)
    {
        var spec = new NetworkSpec { Architecture = "resnet-8" };
        using var network = NetworkCatalogue.Build(spec, new ImageShape(3, 16, 16), Images.Splits.Train.Classes.Count, seed: 5);
        using (no_grad())
            change(network.State().ToDictionary());
        string path = folder["student.safetensors"];
        StudentFile.Write(path, network, new StudentCard
        {
            Network = network.Spec,
            Input = network.Input,
            Classes = Images.Splits.Train.Classes,
            Normalization = new Normalization { Mean = [0.5, 0.5, 0.5], Deviation = [0.25, 0.25, 0.25] },
            Calibration = calibration,
        });
        return path;
    }

    private static PreparedData Images => TinyRecipe.Ctkd.Data.Prepare(new LoadContext());

    private static void Export(TemporaryFolder folder, string student, OnnxOptions options) =>
        OnnxExport.Write(folder["student.onnx"], student, options, TinyRecipe.Ctkd.Data.Source, Images);
}
