using System.Text.RegularExpressions;
using Pupil.Core;
using Pupil.Images;
using Pupil.Images.Formats.Cifar;
using Pupil.Images.Loading;
using Pupil.Images.Transforms;
using Pupil.Interop.PyTorch;
using Pupil.Networks;
using Pupil.Networks.Families;
using Pupil.Training;
using static TorchSharp.torch;

namespace Pupil.Tests.Interop.PyTorch;

public sealed partial class ForeignWeightsTests
{
    // All test images: of the copy in use two are not byte for byte the published ones, and rounding decides where two classes are near.
    [Theory]
    [InlineData("resnet20-12fca82f.th", "resnet-20", 8.27, Explicit = true)]
    [InlineData("resnet32-d509ac18.th", "resnet-32", 7.37, Explicit = true)]
    [InlineData("resnet44-014dd654.th", "resnet-44", 6.90, Explicit = true)]
    [InlineData("resnet56-4bfd9763.th", "resnet-56", 6.61, Explicit = true)]
    public void Pretrained_networks_reach_their_published_error(string file, string name, double error) =>
        Assert.Equal(error, 100 * (1 - Accuracy(file, name, images: 10_000)), 0.051);

    // Some images: five deviations of a mean of so many.
    [Theory]
    [InlineData("resnet20-12fca82f.th", "resnet-20", 8.27)]
    [InlineData("resnet32-d509ac18.th", "resnet-32", 7.37)]
    [InlineData("resnet44-014dd654.th", "resnet-44", 6.90)]
    [InlineData("resnet56-4bfd9763.th", "resnet-56", 6.61)]
    public void Pretrained_networks_are_about_as_good_as_published(string file, string name, double error) =>
        Assert.Equal(error, 100 * (1 - Accuracy(file, name, images: 250)), 500 * Math.Sqrt(error / 100 * (1 - error / 100) / 250));

    private static double Accuracy(string file, string name, int images)
    {
        using var scope = NewDisposeScope();
        string path = RealData.PretrainedResNet(file);
        var test = new Cifar10Source { Path = RealData.Cifar10() }.Load().Test;
        var weights = ForeignWeights.Read(path).Weights;
        Assert.Equal(name, ForeignWeights.NetworkOf(weights)?.Architecture);
        using var network = NetworkCatalogue.Build(new NetworkSpec { Architecture = name }, new ImageShape(3, 32, 32), 10);
        ForeignWeights.Load(network, weights, path);
        network.eval();
        var imageNet = new Normalization { Mean = [0.485, 0.456, 0.406], Deviation = [0.229, 0.224, 0.225] };
        var some = new ImageSubset(test, [.. Enumerable.Range(0, images)]);
        return Evaluation.Measure(network, Batches.ForEvaluation(some, Evaluation.BatchSize, imageNet, CPU, null)).Top1;
    }

