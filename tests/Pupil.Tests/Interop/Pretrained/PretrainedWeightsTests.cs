using Pupil.Core;
using Pupil.Images.Transforms;
using Pupil.Interop.Pretrained;
using Pupil.Interop.Students;
using Pupil.Networks;
using Pupil.Networks.Families;
using static TorchSharp.torch;

namespace Pupil.Tests.Interop.Pretrained;

public sealed class PretrainedWeightsTests : IDisposable
{
    private static readonly string[] Colours = ["red", "green", "blue"];
    private static readonly Normalization Usual = NormalizationOf(3);

    private readonly TemporaryFolder _folder = new();
    private readonly List<Network> _networks = [];

    public void Dispose()
    {
        _networks.ForEach(network => network.Dispose());
        _folder.Dispose();
    }

    // Names as in torchvision, timm and RepDistiller; other classes.
    [Theory]
    [InlineData("wrn-10-1", "conv1.weight")]
    [InlineData("resnet-8", "layer1.0.conv1.weight")]
    [InlineData("resnet-8x4", "layer2.0.downsample.0.weight")]
    [InlineData("vgg-8", "block0.0.weight")]
    [InlineData("mobilenet-v2-0.25", "conv1.0.weight")]
    [InlineData("shufflenet-v2-0.5", "conv1.weight")]
    [InlineData("imagenet-mobilenet-v2-0.25", "features.18.0.weight")]
    [InlineData("mobilenet-v3-small", "features.0.0.weight")]
    [InlineData("efficientnet-lite0", "conv_stem.weight")]
    [InlineData("vit-tiny-8", "encoder.layers.encoder_layer_11.mlp.3.weight")]
    [InlineData("imagenet-resnet-18", "layer4.1.conv2.weight", Explicit = true)]
    [InlineData("mobilenet-v3-large", "features.0.0.weight", Explicit = true)]
    [InlineData("efficientnet-b0", "features.8.0.weight", Explicit = true)]
    [InlineData("regnet-y-400mf", "stem.0.weight", Explicit = true)]
    public void All_tensors_but_the_classifier_come_from_a_file_of_other_classes(string name, string foreign)
    {
        using var scope = NewDisposeScope();
        int side = name.StartsWith("imagenet-resnet", StringComparison.Ordinal) ? 64 : 32;
        Network theirs = Build(name, 7, side: side, seed: 1), own = Build(name, 3, side: side, seed: 2);
        Network untouched = Build(name, 3, side: side, seed: 2);
        WriteForeign(theirs, foreign);
        var origin = Load(own, "theirs.safetensors");
        Assert.Equal(name, PretrainedFile.NetworkOf(_folder["theirs.safetensors"])?.Architecture);
        foreach (var (key, value) in own.State())
            Assert.Equal(TensorOf(IsClassifier(key) ? untouched : theirs, key), value.Numbers());
        Assert.Equal(["classifier.bias", "classifier.weight"], origin.New.Order());
        Assert.Equal((own.State().Count() - 2, own.State().Count()), (origin.Tensors, origin.AllTensors));
        Assert.StartsWith($"{origin.Tensors} of {origin.AllTensors} tensors from theirs.safetensors; classifier new (7 → 3 classes)",
            origin.ToString());
        Assert.Equal(64, origin.FileHash.Length);
    }

    [Fact]
    public void The_classifier_stays_if_the_classes_are_the_same()
    {
        Network theirs = Build("wrn-10-1", 3, seed: 1), own = Build("wrn-10-1", 3, seed: 2);
        WriteStudent(theirs, Colours);
        var origin = Load(own, "student.safetensors");
        Assert.Equal((0, 0), (origin.New.Count, origin.Changes.Count));
        Assert.Equal($"{origin.AllTensors} of {origin.AllTensors} tensors from student.safetensors", origin.ToString());
        AssertSame(theirs, own);
        // A PyTorch file does not name its classes.
        Network again = Build("wrn-10-1", 3, seed: 2);
        WriteForeign(theirs, "fc.weight");
        Assert.Equal(["normalisation of its images unknown, data.normalization is the run's"], Load(again, "theirs.safetensors").Changes);
        AssertSame(theirs, again);
    }

    [Fact]
    public void Classes_of_other_names_get_a_new_classifier()
    {
        Network theirs = Build("wrn-10-1", 3, seed: 1), own = Build("wrn-10-1", 3, seed: 2);
        WriteStudent(theirs, ["red", "blue", "green"]);
        Assert.Equal(["classifier new (the classes have other names)"], Load(own, "student.safetensors").Changes);
    }

    [Fact]
    public void A_file_without_a_classifier_is_a_body()
    {
        using var scope = NewDisposeScope();
        Network theirs = Build("resnet-8", 3, seed: 1), own = Build("resnet-8", 3, seed: 2);
        SafeTensors.Write(_folder["body.safetensors"], theirs.State().Where(entry => !IsClassifier(entry.Key)).ToDictionary());
        Assert.Contains("classifier new (the file has none)", Load(own, "body.safetensors").Changes);
    }

