using Pupil.Training;
using TorchSharp.Modules;
using static TorchSharp.torch;
using OptimizerOptions = Pupil.Training.OptimizerOptions;

namespace Pupil.Tests.Training;

// torch.optim.SGD and AdamW in float64 with two parameter groups, of which the first has a tenth of the rate.
public sealed class ParameterGroupTests
{
    private static readonly double[] Rates = [0.1, 0.05, 0.02];

    private static readonly (OptimizerOptions Options, double[][] Weights)[] Cases =
    [
        (new SgdOptions { WeightDecay = 0.05 },
        [
            [0.9965, -2.002729659809624, 0.5179481885223779, 3.0934886570420472],
            [0.9948691417414434, -2.0008866580488953, 0.5668705538142278, 3.1462648032670684],
            [0.9947626247697364, -1.9995421297427323, 0.5754824346820727, 3.138519508582187],
        ]),
        (new SgdOptions { WeightDecay = 0.05, Nesterov = true },
        [
            [0.99335, -2.0051863536382855, 0.5341015581925179, 3.17762844837989],
            [0.9918278655587422, -2.000455136449002, 0.6189006389060295, 3.2354335665296543],
            [0.9922134252780543, -1.998563896298058, 0.6175392196587618, 3.2014805201061893],
        ]),
        (new AdamWOptions { Beta2 = 0.98, Epsilon = 1e-6, WeightDecay = 0.05 },
        [
            [0.9895000333332222, -2.0089999731879753, 0.597499510961517, 3.08499990782455],
            [0.986392248353627, -2.007453692427914, 0.6398734100751017, 3.121153790569229],
            [0.9865432800008713, -2.006496674450337, 0.6458847740890267, 3.1182714629957062],
        ]),
    ];

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void Every_step_with_two_rates_is_that_of_PyTorch(int at)
    {
        using var scope = NewDisposeScope();
        var (options, expected) = Cases[at];
        // Given in another order than that of the groups: a name determines the group.
        Parameter fresh = new(tensor(new[] { 0.5, 3.0 })), body = new(tensor(new[] { 1.0, -2.0 }));
        using var optimizer = options.Create([KeyValuePair.Create("fresh", (Tensor)fresh), KeyValuePair.Create("body", (Tensor)body)],
            new Dictionary<string, double> { ["body"] = 0.1 });
        for (int step = 0; step < Rates.Length; step++)
        {
            (body.grad, fresh.grad) = (Gradient(step, 0), Gradient(step, 2));
            optimizer.Step(Rates[step]);
            double[] found = [.. body.data<double>(), .. fresh.data<double>()];
            Assert.All(expected[step].Zip(found), pair => Assert.Equal(pair.First, pair.Second, 1e-12));
        }
    }

    private static Tensor Gradient(int step, int from) =>
        tensor(Enumerable.Range(from, 2).Select(i => Math.Cos(1.7 * step + 0.9 * i) * (i + 1) * 0.3).ToArray());
}
