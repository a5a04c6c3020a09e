using System.Globalization;
using System.Text.RegularExpressions;
using Pupil.Images.Transforms;
using Pupil.Interop.PyTorch;
using Pupil.Interop.Students;
using Pupil.Networks;
using Pupil.Networks.Families;
using Pupil.Tests.Interop.Onnx;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Pupil.Tests.Interop.PyTorch;

/// <summary>
/// Runs the modules of docs/pytorch.md in PyTorch (Debian's python3-torch) with exported weights, and imports their weights. Skipped
/// without PyTorch.
/// </summary>
public sealed partial class PyTorchModulesTests(PythonSession python) : IClassFixture<PythonSession>
{
    public static IEnumerable<TheoryDataRow<string, string>> Torchvision =>
    [
        new("imagenet-mobilenet-v2-0.35", "torchvision.models.mobilenet_v2(num_classes=3, width_mult=0.35)"),
        new("mobilenet-v3-small", "torchvision.models.mobilenet_v3_small(num_classes=3)"),
        new("mobilenet-v3-large", "torchvision.models.mobilenet_v3_large(num_classes=3)") { Explicit = true },
        new("efficientnet-b0", "torchvision.models.efficientnet_b0(num_classes=3)") { Explicit = true },
        new("efficientnet-lite0", "EfficientNetLite0(3)"),
        new("regnet-y-400mf", "torchvision.models.regnet_y_400mf(num_classes=3)"),
        new("vit-tiny-8", "torchvision.models.VisionTransformer(32, 8, 12, 3, 192, 768, num_classes=3)"),
    ];

    [Theory]
    [InlineData("wrn-10-1", "WideResNet(10, 1, 3)", Explicit = true)]
    [InlineData("wrn-16-2", "WideResNet(16, 2, 3)")]
    [InlineData("resnet-14", "ResNet(14, 3)", Explicit = true)]
    [InlineData("resnet-8x4", "ResNet(8, 3, width=4)")]
    [InlineData("mobilenet-v2-0.5", "MobileNetV2(0.5, 3)", Explicit = true)]
    [InlineData("mobilenet-v2-1.25", "MobileNetV2(1.25, 3)")]
    [InlineData("shufflenet-v2-1", "ShuffleNetV2(1, 3)")]
    [MemberData(nameof(Torchvision))]
    public void A_student_has_the_same_logits_in_PyTorch(string name, string module)
    {
        using var folder = new TemporaryFolder();
        using var network = OnnxModelTests.OddNetwork(name, 32);
        LetImagesMatter(network);
        Export(network, folder);
        double[] found = AskPyTorch(folder, $"""
            weights, texts = load("{folder["theirs.safetensors"]}")
            network = {module}
            network.load_state_dict(weights)
            assert texts["classes"] == "a\nb\nc" and texts["mean"] == "0.5 0.4 0.3", texts
            """);
        AssertSays(network, found);
    }

    [Theory]
    [InlineData("wrn-10-1", "WideResNet(10, 1, 3)", Explicit = true)]
    [InlineData("resnet-8x4", "ResNet(8, 3, width=4)")]
    [InlineData("mobilenet-v2-0.5", "MobileNetV2(0.5, 3)")]
    [InlineData("shufflenet-v2-0.5", "ShuffleNetV2(0.5, 3)", Explicit = true)]
    [InlineData("shufflenet-v2-1", "ShuffleNetV2(1, 3)")]
    [MemberData(nameof(Torchvision))]
    public void A_network_from_PyTorch_has_the_same_logits(string name, string module)
    {
        using var folder = new TemporaryFolder();
        double[] found = AskPyTorch(folder, $"""
            torch.manual_seed(7)
            network = {module}
            for value in network.parameters():
                if value.dim() == 1:
                    nn.init.uniform_(value, 0.5, 1.5)
            for layer in network.modules():
                if isinstance(layer, nn.BatchNorm2d):
                    layer.momentum = 0.5
                if isinstance(layer, nn.Linear):
                    nn.init.normal_(layer.weight, 0, 0.2)
            for _ in range(20 if any(isinstance(layer, nn.BatchNorm2d) for layer in network.modules()) else 0):
                network(torch.randn(32, 3, 32, 32))
            torch.save(network.state_dict(), "{folder["theirs.pth"]}")
            """);
        using var scope = NewDisposeScope();
        var weights = ForeignWeights.Read(folder["theirs.pth"]).Weights;
        var spec = ForeignWeights.NetworkOf(weights);
        Assert.Equal(name, spec?.Architecture);
        using var network = NetworkCatalogue.Build(spec!, new(3, 32, 32), 3);
        ForeignWeights.Load(network, weights, "theirs.pth");
        network.eval();
        AssertSays(network, found);
    }

