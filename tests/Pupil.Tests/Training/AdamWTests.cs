using Pupil.Training;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Pupil.Tests.Training;

public sealed class AdamWTests
{
    // torch.optim.AdamW(betas=(0.9, 0.98), eps=1e-6, weight_decay=0.05) in float64, with the rates below.
    private static readonly double[] Rates = [0.01, 0.02, 0.02, 0.005, 0.001];
    private static readonly double[][] Expected =
    [
        [0.9895000333332222, -2.0089999731879753, 0.5097499510961517, 3.008499990782455],
        [0.9770688934148415, -2.002814850147729, 0.5267872603014508, 3.023038043797368],
        [0.978588533242223, -1.9932493092142405, 0.5329117104651495, 3.0202538319706176],
        [0.9780765883834495, -1.9934516813619463, 0.5321043349685867, 3.0194330091155166],
        [0.9777075230125909, -1.9935266387333141, 0.5322210304139875, 3.0195938551348043],
    ];

    private static readonly AdamWOptions Options = new() { Beta2 = 0.98, Epsilon = 1e-6, WeightDecay = 0.05 };

    [Fact]
    public void Every_step_is_that_of_PyTorch()
    {
        using var scope = NewDisposeScope();
        var weight = Start();
        using var optimizer = Options.Create([KeyValuePair.Create("weight", (Tensor)weight)]);
        for (int step = 0; step < Rates.Length; step++)
        {
            weight.grad = Gradient(step);
            optimizer.Step(Rates[step]);
            Assert.All(Expected[step].Zip(weight.data<double>()), pair => Assert.Equal(pair.First, pair.Second, 1e-12));
        }
        Assert.Equal(["mean/weight", "square/weight", "steps/weight"], optimizer.State.Select(entry => entry.Key));
    }

    [Fact]
    public void A_reset_optimizer_starts_again()
    {
        using var scope = NewDisposeScope();
        var weight = Start();
        using var optimizer = Options.Create([KeyValuePair.Create("weight", (Tensor)weight)]);
        weight.grad = Gradient(3);
        optimizer.Step(0.1);
        optimizer.Reset();
        using (no_grad())
            weight.copy_(Start());
        weight.grad = Gradient(0);
        optimizer.Step(Rates[0]);
        Assert.All(Expected[0].Zip(weight.data<double>()), pair => Assert.Equal(pair.First, pair.Second, 1e-12));
    }

    [Fact]
    public void A_weight_without_a_gradient_is_unchanged_and_counts_its_own_steps()
    {
        using var scope = NewDisposeScope();
        Parameter used = Start(), late = Start();
        using var optimizer = Options.Create([KeyValuePair.Create("used", (Tensor)used), KeyValuePair.Create("late", (Tensor)late)]);
        used.grad = Gradient(0);
        optimizer.Step(Rates[0]);
        Assert.Equal(Start().data<double>(), late.data<double>());
        late.grad = Gradient(0);
        optimizer.Step(Rates[0]);
        Assert.All(Expected[0].Zip(late.data<double>()), pair => Assert.Equal(pair.First, pair.Second, 1e-12));
    }

    [Fact]
    public void Its_options_have_defaults_of_their_own() =>
        Assert.Equal((1e-3, 0.9, 0.999, 1e-8, 0.01), new AdamWOptions() is var options
            ? (options.LearningRate, options.Beta1, options.Beta2, options.Epsilon, options.WeightDecay) : default);

    private static Parameter Start() => new(tensor(new[] { 1.0, -2.0, 0.5, 3.0 }));

    private static Tensor Gradient(int step) =>
        tensor(Enumerable.Range(0, 4).Select(i => Math.Cos(1.7 * step + 0.9 * i) * (i + 1) * 0.3).ToArray());
}