    [Theory]
    [InlineData("wrn-10-1", 3, 1, "first convolution summed over channels (3 → 1)")]
    [InlineData("vgg-8", 3, 1, "first convolution summed over channels (3 → 1)")]
    [InlineData("vit-tiny-8", 3, 1, "first convolution summed over channels (3 → 1)")]
    [InlineData("wrn-10-1", 1, 3, "first convolution spread over channels (1 → 3)")]
    public void A_grey_image_gives_the_same_logits_with_one_channel_and_with_three(string name, int from, int to, string change)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        Network theirs = Build(name, 3, channels: from, seed: 1), own = Build(name, 3, channels: to, seed: 2);
        WriteStudent(theirs, Colours);
        var origin = Load(own, "student.safetensors", NormalizationOf(to));
        Assert.Equal([change], origin.Changes);
        Assert.Empty(origin.New);
        theirs.eval();
        own.eval();
        var grey = Tensors.Wave(1, 2, 1, 32, 32).to(ScalarType.Float32);
        var expected = theirs.call(grey.expand(-1, from, -1, -1).contiguous()).Logits;
        Tensors.AssertNear(expected.Numbers(), own.call(grey.expand(-1, to, -1, -1).contiguous()).Logits.Numbers(), 1e-4, "logits");
    }

    [Fact]
    public void A_first_convolution_of_another_size_is_new()
    {
        Network theirs = Build("vit-tiny-8", 3, seed: 1), own = Build("vit-tiny-4", 3, side: 16, seed: 2);
        Network untouched = Build("vit-tiny-4", 3, side: 16, seed: 2);
        WriteStudent(theirs, Colours);
        var origin = Load(own, "student.safetensors");
        Assert.Equal(["first convolution new (kernel 8×8 → 4×4)"], origin.Changes);
        Assert.Equal(["stem.bias", "stem.weight"], origin.New.Order());
        foreach (var (key, value) in own.State())
            Assert.Equal(TensorOf(key.StartsWith("stem.", StringComparison.Ordinal) ? untouched : theirs, key), value.Numbers());
    }

    // torch.nn.functional.interpolate(mode="bicubic", align_corners=False) in float64.
    [Fact]
    public void Positions_are_interpolated_as_in_PyTorch()
    {
        using var scope = NewDisposeScope();
        var positions = Tensors.FromValues([0.1, -0.2, 1, 0.5, 2, -1, 3, 0.25, 4, 2], 1, 5, 2);
        double[] expected =
        [
            0.1, -0.2, 0.7209201388888895, 0.709659152560764, 1.0529513888888895, 0.11794026692708347, 1.5998263888888897,
            -0.8566555447048608, 1.9318576388888897, -1.4483744303385413, 1.89453125, 0.36181640625, 2.2265625, 0.4033203125,
            2.7734375, 0.4716796875, 3.10546875, 0.51318359375, 3.068142361111112, 0.013973659939235975, 3.4001736111111116,
            0.6887003580729169, 3.947048611111112, 1.8000149197048618, 4.279079861111112, 2.474741617838543,
        ];
        var found = WeightAdaptation.OfPositions(positions, new TokenGrid(2, 2, 1), new TokenGrid(3, 4, 1))!;
        Assert.Equal([1, 13, 2], found.shape);
        Tensors.AssertNear(expected, found.Numbers(), 1e-12, "positions");
        Assert.Null(WeightAdaptation.OfPositions(positions, new TokenGrid(2, 3, 1), new TokenGrid(3, 4, 1)));
    }

    [Fact]
    public void A_transformer_of_another_image_size_gets_interpolated_positions()
    {
        Network theirs = Build("vit-tiny-8", 3, seed: 1), own = Build("vit-tiny-8", 3, side: 64, seed: 2);
        WriteForeign(theirs, "encoder.pos_embedding");
        var origin = Load(own, "theirs.safetensors");
        Assert.Equal("positions interpolated (4×4 → 8×8)", origin.Changes[0]);
        Assert.Empty(origin.New);
        Assert.Equal(TensorOf(theirs, "positions.weight")[..192], TensorOf(own, "positions.weight")[..192]);
    }

    // One stage of VGG has other names where a pooling layer precedes it.
    [Theory]
    [InlineData(32, 64)]
    [InlineData(64, 32)]
    public void A_student_s_names_fit_another_image_size(int from, int to)
    {
        Network theirs = Build("vgg-8", 3, side: from, seed: 1), own = Build("vgg-8", 3, side: to, seed: 2);
        WriteStudent(theirs, Colours);
        Assert.Equal(own.State().Count(), Load(own, "student.safetensors").Tensors);
    }

    [Fact]
    public void Another_normalisation_is_said()
    {
        Network theirs = Build("wrn-10-1", 3, seed: 1), own = Build("wrn-10-1", 3, seed: 2);
        WriteStudent(theirs, Colours);
        var other = new Normalization { Mean = [0.5, 0.25, 0.75], Deviation = [0.5, 0.5, 0.125] };
        Assert.Equal(["images normalised otherwise (mean 0.000 0.000 0.000 → 0.500 0.250 0.750, deviation 1.000 1.000 1.000 → "
            + "0.500 0.500 0.125)"], Load(own, "student.safetensors", other).Changes);
    }

    [Fact]
    public void Weights_of_another_network_are_refused()
    {
        Network theirs = Build("wrn-16-1", 7, seed: 1), own = Build("wrn-10-1", 3, seed: 2);
        var before = own.Snapshot();
        WriteStudent(theirs, ["a", "b", "c", "d", "e", "f", "g"]);
        string message = Refused(own, "student.safetensors");
        Assert.StartsWith($"{_folder["student.safetensors"]}: found weights of wrn-16-1, expected those of wrn-10-1; left over: ", message);
        Assert.EndsWith("Set the network to 'wrn-16-1', or choose another file.", message);
        Assert.Equal(before, own.Snapshot());
        using var scope = NewDisposeScope();
        SafeTensors.Write(_folder["other.safetensors"], new Dictionary<string, Tensor> { ["patch_embed.weight"] = zeros(1) });
        message = Refused(own, "other.safetensors");
        Assert.Contains("found weights of an unknown network, expected those of wrn-10-1; missing: ", message);
        Assert.EndsWith("Choose a file of that network.", message);
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void Weights_that_are_not_finite_are_refused(double broken)
    {
        Network theirs = Build("wrn-10-1", 3, seed: 1), own = Build("wrn-10-1", 3, seed: 2);
        using (no_grad())
            theirs.State().First(entry => entry.Key == "stage2.0.conv1.weight").Value.fill_(broken);
        WriteStudent(theirs, Colours);
        Assert.Contains("found NaN or infinite numbers in tensor 'stage2.0.conv1.weight'", Refused(own, "student.safetensors"));
    }

    [Fact]
    public void A_path_to_something_else_is_refused()
    {
        Network own = Build("wrn-10-1", 3, seed: 2);
        Directory.CreateDirectory(_folder["folder"]);
        File.WriteAllText(_folder["model.onnx"], "");
        File.WriteAllText(_folder["broken.pth"], "not a pickle");
        File.WriteAllText(_folder["broken.safetensors"], "x");
        Assert.Contains("found a folder, expected a file of weights", Refused(own, "folder"));
        Assert.Contains("found an ONNX model, expected a student file", Refused(own, "model.onnx"));
        Assert.Contains("there is no such file", Refused(own, "missing.pth"));
        Assert.Contains("found no such file", Refused(own, "missing.safetensors"));
        Assert.Contains("found neither a zip nor a pickle", Refused(own, "broken.pth"));
        Assert.StartsWith(_folder["broken.safetensors"], Refused(own, "broken.safetensors"));
    }

    private WeightsOrigin Load(Network network, string file, Normalization? normalization = null)
    {
        using var scope = NewDisposeScope();
        return new PretrainedWeights(network, PretrainedFile.Read(_folder[file])).Load(Colours, normalization ?? Usual);
    }

    private string Refused(Network network, string file) => Assert.Throws<UserErrorException>(() => Load(network, file)).Message;

    private Network Build(string name, int classes, int seed, int side = 32, int channels = 3)
    {
        var network = NetworkCatalogue.Build(new NetworkSpec { Architecture = name }, new(channels, side, side), classes, seed);
        _networks.Add(network);
        return network;
    }

    private void WriteStudent(Network network, IReadOnlyList<string> classes) =>
        StudentFile.Write(_folder["student.safetensors"], network, new StudentCard
        {
            Network = network.Spec,
            Input = network.Input,
            Classes = classes,
            Normalization = NormalizationOf(network.Input.Channels),
        });

    private void WriteForeign(Network network, string expected)
    {
        var names = NetworkCatalogue.PyTorchNamesOf(network.Spec);
        var own = network.State().Select(entry => entry.Key).ToHashSet();
        var theirs = network.State().ToDictionary(entry => names.ToPyTorch(names.FromNetwork(entry.Key, own)), entry => entry.Value);
        Assert.Contains(expected, theirs.Keys);
        SafeTensors.Write(_folder["theirs.safetensors"], theirs);
    }

    private static Normalization NormalizationOf(int channels) =>
        new() { Mean = new double[channels], Deviation = [.. Enumerable.Repeat(1.0, channels)] };

    private static void AssertSame(Network expected, Network found) =>
        Assert.All(found.State(), entry => Assert.Equal(TensorOf(expected, entry.Key), entry.Value.Numbers()));

    private static double[] TensorOf(Network network, string name) => network.State().First(entry => entry.Key == name).Value.Numbers();

    private static bool IsClassifier(string name) => name.StartsWith("classifier.", StringComparison.Ordinal);
}
