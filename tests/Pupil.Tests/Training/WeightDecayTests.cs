using Pupil.Training;
using TorchSharp.Modules;
using static TorchSharp.torch;
using OptimizerOptions = Pupil.Training.OptimizerOptions;

namespace Pupil.Tests.Training;

public sealed class WeightDecayTests
{
    public static TheoryData<bool> Kinds => [true, false];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Weights_of_one_dimension_can_be_spared(bool isSgd)
    {
        double[] decayed = Step(Options(isSgd, decay: 0.3, normAndBias: true)), spared = Step(Options(isSgd, 0.3, false));
        double[] without = Step(Options(isSgd, 0, true));
        Assert.Equal(decayed[..4], spared[..4]); // the matrix
        Assert.Equal(without[4..], spared[4..]); // the vector
        Assert.NotEqual(without[..4], spared[..4]);
        Assert.NotEqual(decayed[4..], spared[4..]);
    }

    [Theory]
    [InlineData("wrn-10-1")]
    [InlineData("resnet-8")]
    [InlineData("mobilenet-v2-0.25")]
    public void Batch_norm_and_biases_are_the_weights_of_one_dimension(string architecture)
    {
        using var network = new TinyTraining().Build(architecture, "student");
        var norms = network.named_modules().Where(entry => entry.module is BatchNorm2d).Select(entry => $"{entry.name}.weight");
        var expected = network.named_parameters().Select(entry => entry.name)
            .Where(name => name.EndsWith("bias", StringComparison.Ordinal) || norms.Contains(name));
        var vectors = network.named_parameters().Where(entry => entry.parameter.dim() <= 1).Select(entry => entry.name);
        Assert.Equal(expected.Order(), vectors.Order());
    }

    private static OptimizerOptions Options(bool isSgd, double decay, bool normAndBias) => isSgd
        ? new SgdOptions { WeightDecay = decay, DecayNormAndBias = normAndBias }
        : new AdamWOptions { WeightDecay = decay, DecayNormAndBias = normAndBias };

    private static double[] Step(OptimizerOptions options)
    {
        using var scope = NewDisposeScope();
        Parameter matrix = new(tensor(new[] { 1.0, -2, 3, -4 }, [2, 2])), vector = new(tensor(new[] { 5.0, -6 }));
        using var optimizer = options.Create(
            [KeyValuePair.Create("matrix", (Tensor)matrix), KeyValuePair.Create("vector", (Tensor)vector)]);
        (matrix.grad, vector.grad) = (tensor(new[] { 0.1, 0.2, 0.3, 0.4 }, [2, 2]), tensor(new[] { 0.5, 0.6 }));
        optimizer.Step(0.1);
        return [.. matrix.data<double>(), .. vector.data<double>()];
    }
}
