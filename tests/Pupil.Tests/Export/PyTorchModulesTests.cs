using System.Globalization;
using System.Text.RegularExpressions;
using Pupil.Data.Preparation;
using Pupil.Export;
using Pupil.Networks;
using Pupil.Runs;
using Pupil.Tests.Export.Onnx;
using static TorchSharp.torch;

namespace Pupil.Tests.Export;

/// <summary>The modules in docs/pytorch.md, run in PyTorch (Debian's python3-torch) on what is exported. Skipped where there is none.</summary>
public sealed partial class PyTorchModulesTests
{
    [Theory]
    [InlineData("wrn-10-1", "WideResNet(10, 1, 3)")]
    [InlineData("wrn-16-2", "WideResNet(16, 2, 3)")]
    [InlineData("resnet-14", "ResNet(14, 3)")]
    [InlineData("resnet-8x4", "ResNet(8, 3, width=4)")]
    public void A_student_says_the_same_in_PyTorch(string name, string module)
    {
        Assert.SkipWhen(RealData.RepositoryFolder is null, "The docs are not here.");
        PythonProcess.Require("torch", "apt install python3-torch");
        using var folder = new TemporaryFolder();
        using var network = OnnxModelTests.OddNetwork(name, 32);
        Export(network, folder);
        string docs = File.ReadAllText(Path.Combine(RealData.RepositoryFolder!, "docs", "pytorch.md"));
        File.WriteAllText(folder["modules.py"], $$"""
            {{Code().Match(docs).Groups[1].Value}}
            weights, texts = load("{{folder["theirs.safetensors"]}}")
            student = {{module}}
            student.load_state_dict(weights)
            student.eval()
            assert texts["classes"] == "a\nb\nc" and texts["mean"] == "0.5 0.4 0.3", texts
            images = torch.sin(torch.arange(2 * 3 * 32 * 32, dtype=torch.float32)).reshape(2, 3, 32, 32)
            print(*student(images).flatten().tolist())
            """);
        var (code, output, errors) = PythonProcess.Run(folder["modules.py"]);
        Assert.True(code == 0, errors);
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var images = arange(2 * 3 * 32 * 32, dtype: ScalarType.Float32).sin().reshape(2, 3, 32, 32);
        float[] expected = [.. network.call(images).Logits.flatten().data<float>()];
        double[] found = [.. output.Split(' ').Select(number => double.Parse(number, CultureInfo.InvariantCulture))];
        Assert.Equal(expected.Length, found.Length);
        Assert.All(expected.Zip(found), pair => Assert.Equal(pair.First, pair.Second, 1e-4 * Math.Max(1, expected.Max(Math.Abs))));
    }

    [Theory]
    [InlineData("wrn-16-2")]
    [InlineData("resnet-14")]
    [InlineData("resnet-8x4")]
    [InlineData("vgg-13")]
    [InlineData("imagenet-resnet-50")]
    [InlineData("mobilenet-v2-0.5")]
    [InlineData("shufflenet-v2-0.5")]
    public void What_is_written_for_PyTorch_is_read_back(string name)
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        using Network network = OnnxModelTests.OddNetwork(name, 64), other = NetworkCatalogue.Build(network.Spec, network.Input, 3, seed: 9);
        Export(network, folder);
        ForeignWeights.Load(other, ForeignWeights.Read(folder["theirs.safetensors"]), "theirs");
        foreach (var ((key, value), (_, own)) in other.State().Zip(network.State()))
            Assert.True(value.eq(own).all().item<bool>(), key);
    }

    [Theory]
    [InlineData(32)]
    [InlineData(64)] // a maximum more, which has no name there
    public void A_VGG_has_RepDistiller_s_names_whatever_the_size_of_its_images(int side)
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        using var network = OnnxModelTests.OddNetwork("vgg-13", side);
        Export(network, folder);
        var names = Pupil.Files.SafeTensors.Read(folder["theirs.safetensors"]).Tensors.Keys;
        string[] convolutions = [.. from block in Enumerable.Range(0, 5) from unit in new[] { 0, 3 } select $"block{block}.{unit}.weight"];
        Assert.All(convolutions, name => Assert.Contains(name, names));
        Assert.All(names, name => Assert.Matches(@"^(block[0-4]\.[0-4]|classifier)\.", name));
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
        ForeignWeights.Write(folder["theirs.safetensors"], folder["own.safetensors"]);
    }

    [GeneratedRegex("```python\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Code();
}
