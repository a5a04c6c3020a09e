using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using Pupil.Distillation.Equations;
using Pupil.Distillation.Methods;
using Pupil.Networks;
using Pupil.Tests.References;
using TorchSharp;
using static TorchSharp.torch;

namespace Pupil.Tests.Distillation.Equations;

public sealed class AttentionMapsTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();

    /// <summary>All cases of the references: pair of stages, exponent, distance.</summary>
    public static TheoryData<string, double, AttentionDistance> References
    {
        get
        {
            var cases = new TheoryData<string, double, AttentionDistance>();
            var names = ReferenceNumbers.NamesUnder("attention/").Select(name => name.Split('/'));
            foreach (string[] parts in names.Where(parts => parts[^1] == "value"))
            {
                var kind = parts[2].Split(".exponent-");
                var distance = kind[0] == "norm" ? AttentionDistance.Norm : AttentionDistance.Squared;
                cases.Add(parts[1], kind.Length > 1 ? double.Parse(kind[1], CultureInfo.InvariantCulture) : 2, distance);
            }
            return cases;
        }
    }

    public void Dispose() => _scope.Dispose();

    [Fact]
    public void All_references_are_tested() => Assert.Equal(28, References.Count);

    [Theory]
    [MemberData(nameof(References))]
    public void Every_reference_is_met_to_the_gradient(string pair, double exponent, AttentionDistance distance)
    {
        string kind = distance == AttentionDistance.Norm ? "norm" : "squared";
        string name = $"attention/{pair}/{kind}{(exponent == 2 ? "" : $".exponent-{exponent}")}";
        var student = Tensors.Reference($"attention/{pair}/student").requires_grad_();
        var value = AttentionMaps.Distance(student, Tensors.Reference($"attention/{pair}/expert"), exponent, distance);
        value.backward();

        Tensors.AssertReference($"{name}/value", value);
        Tensors.AssertReference($"{name}/gradient.student", student.grad!);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(1.5)]
    [InlineData(2)]
    [InlineData(4)]
    public void Any_sizes_follow_the_equation_in_plain_loops_to_the_gradient(double exponent)
    {
        foreach (var distance in Enum.GetValues<AttentionDistance>())
        {
            foreach (var (found, expected) in new (long[], long[])[]
            {
                ([3, 4, 5, 5], [3, 2, 5, 5]), ([2, 3, 6, 4], [2, 5, 3, 2]), ([2, 3, 3, 2], [2, 5, 6, 4]),
                ([2, 2, 5, 7], [2, 2, 3, 4]), ([2, 2, 3, 7], [2, 2, 5, 4]), ([1, 2, 4, 4], [1, 3, 4, 4]),
            })
            {
                string what = $"[{string.Join(", ", found)}] and [{string.Join(", ", expected)}], {distance}";
                Tensor student = Tensors.Wave(1, found).requires_grad_(), expert = Tensors.Wave(2, expected);
                var value = AttentionMaps.Distance(student, expert, exponent, distance);
                value.backward();
                double Plain(double[] values) => PlainLoops.Attention(values, found, expert.Numbers(), expected, exponent, distance);

                Tensors.AssertNear(Plain(student.Numbers()), value.ToDouble(), 1e-12, what);
                Tensors.AssertNear(PlainLoops.Gradient(Plain, student.Numbers()), student.grad!.Numbers(), 1e-6, what);
            }
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(1.5)]
    [InlineData(2)]
    [InlineData(4)]
    public void Zero_and_identical_maps_have_a_finite_gradient(double exponent)
    {
        var some = Tensors.Wave(1, 2, 3, 4, 4).to(ScalarType.Float32);
        var zero = zeros_like(some);
        foreach (var distance in Enum.GetValues<AttentionDistance>())
        {
            // ReLU: the end of a residual network's stage contains many exact zeros.
            foreach (var (found, expected) in new[] { (some, some), (zero, some), (some, zero), (zero, zero), (some.relu(), some) })
            {
                var student = found.detach().clone().requires_grad_();
                var value = AttentionMaps.Distance(student, expected, exponent, distance);
                value.backward();

                Assert.True(float.IsFinite(value.ToSingle()), $"{distance}");
                Assert.All(student.grad!.Numbers(), gradient => Assert.True(double.IsFinite(gradient), $"{distance}: {gradient}"));
            }
            Assert.Equal(0, AttentionMaps.Distance(some, some, exponent, distance).ToSingle());
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Both_ends_of_the_recipes_range_of_exponents_hold_in_single_precision(bool upper)
    {
        var range = typeof(CtkdOptions).GetProperty(nameof(CtkdOptions.AttentionExponent))!.GetCustomAttribute<RangeAttribute>()!;
        double exponent = (double)(upper ? range.Maximum : range.Minimum);
        // Activations of a trained network's stages, some of them zero after a ReLU.
        Tensor one = (20 * Tensors.Wave(1, 2, 3, 4, 4)).relu(), other = 20 * Tensors.Wave(2, 2, 3, 4, 4);
        var student = one.to(ScalarType.Float32).requires_grad_();
        var value = AttentionMaps.Distance(student, other.to(ScalarType.Float32), exponent, AttentionDistance.Squared);
        value.backward();

        double expected = PlainLoops.Attention(one.Numbers(), one.shape, other.Numbers(), other.shape, exponent, AttentionDistance.Squared);
        Tensors.AssertNear(expected, value.ToDouble(), 1e-4, $"exponent {exponent}");
        Assert.All(student.grad!.Numbers(), gradient => Assert.True(double.IsFinite(gradient), $"exponent {exponent}: {gradient}"));
    }

    [Fact]
    public void A_map_has_length_one_at_any_scale()
    {
        var activations = Tensors.Wave(1, 3, 4, 5, 6);
        var map = AttentionMaps.FromActivations(activations, 2);

        Assert.Equal([3, 30], map.shape);
        Tensors.AssertNear([1, 1, 1], map.square().sum(1).Numbers(), 1e-12, "length");
        Tensors.AssertNear(map.Numbers(), AttentionMaps.FromActivations(-100 * activations, 2).Numbers(), 1e-12, "scaled");
    }

    [Fact]
    public void The_gradient_reaches_each_side_that_requires_one()
    {
        Tensor one = Tensors.Wave(1, 2, 3, 4, 4).requires_grad_(), other = Tensors.Wave(2, 2, 3, 4, 4).requires_grad_();
        AttentionMaps.Distance(one, other, 2, AttentionDistance.Squared).backward();

        Assert.True(one.grad!.abs().max().ToDouble() > 0);
        Assert.True(other.grad!.abs().max().ToDouble() > 0);
    }

    [Fact]
    public void Pairs_of_stages_are_summed()
    {
        Feature[] found = [Stage(1, 3, 8), Stage(2, 4, 4), Stage(3, 5, 2)];
        Feature[] expected = [Stage(3, 6, 2), Stage(1, 6, 8), Stage(2, 6, 4)];
        double Total(params (int, int)[] pairs) =>
            AttentionMaps.Total(pairs.Select(pair => (found[pair.Item1].Map, expected[pair.Item2].Map)), 2,
            AttentionDistance.Squared).ToDouble();

        Tensors.AssertNear(Of(0, 1) + Of(1, 2) + Of(2, 0), Total((0, 1), (1, 2), (2, 0)), 1e-12, "all");
        Tensors.AssertNear(Of(2, 0), Total((2, 0)), 1e-12, "one");

        static Feature Stage(int number, int channels, int size) =>
            Feature.OfMap($"stage{number}", Tensors.Wave(number + channels, 2, channels, size, size));

        double Of(int learner, int teacher)
        {
            Tensor one = found[learner].Map, other = expected[teacher].Map;
            return PlainLoops.Attention(one.Numbers(), one.shape, other.Numbers(), other.shape, 2, AttentionDistance.Squared);
        }
    }
}
