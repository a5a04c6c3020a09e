using Pupil.Distillation.Equations;
using Pupil.Distillation.Methods;
using Pupil.Tests.References;
using TorchSharp;
using static TorchSharp.torch;

namespace Pupil.Tests.Distillation;

/// <summary>The terms that compare logits, against PyTorch's numbers, plain loops and finite differences.</summary>
public sealed class LogitTermsTests : IDisposable
{
    private const double Alpha = 0.9, Temperature = 4;
    private const int ConfiguredBatch = 8;

    private readonly DisposeScope _scope = NewDisposeScope();

    public static TheoryData<string, string> Cases => new MatrixTheoryData<string, string>(
        ["plain", "one-image", "extreme"],
        ["cross-entropy", "path", "path.configured-batch-8", "path.unblocked", "path.probabilities", "path.divergence", "hinton",
            "hinton.mean-over-elements"]);

    public void Dispose() => _scope.Dispose();

    [Theory]
    [MemberData(nameof(Cases))]
    public void Every_term_is_the_reference_and_the_plain_loops_to_the_gradient(string group, string term)
    {
        string start = $"logits/{group}";
        var student = Tensors.Reference($"{start}/student").requires_grad_();
        var teacher = Tensors.Reference($"{start}/teacher").requires_grad_();
        long[] labels = ReferenceNumbers.Integers($"{start}/labels");
        var value = Term(term, student, teacher, labels);
        value.backward();

        Tensors.AssertReference($"{start}/{term}/value", value);
        Tensors.AssertReference($"{start}/{term}/gradient.student", student.grad!);
        if (term == "path.unblocked")
            Tensors.AssertReference($"{start}/{term}/gradient.teacher", teacher.grad!);
        else
            Assert.Null(teacher.grad);

        double Plain(double[] logits) => PlainTerm(term, logits, teacher.Numbers(), labels);
        Tensors.AssertNear(Plain(student.Numbers()), value.ToDouble(), 1e-12, $"{term} in plain loops");
        if (group != "extreme") // where rounding exceeds the differences
            Tensors.AssertNear(PlainLoops.Gradient(Plain, student.Numbers()), student.grad!.Numbers(), 1e-7, $"{term} by differences");
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Logits_of_ten_thousand_stay_finite_in_single_precision(string group, string term)
    {
        string start = $"logits/{group}";
        var student = Tensors.Reference($"{start}/student").to(ScalarType.Float32).requires_grad_();
        var teacher = Tensors.Reference($"{start}/teacher").to(ScalarType.Float32);
        var value = Term(term, student, teacher, ReferenceNumbers.Integers($"{start}/labels"));
        value.backward();

        Tensors.AssertReference($"{start}/{term}/value", value, 1e-5);
        Tensors.AssertReference($"{start}/{term}/gradient.student", student.grad!, 1e-5);
    }

    [Theory]
    [InlineData(0.01)]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(1000)]
    public void The_softened_term_is_the_divergence_at_any_temperature(double temperature)
    {
        Tensor student = Tensors.Reference("logits/plain/student"), teacher = Tensors.Reference("logits/plain/teacher");
        double sum = PlainLoops.Divergence(student.Numbers(), teacher.Numbers(), 6, temperature);
        double Found(SoftenedReduction reduction) => Kd.Softened(student, teacher, temperature, reduction).ToDouble();

        // At T = 1000 the divergence is 1e-6 of the numbers whose difference it is.
        Tensors.AssertNear(sum / 6, Found(SoftenedReduction.BatchMean), 1e-9, "mean over images");
        Tensors.AssertNear(sum / 60, Found(SoftenedReduction.ElementMean), 1e-9, "mean over images and classes");
    }

    private static Tensor Term(string name, Tensor student, Tensor teacher, long[] labels)
    {
        var labelTensor = tensor(labels);
        return name switch
        {
            "cross-entropy" => CrossEntropy.WithLabels(student, labelTensor),
            "path" => PathTerm.Value(student, teacher, labels.Length),
            "path.configured-batch-8" => PathTerm.Value(student, teacher, ConfiguredBatch),
            "path.unblocked" => PathTerm.Value(student, teacher, labels.Length, gradientBlock: false),
            "path.probabilities" => PathTerm.Value(student, teacher, labels.Length, PathForm.Probabilities),
            "path.divergence" => PathTerm.Value(student, teacher, labels.Length, PathForm.Divergence),
            "hinton" => (1 - Alpha) * CrossEntropy.WithLabels(student, labelTensor)
                + Alpha * Temperature * Temperature * Softened(SoftenedReduction.BatchMean),
            _ => (1 - Alpha) * CrossEntropy.WithLabels(student, labelTensor)
                + 2 * Alpha * Temperature * Temperature * Softened(SoftenedReduction.ElementMean),
        };

        Tensor Softened(SoftenedReduction reduction) => Kd.Softened(student, teacher, Temperature, reduction);
    }

    private static double PlainTerm(string name, double[] student, double[] teacher, long[] labels) => name switch
    {
        "cross-entropy" => PlainLoops.CrossEntropy(student, labels),
        "path" or "path.unblocked" => PlainLoops.Path(student, teacher, labels.Length),
        "path.configured-batch-8" => PlainLoops.Path(student, teacher, ConfiguredBatch),
        "path.probabilities" =>
            PlainLoops.Path(PlainLoops.Softmax(student, labels.Length), PlainLoops.Softmax(teacher, labels.Length), labels.Length),
        "path.divergence" => PlainLoops.Divergence(student, teacher, labels.Length, 1) / labels.Length,
        "hinton" => (1 - Alpha) * PlainLoops.CrossEntropy(student, labels)
            + Alpha * Temperature * Temperature * PlainLoops.Divergence(student, teacher, labels.Length, Temperature) / labels.Length,
        _ => (1 - Alpha) * PlainLoops.CrossEntropy(student, labels)
            + 2 * Alpha * Temperature * Temperature * PlainLoops.Divergence(student, teacher, labels.Length, Temperature) / student.Length,
    };
}
