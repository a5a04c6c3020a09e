using Pupil.Experiments.Exporting;
using Pupil.Experiments.Recipes;
using Pupil.Images;
using Pupil.Images.Transforms;
using Pupil.Interop.PyTorch;
using Pupil.Interop.Students;
using Pupil.Networks;
using Pupil.Networks.Families;
using Pupil.Tests.Experiments.Runs;
using static TorchSharp.torch;

namespace Pupil.Tests.Interop.Onnx;

/// <summary>What must not become a file: a network that computes no numbers, and one that its model does not agree with.</summary>
public sealed class OnnxExportTests
{
    [Theory]
    [InlineData(OnnxPrecision.Float32)]
    [InlineData(OnnxPrecision.Float32, true)]
    [InlineData(OnnxPrecision.Float16)]
    [InlineData(OnnxPrecision.Int8)]
    [InlineData(OnnxPrecision.Int8, true)]
    public void A_network_that_gives_no_numbers_is_refused(OnnxPrecision precision, bool takesPictures = false)
    {
        using var folder = new TemporaryFolder();
        string student = Write(folder, state => state.First(entry => entry.Value.dim() == 2).Value[0, 0].fill_(double.NaN));
        var refused = Assert.Throws<UserErrorException>(() => Export(folder, student, new() { Precision = precision, TakesPictures = takesPictures }));
        Assert.Contains("student.safetensors: gives logits that are no numbers", refused.Message);
        Assert.Equal(["student.safetensors"], TinyRecipe.Files(folder.FullPath));
    }

    [Fact]
    public void Weights_that_are_no_numbers_are_refused_for_PyTorch_too()
    {
        using var folder = new TemporaryFolder();
        string student = Write(folder, state => state.First(entry => entry.Value.dim() == 4).Value[0, 0, 0, 0].fill_(double.PositiveInfinity));
        Assert.Contains("no number", Assert.Throws<UserErrorException>(() => PyTorchWeights.Write(folder["weights.safetensors"], student)).Message);
        Assert.Equal(["student.safetensors"], TinyRecipe.Files(folder.FullPath));
    }

    [Theory]
    [InlineData(OnnxPrecision.Float32)]
    [InlineData(OnnxPrecision.Float32, true)]
    [InlineData(OnnxPrecision.Float16)]
    [InlineData(OnnxPrecision.Int8)]
    public void A_network_that_its_model_differs_from_is_written_in_no_precision(OnnxPrecision precision, bool takesPictures = false)
    {
        using var folder = new TemporaryFolder();
        string student = Write(folder, LoseDigits);
        var refused = Assert.Throws<InvalidOperationException>(() => Export(folder, student, new() { Precision = precision, TakesPictures = takesPictures }));
        Assert.Contains("in float32, network and model differ", refused.Message);
        Assert.Equal(["student.safetensors"], TinyRecipe.Files(folder.FullPath));
    }

    // The first convolution's numbers have a digit or two where the network computes them, and all of theirs where the batch-norm behind is folded in.
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

    private static string Write(TemporaryFolder folder, Action<Dictionary<string, Tensor>> change)
    {
        using var network = NetworkCatalogue.Build(new NetworkSpec { Architecture = "resnet-8" }, new ImageShape(3, 16, 16), Images.Splits.Train.Classes.Count, seed: 5);
        using (no_grad())
            change(network.State().ToDictionary());
        string path = folder["student.safetensors"];
        StudentFile.Write(path, network, new StudentCard
        {
            Network = network.Spec,
            Input = network.Input,
            Classes = Images.Splits.Train.Classes,
            Normalization = new Normalization { Mean = [0.5, 0.5, 0.5], Deviation = [0.25, 0.25, 0.25] },
        });
        return path;
    }

    private static PreparedData Images => TinyRecipe.Ctkd.Data.Prepare(new LoadContext());

    private static void Export(TemporaryFolder folder, string student, OnnxOptions options) =>
        OnnxExport.Write(folder["student.onnx"], student, options, TinyRecipe.Ctkd.Data.Source, Images);
}
