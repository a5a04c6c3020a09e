using Pupil.Distillation;
using Pupil.Distillation.Equations;
using Pupil.Distillation.Methods;
using Pupil.Tests.References;
using TorchSharp;
using static TorchSharp.torch;

namespace Pupil.Tests.Distillation.Methods;

/// <summary>The equations of all methods against PyTorch's numbers, to the gradient, in every case that the references have.</summary>
public sealed class EquationTests : IDisposable
{
    private const string Value = "value", Sensible = "sensible.value";

    private readonly DisposeScope _scope = NewDisposeScope();

    public static TheoryData<string, string> Cases => Where(HasInputs);

    /// <summary>Where the formula is 0/0 or the like: the references say what value makes sense, and that any finite gradient does.</summary>
    public static TheoryData<string, string> Degenerate => Where(name => !HasInputs(name));

    public void Dispose() => _scope.Dispose();

    [Fact]
    public void All_references_are_looked_at() => Assert.Equal((188, 11), (Cases.Count, Degenerate.Count));

    [Theory]
    [MemberData(nameof(Cases))]
    public void Every_reference_is_met_to_the_gradient_and_nobody_else_gets_one(string term, string @case)
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

        // A divergence is the small difference of larger logarithms, of which each is rounded.
        double expected = ReferenceNumbers.Scalar($"{start}value"), found = value.ToDouble();
        if ((term, @case) != ("pkt", "opposite")) // the logarithm of nothing but rounding
            Assert.True(Math.Abs(found - expected) <= 1e-5 + 2e-5 * Math.Abs(expected), $"{start}: {found}, expected {expected}");
        Assert.All(given.Inputs.Values.Where(input => input.grad is not null),
            input => Assert.All(input.grad!.Numbers(), number => Assert.True(double.IsFinite(number), $"{start}: {number}")));
        Assert.True(double.IsFinite(found));
        GC.KeepAlive(given);
    }

    [Theory]
    [MemberData(nameof(Degenerate))]
    public void Where_there_is_nothing_to_compare_nothing_moves(string term, string @case)
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
            Tensors.AssertReference($"standardised.logits/{@case}/{who}", LogitStandardization.Of(Tensors.Reference($"inputs/logits/{@case}/{who}")));
    }

    [Fact]
    public void The_variance_starts_where_it_was_asked_to()
    {
        var answer = Sketch.Saying(zeros(1, 5, 4, 4));
        using var expert = new Expert(new Sketch(answer), FirstStep.Plain, FirstStep.Plain);
        using var learner = new Learner("student", new Sketch(answer));
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

    // A case that has inputs has a gradient as well.
    private static bool HasInputs(string name) => ReferenceNumbers.NamesUnder($"{name}/").Any(quantity => quantity.Contains("gradient.", StringComparison.Ordinal));

    private static (EquationCase Given, Tensor Value, string Start) Found(string term, string @case, ScalarType type)
    {
        var given = new EquationCase($"{term}/{@case}", type);
        var value = Equations.All[term](given);
        value.backward();
        return (given, value, $"{term}/{@case}/{(ReferenceNumbers.NamesUnder($"{term}/{@case}/{Sensible}").Length > 0 ? "sensible." : "")}");
    }

    private static void AssertGradient(string name, Tensor found) =>
        Tensors.AssertNear(ReferenceNumbers.Values(name), found.Numbers(), 1e-7, name);
}