    [Theory]
    [InlineData("wrn-16-2")]
    [InlineData("resnet-14")]
    [InlineData("resnet-8x4")]
    [InlineData("vgg-13")]
    [InlineData("imagenet-resnet-50")]
    [InlineData("mobilenet-v2-0.5")]
    [InlineData("shufflenet-v2-0.5")]
    [InlineData("imagenet-mobilenet-v2-1.3")]
    [InlineData("mobilenet-v3-large")]
    [InlineData("efficientnet-b0")]
    [InlineData("efficientnet-lite0")]
    [InlineData("regnet-y-400mf")]
    [InlineData("vit-tiny-16")]
    public void Weights_written_for_PyTorch_are_read_back(string name)
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        using Network network = OnnxModelTests.OddNetwork(name, 64);
        using Network other = NetworkCatalogue.Build(network.Spec, network.Input, 3, seed: 9);
        Export(network, folder);
        ForeignWeights.Load(other, ForeignWeights.Read(folder["theirs.safetensors"]).Weights, "theirs");
        foreach (var ((key, value), (_, own)) in other.State().Zip(network.State()))
            Assert.True(value.eq(own).all().item<bool>(), key);
    }

    [Theory]
    [InlineData(32)]
    [InlineData(64)] // one more max-pooling layer, which has no name in RepDistiller
    public void A_VGG_has_RepDistiller_s_names_for_all_image_sizes(int side)
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        using var network = OnnxModelTests.OddNetwork("vgg-13", side);
        Export(network, folder);
        var names = Pupil.Core.SafeTensors.Read(folder["theirs.safetensors"]).Tensors.Keys;
        string[] convolutions = [.. from block in Enumerable.Range(0, 5) from unit in new[] { 0, 3 } select $"block{block}.{unit}.weight"];
        Assert.All(convolutions, name => Assert.Contains(name, names));
        Assert.All(names, name => Assert.Matches(@"^(block[0-4]\.[0-4]|classifier)\.", name));
    }

    // Adapts the batch statistics to the maps: with others, the maps of a deep network fade, and the logits depend on the last layers only.
    private static void LetImagesMatter(Network network)
    {
        using var noGradient = no_grad();
        network.train();
        foreach (var norm in network.modules().OfType<BatchNorm2d>())
            norm.momentum = 0.5;
        for (int step = 0; step < 20; step++)
        {
            using var scope = NewDisposeScope();
            network.call(randn(32, 3, 32, 32));
        }
        network.State().First(entry => entry.Key == "classifier.weight").Value.normal_(0, 0.2);
        network.eval();
    }

    // Returns the logits that PyTorch computes with the docs' modules.
    private double[] AskPyTorch(TemporaryFolder folder, string code)
    {
        Assert.SkipWhen(RealData.RepositoryFolder is null, "The docs folder was not found.");
        PythonProcess.Require("torch", "apt install python3-torch");
        bool needsTorchvision = code.Contains("torchvision.", StringComparison.Ordinal);
        if (needsTorchvision)
            PythonProcess.Require("torchvision", "apt install python3-torchvision");
        string docs = File.ReadAllText(Path.Combine(RealData.RepositoryFolder!, "docs", "pytorch.md"));
        File.WriteAllText(folder["modules.py"], $"""
            {Code().Match(docs).Groups[1].Value}
            {(needsTorchvision ? "import torchvision" : "")}
            {(code.Contains("EfficientNetLite0", StringComparison.Ordinal) ? Lite0() : "")}
            {code}
            network.double().eval()
            images = torch.sin(10 * torch.sqrt(torch.arange(2 * 3 * 32 * 32, dtype=torch.float64))).reshape(2, 3, 32, 32)
            print(*network(images).flatten().tolist())
            """);
        return [.. python.Run(folder["modules.py"]).Split(' ').Select(number => double.Parse(number, CultureInfo.InvariantCulture))];
    }

    private static string Lite0() => File.ReadAllText(Path.Combine(
        RealData.RepositoryFolder!, "tests", "Pupil.Tests", "References", "efficientnet_lite0.py"));

    private static void AssertSays(Network network, double[] found)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        // In double precision: small batch statistics make the rounding of single precision larger than the tolerance.
        network.to(ScalarType.Float64);
        var images = (10 * arange(2 * 3 * 32 * 32, dtype: ScalarType.Float64).sqrt()).sin().reshape(2, 3, 32, 32);
        double[] expected = network.call(images).Logits.Numbers();
        Assert.Equal(expected.Length, found.Length);
        double difference = expected.Take(3).Zip(expected.Skip(3)).Max(pair => Math.Abs(pair.First - pair.Second));
        Assert.True(difference > 0.005, "Both images have the same logits.");
        Assert.All(expected.Zip(found), pair => Assert.Equal(pair.First, pair.Second, 1e-4 * Math.Max(1, expected.Max(Math.Abs))));
    }

    private static void Export(Network network, TemporaryFolder folder)
    {
        StudentFile.Write(folder["own.safetensors"], network, new StudentCard
        {
            Network = network.Spec,
            Input = network.Input,
            Classes = ["a", "b", "c"],
            Normalization = new Normalization { Mean = [0.5, 0.4, 0.3], Deviation = [0.2, 0.25, 0.3] },
        });
        PyTorchWeights.Write(folder["theirs.safetensors"], folder["own.safetensors"]);
    }

    [GeneratedRegex("```python\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Code();
}
