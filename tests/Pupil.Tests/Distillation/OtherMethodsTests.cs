using Pupil.Distillation;
using Pupil.Distillation.Methods;
using Pupil.Images;
using TorchSharp;
using static TorchSharp.torch;

namespace Pupil.Tests.Distillation;

/// <summary>The lessons of knowledge distillation and of the supervised method.</summary>
public sealed class OtherMethodsTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly Batch _batch = FirstStep.Batch();

    public void Dispose() => _scope.Dispose();

    [Theory]
    [InlineData(SoftenedReduction.BatchMean, 0.9, 4, 0.9 * 16, 4)]
    [InlineData(SoftenedReduction.ElementMean, 0.9, 4, 2 * 0.9 * 16, 40)]
    [InlineData(SoftenedReduction.BatchMean, 0, 2, 0, 4)]
    [InlineData(SoftenedReduction.ElementMean, 1, 0.5, 2 * 0.25, 40)]
    public void Knowledge_distillation_weighs_labels_and_softened_probabilities(
        SoftenedReduction reduction, double alpha, double temperature, double weight, int divisor)
    {
        using var expert = FirstStep.Expert("wrn-10-1");
        var options = new KdOptions { Alpha = alpha, Temperature = temperature, Reduction = reduction };
        var method = FirstStep.Create(options, expert);
        using var student = FirstStep.Student(method);
        var logits = student.call(_batch.Images);
        var lesson = method.Teach(_batch);
        var terms = method.Loss(lesson, _batch, student, logits);

        Assert.Equal(["cross-entropy", "softened"], terms.Select(term => term.Name));
        Tensors.AssertNear([1 - alpha, weight], [.. terms.Select(term => term.Weight)], 1e-12, "weights");
        double[] found = logits.Logits.Numbers(), teacher = expert.Forward(_batch.Images).Logits.Numbers();
        Tensors.AssertNear(PlainLoops.CrossEntropy(found, [0, 1, 2, 3]), terms[0].Value.ToDouble(), 1e-12, "cross-entropy");
        Tensors.AssertNear(PlainLoops.Divergence(found, teacher, 4, temperature) / divisor, terms[1].Value.ToDouble(), 1e-10, "softened");
        Assert.Empty(lesson.Terms);
        Assert.False(lesson.StudentsMoveTeachers);
        Assert.Empty(method.Companions);
        Assert.Null(method.SharedLayers);
    }

    [Fact]
    public void Knowledge_distillation_leaves_the_expert_as_it_was_and_moves_the_student()
    {
        var network = FirstStep.Build("wrn-10-1", 200);
        using var expert = new Expert(network, FirstStep.Plain, FirstStep.Plain);
        var before = network.Snapshot();
        var method = FirstStep.Create(new KdOptions(), expert);
        using var student = FirstStep.Student(method);
        FirstStep.Step(method, student, _batch);

        Assert.Equal(before, network.Snapshot());
        Assert.All(network.parameters(), parameter => Assert.Null(parameter.grad));
        Assert.All(student.parameters(), parameter => Assert.NotNull(parameter.grad));
    }

    [Fact]
    public void Without_a_teacher_there_is_only_the_cross_entropy()
    {
        var method = FirstStep.Create(new SupervisedOptions());
        using var student = FirstStep.Student(method);
        method.Enrol(new Learner("student", student));
        var output = student.call(_batch.Images);
        var lesson = method.Teach(_batch);
        var term = Assert.Single(method.Loss(lesson, _batch, student, output));

        Assert.Equal(("cross-entropy", 1.0), (term.Name, term.Weight));
        Tensors.AssertNear(PlainLoops.CrossEntropy(output.Logits.Numbers(), [0, 1, 2, 3]), term.Value.ToDouble(), 1e-12, "cross-entropy");
        Assert.Empty(lesson.Terms);
        Assert.Empty(method.Companions);
    }
}
