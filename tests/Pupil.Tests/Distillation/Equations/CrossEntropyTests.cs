using Pupil.Distillation.Equations;
using Pupil.Images;
using TorchSharp;
using static TorchSharp.torch;

namespace Pupil.Tests.Distillation.Equations;

/// <summary>The numbers are those of <c>torch.nn.functional.cross_entropy(z, y, weight=w, label_smoothing=…)</c> in float64.</summary>
public sealed class CrossEntropyTests : IDisposable
{
    private const int Images = 4, Classes = 10;

    private static readonly float[] Weights = [.. Enumerable.Range(0, Classes).Select(j => 0.5f + 0.25f * j)];

    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Theory]
    [InlineData(false, false, 0, 4.118284040094638)]
    [InlineData(false, false, 0.1, 4.016483339008437)]
    [InlineData(false, true, 0, 4.336741303585951)]
    [InlineData(false, true, 0.1, 4.250102599370604)]
    [InlineData(true, false, 0, 3.060137780517193)]
    [InlineData(true, false, 0.1, 3.0641517053887375)]
    [InlineData(true, true, 0, 3.373517855702753)]
    [InlineData(true, true, 0.1, 3.5350294952133963)]
    public void Weights_and_smoothing_are_those_of_PyTorch(bool soft, bool weighted, double smoothing, double expected)
    {
        var logits = Logits().requires_grad_();
        var target = TargetOf(soft) with { Weighting = new(weighted ? Weights : null, smoothing) };
        var loss = CrossEntropy.WithTarget(logits, target)!;
        Assert.Equal(expected, loss.ToDouble(), 1e-12);
        loss.backward();
        const double Step = 1e-5;
        foreach (var (row, column) in new[] { (0, 0), (1, 3), (2, 7), (3, 9) })
        {
            double difference = (At(Step) - At(-Step)) / (2 * Step);
            Assert.Equal(difference, logits.grad![row, column].ToDouble(), 1e-8);

            double At(double by)
            {
                var moved = Logits();
                moved[row, column] = moved[row, column] + by;
                return CrossEntropy.WithTarget(moved, target)!.ToDouble();
            }
        }
    }

    private static Tensor Logits() => tensor(
        [.. Enumerable.Range(0, Images * Classes).Select(at => 2 * Math.Sin(1.3 * (at / Classes) + 0.7 * (at % Classes)))],
        [Images, Classes], ScalarType.Float64);

    private static Target TargetOf(bool soft)
    {
        if (!soft)
            return new HardTarget(tensor(new long[] { 0, 3, 3, 9 }));
        var shares = Enumerable.Range(0, Images * Classes)
            .Select(at => at % Classes == at / Classes ? 0.7 : at % Classes == at / Classes + 3 ? 0.3 : 0);
        return new SoftTarget(tensor(shares.ToArray(), [Images, Classes], ScalarType.Float64));
    }
}
