using Pupil.Distillation.Methods;
using TorchSharp;
using static TorchSharp.torch;

namespace Pupil.Tests.Distillation.Methods;

/// <summary>Tests the equations on tokens beside plain loops, and their gradients beside finite differences.</summary>
public sealed class TokenMethodsTests : IDisposable
{
    private const int Images = 3, Width = 4;

    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Fact]
    public void Standardized_vectors_have_mean_zero_and_deviation_one()
    {
        var features = Numbers([Images, 5, Width], 1);
        double[] expected = [.. features.Numbers().Chunk(Width).SelectMany(vector =>
        {
            double mean = vector.Average(), variance = vector.Average(number => (number - mean) * (number - mean));
            return vector.Select(number => (number - mean) / Math.Sqrt(variance + 1e-5));
        })];
        Tensors.AssertNear(expected, FeatureRegression.Standardized(features).Numbers(), 1e-9, "standardized");
    }

    [Theory]
    [InlineData(RegressionDistance.SmoothL1)]
    [InlineData(RegressionDistance.Cosine)]
    [InlineData(RegressionDistance.MeanSquare)]
    public void Distances_of_features_are_those_of_plain_loops(RegressionDistance distance)
    {
        Tensor own = Numbers([Images, 5, Width], 2) * 3, teacher = Numbers([Images, 5, Width], 3);
        Check(own, teacher, (a, t) => FeatureRegression.DistanceOf(a, t, distance), (a, t) => distance switch
        {
            RegressionDistance.MeanSquare => a.Zip(t, (x, y) => (x - y) * (x - y)).Average(),
            // β = 2: a square below it, divided by 2β; a line above.
            RegressionDistance.SmoothL1 => a.Zip(t, (x, y) => Math.Abs(x - y)).Average(gap => gap < 2 ? gap * gap / 4 : gap - 1),
            _ => a.Chunk(Width).Zip(t.Chunk(Width), (x, y) => 1 - Cosine(x, y)).Average(),
        });
    }

    [Fact]
    public void Relations_are_those_of_plain_loops()
    {
        Tensor own = Numbers([Images, 4, 2, 3], 4), teacher = Numbers([Images, 7, 2, 3], 5);
        Check(own, teacher, TokenRelations.Distance, (a, t) =>
        {
            double sum = 0;
            for (int image = 0; image < Images; image++)
            {
                for (int i = 0; i < 6; i++)
                {
                    for (int j = 0; j < 6; j++)
                    {
                        double mine = Cosine(Pixel(a, 4, image, i), Pixel(a, 4, image, j));
                        sum += Math.Pow(mine - Cosine(Pixel(t, 7, image, i), Pixel(t, 7, image, j)), 2);
                    }
                }
            }
            return sum / (Images * 36);
        });

        static double[] Pixel(double[] map, int channels, int image, int place) =>
            [.. Enumerable.Range(0, channels).Select(channel => map[(image * channels + channel) * 6 + place])];
    }

    [Fact]
    public void Zero_vectors_and_large_numbers_have_finite_losses_and_gradients()
    {
        foreach (double scale in new[] { 0, 1e4 })
        {
            Tensor own = (Numbers([1, 5, Width], 6) * scale).requires_grad_(), teacher = Numbers([1, 5, Width], 7) * scale;
            foreach (var distance in Enum.GetValues<RegressionDistance>())
                AssertFinite(FeatureRegression.DistanceOf(own, FeatureRegression.Standardized(teacher), distance), own);
            Tensor map = (Numbers([1, 5, 2, 2], 8) * scale).requires_grad_(), other = Numbers([1, 3, 2, 2], 9) * scale;
            AssertFinite(TokenRelations.Distance(map, other), map);
        }
    }

    private static void AssertFinite(Tensor loss, Tensor own)
    {
        own.grad = null;
        loss.backward();
        Assert.True(double.IsFinite(loss.ToDouble()) && own.grad!.isfinite().all().item<bool>());
    }

    // Value, the gradient by finite differences, and no gradient for the teacher.
    private static void Check(Tensor own, Tensor teacher, Func<Tensor, Tensor, Tensor> found, Func<double[], double[], double> expected)
    {
        own = own.detach().requires_grad_();
        teacher = teacher.detach().requires_grad_();
        var loss = found(own, teacher);
        loss.backward();
        double[] a = own.Numbers(), t = teacher.Numbers();
        Assert.Equal(expected(a, t), loss.ToDouble(), 1e-9);
        Assert.Null(teacher.grad);
        const double Step = 1e-5;
        double[] slopes = new double[a.Length];
        for (int i = 0; i < a.Length; i++)
            slopes[i] = (expected(Moved(i, Step), t) - expected(Moved(i, -Step), t)) / (2 * Step);
        Tensors.AssertNear(slopes, own.grad!.Numbers(), 1e-5, "gradient");

        double[] Moved(int place, double by) => [.. a.Select((number, i) => i == place ? number + by : number)];
    }

    private static double Cosine(double[] one, double[] other) =>
        one.Zip(other, (x, y) => x * y).Sum() / Math.Sqrt(one.Sum(x => x * x) * other.Sum(y => y * y));

    private static Tensor Numbers(long[] shape, int seed)
    {
        var random = new Random(seed);
        int count = (int)shape.Aggregate(1L, (product, size) => product * size);
        return tensor([.. Enumerable.Range(0, count).Select(_ => 2 * random.NextDouble() - 1)], shape, ScalarType.Float64);
    }
}
