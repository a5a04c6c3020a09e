using Pupil.Distillation;
using Pupil.Distillation.Equations;
using Pupil.Distillation.Methods;
using Pupil.Tests.References;
using TorchSharp;
using static TorchSharp.torch;

namespace Pupil.Tests.Distillation.Methods;

/// <summary>The equations of all methods against PyTorch's numbers, to the gradient, in every case of the references.</summary>
public sealed class EquationTests : IDisposable
{
    private const string Value = "value", Sensible = "sensible.value";

    private readonly DisposeScope _scope = NewDisposeScope();

    public static TheoryData<string, string> Cases => Where(HasInputs);

    /// <summary>
    /// Cases where the formula is 0/0 or the like: the references contain a sensible value, and any finite gradient is right.
    /// </summary>
    public static TheoryData<string, string> Degenerate => Where(name => !HasInputs(name));

    public void Dispose() => _scope.Dispose();

    [Fact]
    public void All_references_are_tested() => Assert.Equal((188, 11), (Cases.Count, Degenerate.Count));

    [Theory]
    [MemberData(nameof(Cases))]
    public void Every_reference_is_met_to_the_gradient_and_no_other_input_gets_one(string term, string @case)
    {
        var (given, value, start) = Found(term, @case, ScalarType.Float64);

        Tensors.AssertReference($"{start}value", value, 1e-8);
        foreach (var (argument, input) in given.Inputs)
        {
            if (ReferenceNumbers.NamesUnder($"{start}gradient.{argument}").Contains($"{start}gradient.{argument}"))
                AssertGradient($"{start}gradient.{argument}", input.grad!);
            else
                Assert.True(input.grad is null, $"{start}: '{argument}' got a gradient");
        }
        GC.KeepAlive(given);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Single_precision_is_near_and_finite(string term, string @case)
    {
        var (given, value, start) = Found(term, @case, ScalarType.Float32);

        // A divergence is the small difference of larger, rounded logarithms.
        double expected = ReferenceNumbers.Scalar($"{start}value"), found = value.ToDouble();
        if ((term, @case) != ("pkt", "opposite")) // the logarithm of rounding errors alone
            Assert.True(Math.Abs(found - expected) <= 1e-5 + 2e-5 * Math.Abs(expected), $"{start}: {found}, expected {expected}");
        Assert.All(given.Inputs.Values.Where(input => input.grad is not null),
            input => Assert.All(input.grad!.Numbers(), number => Assert.True(double.IsFinite(number), $"{start}: {number}")));
        Assert.True(double.IsFinite(found));
        GC.KeepAlive(given);
    }

    [Theory]
    [MemberData(nameof(Degenerate))]
    public void Degenerate_cases_have_a_gradient_of_zero(string term, string @case)
    {
        foreach (var type in new[] { ScalarType.Float64, ScalarType.Float32 })
        {
            string folder = $"inputs/{(term is "rkd.distance" or "cc.adjacent" ? "embeddings" : "logits")}/{@case}";
            // Correlation congruence compares embeddings of one width.
            string teacher = term == "cc.adjacent" ? $"{folder}/student" : $"{folder}/teacher";
            string[] inputs = [$"student = {folder}/student", $"teacher = {teacher}"];
            string plain = term.Contains("dkd", StringComparison.Ordinal) ? $"labels = {folder}/labels" : "";
            var given = new EquationCase($"{term}/plain", type, plain.Length > 0 ? [.. inputs, plain] : inputs);
            var value = Equations.All[term](given);
            value.backward();

            Tensors.AssertReference($"{term}/{@case}/{Sensible}", value, 1e-5);
            Assert.All(given.Student.grad!.Numbers(), number => Assert.Equal(0, number));
        }
    }

    [Theory]
    [InlineData("plain")]
    [InlineData("seven-classes")]
    public void Standardised_logits_are_the_references(string @case)
    {
        foreach (string who in new[] { "student", "teacher" })
            Tensors.AssertReference($"standardised.logits/{@case}/{who}",
                LogitStandardization.Standardize(Tensors.Reference($"inputs/logits/{@case}/{who}")));
    }

    [Fact]
    public void The_initial_variance_is_that_of_the_options()
    {
        var output = Sketch.Output(zeros(1, 5, 4, 4));
        using var expert = new Expert(new Sketch(output), FirstStep.Plain, FirstStep.Plain);
        using var learner = new Learner("student", new Sketch(output));
        FirstStep.Create(new VidOptions(), expert).Enrol(learner);
        var rho = learner.Modules["gaussian-stage1"].named_parameters().Single(entry => entry.name == "rho").parameter;

        Tensors.AssertNear([.. Enumerable.Repeat(ReferenceNumbers.Values("vid.initial/rho")[0], 5)], rho.Numbers(), 1e-6, "rho");
    }

    private static TheoryData<string, string> Where(Func<string, bool> condition)
    {
        var found = new TheoryData<string, string>();
        foreach (string term in Equations.All.Keys)
        {
            foreach (string[] name in ReferenceNumbers.NamesUnder($"{term}/").Select(name => name.Split('/')))
            {
                if (name[2] is Value or Sensible && condition($"{term}/{name[1]}"))
                    found.Add(term, name[1]);
            }
        }
        return found;
    }

    // A case with inputs has a gradient as well.
    private static bool HasInputs(string name) =>
        ReferenceNumbers.NamesUnder($"{name}/").Any(quantity => quantity.Contains("gradient.", StringComparison.Ordinal));

    private static (EquationCase Given, Tensor Value, string Start) Found(string term, string @case, ScalarType type)
    {
        var given = new EquationCase($"{term}/{@case}", type);
        var value = Equations.All[term](given);
        value.backward();
        return (given, value,
            $"{term}/{@case}/{(ReferenceNumbers.NamesUnder($"{term}/{@case}/{Sensible}").Length > 0 ? "sensible." : "")}");
    }

    private static void AssertGradient(string name, Tensor found) =>
        Tensors.AssertNear(ReferenceNumbers.Values(name), found.Numbers(), 1e-7, name);
}
