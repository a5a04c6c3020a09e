using Pupil.Distillation.Adapters;
using Pupil.Distillation.Equations;
using Pupil.Distillation.Methods;
using Pupil.Tests.References;
using TorchSharp;
using static TorchSharp.torch;

namespace Pupil.Tests.Distillation.Methods;

public sealed class OfdTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();

    public static TheoryData<string> Cases => [.. ReferenceCase.NamesOf("ofd.stage").Where(name => name != "adapted")];

    public void Dispose() => _scope.Dispose();

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_stage_is_the_reference_to_the_gradient(string name)
    {
        var found = new ReferenceCase($"ofd.stage/{name}");
        found.AssertMet(Stage(found));
        new ReferenceCase($"ofd.stage/{name}").AssertFiniteInSinglePrecision(Stage);

        static Tensor Stage(ReferenceCase found)
        {
            var (student, teacher) = MapSizes.ToSmaller(found["student"], found["teacher"]);
            return Ofd.Partial(student, teacher, Margins(found, "margins"));
        }
    }

    [Fact]
    public void Three_stages_are_the_reference_to_the_gradient()
    {
        var found = new ReferenceCase("ofd/three-stages");
        found.AssertMet(Ofd.Features(
            [.. Enumerable.Range(1, 3).Select(k => (found[$"student{k}"], found[$"teacher{k}"], Margins(found, $"margins{k}")))]));
    }

    [Fact]
    public void A_connector_is_the_reference_to_the_gradient()
    {
        var found = new ReferenceCase("ofd.stage/adapted");
        (string, string)[] names = [("convolution.weight", "weight"), ("norm.weight", "norm-weight"), ("norm.bias", "norm-bias")];
        var connector = AdaptingConvolution.Connector(6, 9);
        found.Fill(connector, names);
        found.AssertMet(Ofd.Partial(connector.call(found["student"]), found["teacher"], Margins(found, "margins")));
        found.AssertGradients(connector, names);
    }

    [Theory]
    [InlineData("plain", "margins")]
    [InlineData("zero-weight", "sensible.margins")]
    public void Margins_are_the_reference(string name, string margins)
    {
        double[] weights = ReferenceNumbers.Values($"ofd.margin/{name}/weight"),
            biases = ReferenceNumbers.Values($"ofd.margin/{name}/bias");
        Tensors.AssertNear(ReferenceNumbers.Values($"ofd.margin/{name}/{margins}"), [.. weights.Zip(biases, Ofd.Margin)], 1e-9, name);
    }

    [Theory]
    [InlineData(0.8, -0.3)]
    [InlineData(-0.8, 0.5)]
    public void A_margin_is_the_mean_of_the_negative_part(double weight, double bias)
    {
        // The integral of x·φ over x < 0, divided by that of φ, by the midpoint rule.
        double sum = 0, mass = 0;
        const double Width = 1e-4;
        for (double x = -Width / 2; x > -12; x -= Width)
        {
            double score = (x - bias) / weight, density = Math.Exp(-score * score / 2);
            sum += x * density;
            mass += density;
        }
        Tensors.AssertNear(sum / mass, Ofd.Margin(weight, bias), 1e-6, "margin");
    }

    [Theory]
    [InlineData(1e-30, -1e30)]
    [InlineData(1e-30, 1e30)]
    [InlineData(1e-300, 0)]
    [InlineData(1e30, 1)]
    public void A_margin_is_always_a_finite_number_of_at_most_0(double weight, double bias)
    {
        Assert.True(double.IsFinite(Ofd.Margin(weight, bias)));
        Assert.True(Ofd.Margin(weight, bias) <= 0);
    }

    [Fact]
    public void The_partial_distance_equals_plain_loops_to_the_gradient()
    {
        Tensor student = Tensors.Wave(1, 2, 3, 3, 3).requires_grad_(), teacher = Tensors.Wave(2, 2, 3, 3, 3);
        double[] expected = teacher.Numbers(), margins = [-0.2, -0.5, -2];
        var value = Ofd.Partial(student, teacher, Tensors.FromValues(margins, 1, 3, 1, 1));
        value.backward();
        double Plain(double[] s)
        {
            double sum = 0;
            for (int i = 0; i < s.Length; i++)
            {
                double t = expected[i], margin = margins[i / 9 % 3];
                if (t <= margin && s[i] > margin)
                    sum += (s[i] - margin) * (s[i] - margin);
                else if ((t > margin && t <= 0 && s[i] > t) || t > 0)
                    sum += (s[i] - t) * (s[i] - t);
            }
            return sum / 2;
        }

        Tensors.AssertNear(Plain(student.Numbers()), value.ToDouble(), 1e-12, "distance");
        Tensors.AssertNear(PlainLoops.Gradient(Plain, student.Numbers()), student.grad!.Numbers(), 1e-6, "gradient");
    }

    [Fact]
    public void A_resumed_training_equals_an_uninterrupted_one_and_trains_the_connectors()
    {
        var tiny = ResumedTraining.OfSeventeenImages with { Method = new OfdOptions() };
        var (before, after, records) = ResumedTraining.Assert(tiny, 2, 4);

        Assert.Contains("student/features", records[0]);
        ResumedTraining.AssertMoved("student+connector-stage", before, after);
        ResumedTraining.AssertStill("memory student+margins-stage", before, after);
    }

    private static Tensor Margins(ReferenceCase found, string name) => found[name].detach().unsqueeze(-1).unsqueeze(-1).unsqueeze(0);
}