    // Each spelling is derived from Pupil's own names, for the networks that have it.
    [Theory]
    [InlineData("resnet-20", "akamaster")]
    [InlineData("resnet-20x1", "torchvision")]
    [InlineData("resnet-8x4", "torchvision")]
    [InlineData("imagenet-resnet-18", "torchvision")]
    [InlineData("imagenet-resnet-34", "torchvision")]
    [InlineData("imagenet-resnet-50", "torchvision")]
    [InlineData("wrn-16-1", "repdistiller")]
    [InlineData("wrn-40-2", "repdistiller")]
    [InlineData("vgg-8", "repdistiller-vgg")]
    [InlineData("vgg-13", "repdistiller-vgg")]
    [InlineData("vgg-19", "repdistiller-vgg")]
    public void Other_projects_names_are_known(string name, string spelling)
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        using OwnNetwork original = new(name, seed: 1), other = new(name, seed: 2);
        var theirs = original.Network.State().ToDictionary(entry => Theirs(entry.Key, spelling), entry => entry.Value);
        Assert.Contains(theirs.Keys, key => key is "conv1.weight" or "module.conv1.weight" or "block0.0.weight");
        theirs["bn1.num_batches_tracked"] = tensor(3L);
        SafeTensors.Write(folder["theirs.safetensors"], theirs);
        var weights = ForeignWeights.Read(folder["theirs.safetensors"]).Weights;
        Assert.Equal(name, ForeignWeights.NetworkOf(weights)?.Architecture);
        ForeignWeights.Load(other.Network, weights, "theirs");
        foreach (var (key, value) in other.Network.State())
            Assert.True(value.eq(original.Network.State().First(entry => entry.Key == key).Value).all().item<bool>(), key);
    }

    // RepDistiller's modules have the same order as Pupil's: only the names differ.
    [Theory]
    [InlineData("mobilenet-v2-0.5")]
    [InlineData("mobilenet-v2-0.25")]
    [InlineData("mobilenet-v2-1.37")]
    [InlineData("mobilenet-v2-1")]
    [InlineData("mobilenet-v2-2")]
    [InlineData("shufflenet-v2-0.5")]
    [InlineData("shufflenet-v2-1")]
    [InlineData("shufflenet-v2-1.5")]
    [InlineData("shufflenet-v2-2")]
    public void RepDistiller_s_names_of_small_networks_are_known(string name)
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        using OwnNetwork original = new(name, seed: 1), other = new(name, seed: 2);
        SafeTensors.Write(folder["theirs.safetensors"], InRepDistillersNames(original.Network.State().ToList(), name));
        var weights = ForeignWeights.Read(folder["theirs.safetensors"]).Weights;
        Assert.Equal(name, ForeignWeights.NetworkOf(weights)?.Architecture);
        ForeignWeights.Load(other.Network, weights, "theirs");
        foreach (var ((key, value), (_, own)) in other.Network.State().Zip(original.Network.State()))
            Assert.True(value.eq(own).all().item<bool>(), key);
    }

    // RepDistiller's spelling, but not what Pupil's network computes.
    [Theory]
    // kuangliu's first convolution
    [InlineData("shufflenet-v2-1", "conv1.weight", "24,3,3,3", "stem.weight [24, 3, 3, 3] instead of [24, 3, 1, 1]")]
    // RepDistiller's width 2
    [InlineData("shufflenet-v2-2", "layer1.0.conv2.weight", "112,24,1,1",
        "stage1.0.sideLast.conv.weight [112, 24, 1, 1] instead of [122, 24, 1, 1]")]
    // expansion by 3
    [InlineData("mobilenet-v2-0.5", "blocks.1.0.conv.0.weight", "24,8,1,1",
        "stage1.1.expansion.conv.weight [24, 8, 1, 1] instead of [48, 8, 1, 1]")]
    public void Small_networks_of_another_shape_are_refused(string name, string weight, string shape, string message)
    {
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        using var own = new OwnNetwork(name, seed: 1);
        var theirs = InRepDistillersNames(own.Network.State().ToList(), name);
        theirs[weight] = zeros([.. shape.Split(',').Select(long.Parse)]);
        SafeTensors.Write(folder["theirs.safetensors"], theirs);
        var weights = ForeignWeights.Read(folder["theirs.safetensors"]).Weights;
        Assert.Equal(name, ForeignWeights.NetworkOf(weights)?.Architecture);
        var error = Assert.Throws<UserErrorException>(() => ForeignWeights.Load(own.Network, weights, "theirs"));
        Assert.Contains($"of another shape: {message}", error.Message);
    }

    // Other functions than Pupil's networks of similar names: their names are known only together with networks that compute these.
    [Theory]
    [InlineData("mobilenet-v2-1", "imagenet-mobilenet-v2-1")]
    [InlineData("imagenet-mobilenet-v2-1", "mobilenet-v2-1")]
    public void A_network_is_not_loaded_into_a_similar_one(string name, string other)
    {
        using var scope = NewDisposeScope();
        using OwnNetwork theirs = new(name, seed: 1), own = new(other, seed: 1);
        var weights = theirs.Network.State().ToDictionary();
        Assert.Equal(name, ForeignWeights.NetworkOf(weights)?.Architecture);
        Assert.Throws<UserErrorException>(() => ForeignWeights.Load(own.Network, weights, "theirs"));
    }

    [Fact]
    public void Torchvision_s_and_chenyaofo_s_ShuffleNet_is_refused()
    {
        string[] theirs =
            ["conv1.0.weight", "stage2.0.branch1.0.weight", "stage2.0.branch2.5.weight", "conv5.0.weight", "fc.weight"];
        using var scope = NewDisposeScope();
        using var folder = new TemporaryFolder();
        using var own = new OwnNetwork("shufflenet-v2-0.5", seed: 1);
        SafeTensors.Write(folder["theirs.safetensors"], theirs.ToDictionary(
            weight => weight, weight => weight == "fc.weight" ? zeros(10, 1024) : zeros(16, 3, 3, 3)));
        var weights = ForeignWeights.Read(folder["theirs.safetensors"]).Weights;
        Assert.Null(ForeignWeights.NetworkOf(weights));
        string message = Assert.Throws<UserErrorException>(() => ForeignWeights.Load(own.Network, weights, "theirs")).Message;
        Assert.Contains("missing: stem.weight, norm.weight", message);
        Assert.Contains("left over: ", message);
        Assert.All(theirs[..^1], weight => Assert.Contains(weight, message));
    }

    [Fact]
    public void Weights_that_do_not_fit_are_listed()
    {
        using var scope = NewDisposeScope();
        using OwnNetwork small = new("resnet-20", 0), large = new("resnet-32", 0), wide = new("resnet-20x1", 0);
        var weights = small.Network.State().ToDictionary();
        string missing = Message(large, weights);
        Assert.Contains("x.th: holds no weights of resnet-32 with 10 classes; missing: stage1.3.conv1.weight", missing);
        Assert.Contains("in all)", missing);
        Assert.Contains("left over: stage2.0.shortcut.weight", Message(small, wide.Network.State().ToDictionary()));
        weights["classifier.weight"] = zeros(100, 64);
        Assert.Contains("of another shape: classifier.weight [100, 64] instead of [10, 64]", Message(small, weights));
        Assert.Null(ForeignWeights.NetworkOf(new Dictionary<string, Tensor> { ["patch_embed.weight"] = zeros(1) }));

        static string Message(OwnNetwork own, IReadOnlyDictionary<string, Tensor> weights)
        {
            var error = Assert.Throws<UserErrorException>(() => ForeignWeights.Load(own.Network, weights, "x.th"));
            Assert.IsType<WeightsOfAnotherNetwork>(error.Cause);
            return error.Message;
        }
    }

    private static Dictionary<string, Tensor> InRepDistillersNames(IReadOnlyList<KeyValuePair<string, Tensor>> state, string network)
    {
        string[] ours = [.. state.Select(entry => ModuleOf(entry.Key)).Distinct()];
        string[] theirs = [.. network.StartsWith("mobilenet", StringComparison.Ordinal) ? MobileNetModules() : ShuffleNetModules()];
        Assert.Equal(theirs.Length, ours.Length);
        var names = ours.Zip(theirs).ToDictionary(pair => pair.First, pair => pair.Second);
        return state.ToDictionary(entry => names[ModuleOf(entry.Key)] + entry.Key[ModuleOf(entry.Key).Length..], entry => entry.Value);

        static string ModuleOf(string weight) => weight[..weight.LastIndexOf('.')];
    }

    private static IEnumerable<string> MobileNetModules()
    {
        int[] blocks = [1, 2, 3, 4, 3, 3, 1];
        var inner = from sequence in Enumerable.Range(0, 7)
                    from block in Enumerable.Range(0, blocks[sequence])
                    from part in new[] { 0, 1, 3, 4, 6, 7 }
                    select $"blocks.{sequence}.{block}.conv.{part}";
        return ["conv1.0", "conv1.1", .. inner, "conv2.0", "conv2.1", "classifier.0"];
    }

    private static IEnumerable<string> ShuffleNetModules()
    {
        int[] blocks = [4, 8, 4];
        var inner = from layer in Enumerable.Range(0, 3)
                    from block in Enumerable.Range(0, blocks[layer])
                    from part in Enumerable.Range(1, block == 0 ? 5 : 3)
                    from module in new[] { "conv", "bn" }
                    select $"layer{layer + 1}.{block}.{module}{part}";
        return ["conv1", "bn1", .. inner, "conv2", "bn2", "linear"];
    }

    private static string Theirs(string ours, string spelling) => spelling switch
    {
        "repdistiller-vgg" => TheirsOfVgg(ours),
        "repdistiller" => Wide(ours),
        _ => Residual(ours, spelling),
    };

    private static string Wide(string ours)
    {
        string name = Stage().Replace(ours, "block$1.layer.$2.").Replace("stem.", "conv1.").Replace(".norm", ".bn")
            .Replace(".shortcut.", ".convShortcut.").Replace("classifier.", "fc.");
        return name.StartsWith("norm.", StringComparison.Ordinal) ? $"bn1.{name["norm.".Length..]}" : name;
    }

    private static string Residual(string ours, string spelling)
    {
        string name = Stage().Replace(ours, "layer$1.$2.").Replace(".shortcutNorm.", ".downsample.1.")
            .Replace(".shortcut.", ".downsample.0.").Replace(".norm", ".bn").Replace("stem.", "conv1.");
        if (name.StartsWith("norm.", StringComparison.Ordinal))
            name = $"bn1.{name["norm.".Length..]}";
        return spelling == "akamaster" ? $"module.{name.Replace("classifier.", "linear.")}" : name.Replace("classifier.", "fc.");
    }

    private static string TheirsOfVgg(string ours)
    {
        if (ours.StartsWith("stem.", StringComparison.Ordinal))
            return ours.Replace("stem.", "block0.0.");
        if (ours.StartsWith("norm.", StringComparison.Ordinal))
            return ours.Replace("norm.", "block0.1.");
        if (Unit().Match(ours) is not { Success: true } unit)
            return ours;
        int number = int.Parse(unit.Groups[2].ValueSpan), at = unit.Groups[3].Value == "conv" ? 0 : 1;
        return unit.Groups[1].Value switch
        {
            "entry" => $"block0.{3 * (number + 1) + at}.{unit.Groups[4].Value}",
            "stage4" => $"block4.{3 * number + at}.{unit.Groups[4].Value}",
            var stage => $"block{stage[^1]}.{3 * (number - 1) + at}.{unit.Groups[4].Value}",
        };
    }

    [GeneratedRegex(@"^stage(\d)\.(\d+)\.")]
    private static partial Regex Stage();

    [GeneratedRegex(@"^(entry|stage\d)\.(\d+)\.(conv|norm)\.(.+)$")]
    private static partial Regex Unit();

    private sealed class OwnNetwork(string name, int seed) : IDisposable
    {
        public Network Network { get; } = NetworkCatalogue.Build(new NetworkSpec { Architecture = name },
            name.StartsWith("imagenet", StringComparison.Ordinal) ? new(3, 64, 64) : new(3, 32, 32), 10, seed);

        public void Dispose() => Network.Dispose();
    }
}
