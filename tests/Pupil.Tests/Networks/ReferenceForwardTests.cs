using Pupil.Networks;
using Pupil.Networks.Families;
using Pupil.Tests.References;
using TorchSharp;
using static TorchSharp.torch;

namespace Pupil.Tests.Networks;

/// <summary>All numbers that PyTorch computes for networks of the same weights, in float64.</summary>
public sealed class ReferenceForwardTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();

    public static TheoryData<string, int> Cases =>
        new MatrixTheoryData<string, int>(["wrn-16-1", "wrn-10-2", "resnet-8", "resnet-20"], [16, 8]);

    public void Dispose() => _scope.Dispose();

    [Theory]
    [MemberData(nameof(Cases))]
    public void Evaluation_gives_the_reference_numbers(string name, int size)
    {
        using var network = Build(name, size);
        network.eval();

        AssertForward($"networks/{name}/{size}/evaluation", network.call(Tensors.Reference($"networks/images-{size}")));
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Training_gives_the_reference_numbers_gradients_and_statistics(string name, int size)
    {
        string group = $"networks/{name}/{size}/training";
        using var network = Build(name, size);

        var output = network.call(Tensors.Reference($"networks/images-{size}"));
        AssertForward(group, output);
        var loss = nn.functional.cross_entropy(output.Logits, tensor(new long[] { 0, 1, 2 }));
        loss.backward();

        Tensors.AssertReference($"{group}/cross-entropy", loss);
        Tensors.AssertGradientNorms($"networks/{name}/parameters", $"{group}/gradient-norms", network);
        Tensors.AssertReference($"{group}/stem.weight.gradient", network.StemOf().weight.grad!, 1e-8);
        var state = network.State().ToDictionary();
        Tensors.AssertReference($"{group}/norm.running_mean", state["norm.running_mean"]);
        Tensors.AssertReference($"{group}/norm.running_var", state["norm.running_var"]);
    }

    [Theory]
    [InlineData("wrn-16-1")]
    [InlineData("wrn-10-2")]
    [InlineData("resnet-8")]
    [InlineData("resnet-20")]
    public void State_has_the_names_of_the_references(string name)
    {
        using var network = Build(name, 8);

        var names = network.State().Select(entry => entry.Key);
        Assert.Equal(ReferenceNumbers.Words($"networks/{name}/tensors"), names.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("resnet-8x4", 9, 8, 3)]
    [InlineData("resnet-14x2", 16, 16, 3)]
    [InlineData("vgg-8", 64, 64, 1)]
    [InlineData("vgg-13", 11, 8, 3)]
    [InlineData("mobilenet-v2-0.5", 9, 16, 3)]
    [InlineData("shufflenet-v2-0.5", 9, 16, 3)]
    [InlineData("imagenet-resnet-50", 70, 64, 1)]
    public void Every_family_gives_the_reference_numbers_gradients_and_statistics(string name, int height, int width, int count)
    {
        string group = $"families/{name}/training";
        using var network = Build(name, height, width);
        long[] shape = [count, 3, height, width];
        var images = Tensors.FromValues(ReferenceNumbers.Wave(count * 3L * height * width, height + width, scattered: true), shape);

        network.eval();
        using (no_grad())
            AssertForward($"families/{name}/evaluation", network.call(images));
        network.train();
        var output = network.call(images);
        AssertForward(group, output);
        var loss = output.Stages.Aggregate(nn.functional.cross_entropy(output.Logits, arange(count)),
            (sum, stage) => sum + stage.PreActivation!.pow(3).mean());
        loss.backward();

        Tensors.AssertReference($"{group}/loss", loss);
        Tensors.AssertGradientNorms($"families/{name}/parameters", $"{group}/gradient-norms", network);
        var state = network.State().ToDictionary();
        string[] names = ReferenceNumbers.Words($"families/{name}/tensors");
        Assert.Equal(names, state.Keys.Order(StringComparer.Ordinal));
        double[] norms = [.. names.Select(tensor => state[tensor].norm().ToDouble())];
        Tensors.AssertNear(ReferenceNumbers.Values($"{group}/state-norms"), norms, 1e-9, $"{group}/state-norms");
    }

    // All known tensors. Pre-activations are part of the output, which must not change anything else.
    private static Network Build(string name, int height, int? width = null)
    {
        var input = new ImageShape(3, height, width ?? height);
        var network = NetworkCatalogue.Build(new NetworkSpec { Architecture = name }, input, 10).Filled();
        network.AsConvolutional().ShowsPreActivations = true;
        return network;
    }

    internal static void AssertForward(string group, NetworkOutput output)
    {
        Tensors.AssertReference($"{group}/logits", output.Logits);
        if (ReferenceNumbers.NamesUnder($"{group}/embedding").Length == 1)
            Tensors.AssertReference($"{group}/embedding", output.Embedding);
        else
            AssertMap($"{group}/embedding", output.Embedding);
        const string End = ".shape", EndBefore = $".pre-activation{End}";
        var names = ReferenceNumbers.NamesUnder($"{group}/stage").Where(name => name.EndsWith(End, StringComparison.Ordinal)).ToList();
        Assert.Equal(names.Where(name => !name.EndsWith(EndBefore, StringComparison.Ordinal)),
            output.Stages.Select(stage => $"{group}/{stage.Name}{End}"));
        foreach (var stage in output.Stages)
        {
            AssertMap($"{group}/{stage.Name}", stage.Map);
            Assert.Equal(names.Contains($"{group}/{stage.Name}{EndBefore}"), stage.PreActivation is not null);
            if (stage.PreActivation is { } before)
                AssertMap($"{group}/{stage.Name}.pre-activation", before);
        }
    }

    private static void AssertMap(string name, Tensor map)
    {
        Assert.Equal(ReferenceNumbers.Integers($"{name}.shape"), map.shape);
        var numbers = map.Numbers();
        double meanSquare = numbers.Average(value => value * value);
        Tensors.AssertNear(ReferenceNumbers.Scalar($"{name}.mean-square"), meanSquare, 1e-9, $"{name}.mean-square");
        // A mean can be near zero: its precision is that of the numbers it is computed from.
        Assert.Equal(ReferenceNumbers.Scalar($"{name}.mean"), numbers.Average(), 1e-9 * Math.Sqrt(meanSquare));
        double[] chosen = [.. ReferenceNumbers.Integers($"{name}.entry-indices").Select(index => numbers[index])];
        Tensors.AssertNear(ReferenceNumbers.Values($"{name}.entries"), chosen, 1e-9, $"{name}.entries");
    }
}
