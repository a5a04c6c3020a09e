using Pupil.Networks;
using Pupil.Tests.References;
using TorchSharp;
using static TorchSharp.torch;

namespace Pupil.Tests.Networks;

/// <summary>Every number that PyTorch computes for networks of the same weights, in float64.</summary>
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
        Tensors.AssertReference($"{group}/stem.weight.gradient", network.Stem.weight.grad!, 1e-8);
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

    private static Network Build(string name, int size) =>
        NetworkCatalogue.Build(new NetworkSpec { Architecture = name }, new ImageShape(3, size, size), 10).Filled();

    private static void AssertForward(string group, NetworkOutput output)
    {
        Tensors.AssertReference($"{group}/logits", output.Logits);
        Tensors.AssertReference($"{group}/embedding", output.Embedding);
        Assert.Equal(["stage1", "stage2", "stage3"], output.Stages.Select(stage => stage.Name));
        foreach (var (name, map) in output.Stages)
        {
            string stage = $"{group}/{name}";
            Assert.Equal(ReferenceNumbers.Integers($"{stage}.shape"), map.shape);
            var numbers = map.Numbers();
            double meanSquare = numbers.Average(value => value * value);
            Tensors.AssertNear(ReferenceNumbers.Scalar($"{stage}.mean-square"), meanSquare, 1e-9, $"{stage}.mean-square");
            // A mean may be near zero: it is as exact as the numbers it is the mean of.
            Assert.Equal(ReferenceNumbers.Scalar($"{stage}.mean"), numbers.Average(), 1e-9 * Math.Sqrt(meanSquare));
            double[] chosen = [.. ReferenceNumbers.Integers($"{stage}.entry-indices").Select(index => numbers[index])];
            Tensors.AssertNear(ReferenceNumbers.Values($"{stage}.entries"), chosen, 1e-9, $"{stage}.entries");
        }
    }
}
