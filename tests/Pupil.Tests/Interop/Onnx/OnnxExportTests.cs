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

    private static string Write(TemporaryFolder folder, Action<Dictionary<string, Tensor>> change)
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
        });
        return path;
    }

    private static PreparedData Images => TinyRecipe.Ctkd.Data.Prepare(new LoadContext());

    private static void Export(TemporaryFolder folder, string student, OnnxOptions options) =>
        OnnxExport.Write(folder["student.onnx"], student, options, TinyRecipe.Ctkd.Data.Source, Images);
}
