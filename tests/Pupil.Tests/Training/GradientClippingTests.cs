using Pupil.Distillation.Methods;
using Pupil.Training;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Pupil.Tests.Training;

public sealed class GradientClippingTests
{
    [Fact]
    public void Gradients_of_a_network_and_its_adapters_are_scaled_together_as_in_PyTorch()
    {
        using var scope = NewDisposeScope();
        Parameter one = Weight(3, 4), adapter = Weight(12, 0), other = Weight(1, 1), unused = new(zeros(2));
        new GradientClipping(2, [
            KeyValuePair.Create("student/a", (Tensor)one), KeyValuePair.Create("student+adapter/b", (Tensor)adapter),
            KeyValuePair.Create("other/a", (Tensor)other), KeyValuePair.Create("other/unused", (Tensor)unused)]).Apply();
        double factor = 2 / (13 + 1e-6);
        Assert.Equal([3 * factor, 4 * factor], one.grad!.data<double>(), (found, expected) => Math.Abs(found - expected) < 1e-12);
        Assert.Equal([12 * factor, 0], adapter.grad!.data<double>(), (found, expected) => Math.Abs(found - expected) < 1e-12);
        Assert.Equal([1.0, 1.0], other.grad!.data<double>().ToArray());
        Assert.Null(unused.grad);
    }

    [Fact]
    public void A_student_does_not_depend_on_other_students()
    {
        var options = new TinyTraining().Options with { GradientClipping = 0.5 };
        var tiny = new TinyTraining { Method = new FitNetsOptions { PreliminaryEpochs = 1 }, Options = options };
        using var alone = tiny.Start();
        using var both = (tiny with { Students = [("other", "resnet-8"), .. tiny.Students] }).Start();
        using var free = (tiny with { Options = new TinyTraining().Options }).Start();
        alone.Go();
        both.Go();
        free.Go();
        var (expected, found, unclipped) = (alone.Snapshot(), both.Snapshot(), free.Snapshot());
        Assert.All(expected, entry => Assert.Equal(entry.Value, found[entry.Key]));
        Assert.NotEqual(expected["student/stem.weight"], unclipped["student/stem.weight"]);
    }

    private static Parameter Weight(params double[] gradient)
    {
        var weight = new Parameter(zeros(gradient.Length, ScalarType.Float64));
        weight.grad = tensor(gradient);
        return weight;
    }
}
