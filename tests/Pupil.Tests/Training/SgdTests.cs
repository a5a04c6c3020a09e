using Pupil.Tests.References;
using Pupil.Training;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Pupil.Tests.Training;

public sealed class SgdTests
{
    public static TheoryData<string, double, bool, bool> Trajectories
    {
        get
        {
            var data = new TheoryData<string, double, bool, bool>();
            foreach (bool reset in new[] { false, true })
            {
                data.Add("momentum", 0, false, reset);
                data.Add("momentum-decay", 5e-4, false, reset);
                data.Add("nesterov-decay", 5e-4, true, reset);
            }
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Trajectories))]
    public void Every_step_is_that_of_PyTorch(string name, double decay, bool nesterov, bool reset)
    {
        using var scope = NewDisposeScope();
        double[] rates = ReferenceNumbers.Values("sgd/rates"), gradients = ReferenceNumbers.Values("sgd/gradients");
        double[] expected = ReferenceNumbers.Values($"sgd/{name}{(reset ? ".momentum-reset" : "")}");
        var weight = new Parameter(tensor(ReferenceNumbers.Values("sgd/start")));
        using var optimizer = new Sgd(new SgdOptions { Momentum = 0.9, WeightDecay = decay, Nesterov = nesterov },
            [KeyValuePair.Create("weight", (Tensor)weight)]);
        int size = (int)weight.numel();
        for (int step = 0; step < rates.Length; step++)
        {
            if (reset && step == 3)
                optimizer.Reset();
            weight.grad = tensor(gradients[(step * size)..((step + 1) * size)]);
            optimizer.Step(rates[step]);
            Assert.All(expected[(step * size)..((step + 1) * size)].Zip(weight.data<double>()), pair =>
                Assert.Equal(pair.First, pair.Second, 1e-12));
        }
    }

    [Fact]
    public void Without_momentum_and_decay_it_goes_straight_down_the_gradient()
    {
        using var scope = NewDisposeScope();
        var weight = new Parameter(tensor(new[] { 1.0, 2.0 }));
        using var optimizer = new Sgd(new SgdOptions { Momentum = 0, WeightDecay = 0 }, [KeyValuePair.Create("weight", (Tensor)weight)]);
        for (int step = 0; step < 2; step++)
        {
            weight.grad = tensor(new[] { 0.5, -1.0 });
            optimizer.Step(0.1);
        }
        Assert.Equal(0.9, weight[0].ToDouble(), 1e-12);
        Assert.Equal(2.2, weight[1].ToDouble(), 1e-12);
    }

    [Fact]
    public void A_step_clears_the_gradient()
    {
        using var scope = NewDisposeScope();
        var weight = new Parameter(tensor(new[] { 1.0 }));
        using var optimizer = new Sgd(new SgdOptions(), [KeyValuePair.Create("weight", (Tensor)weight)]);
        weight.grad = tensor(new[] { 0.5 });
        optimizer.Step(0.1);
        Assert.Equal(0, weight.grad is Tensor left ? left.ToDouble() : 0);
    }

    [Fact]
    public void A_weight_without_a_gradient_is_unchanged()
    {
        using var scope = NewDisposeScope();
        Parameter used = new(tensor(new[] { 1.0 })), unused = new(tensor(new[] { 1.0 }));
        using var optimizer = new Sgd(new SgdOptions(),
            [KeyValuePair.Create("used", (Tensor)used), KeyValuePair.Create("unused", (Tensor)unused)]);
        used.grad = tensor(new[] { 0.5 });
        optimizer.Step(0.1);
        Assert.NotEqual(1, used.ToDouble());
        Assert.Equal(1, unused.ToDouble()); // no weight decay either
        Assert.Equal(0, optimizer.State.First(entry => entry.Key == "velocity/unused").Value.ToDouble());
    }
}
