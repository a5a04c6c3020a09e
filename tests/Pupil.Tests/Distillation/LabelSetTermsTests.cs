using Pupil.Distillation.Equations;
using Pupil.Distillation.Methods;
using Pupil.Images;
using TorchSharp;
using static TorchSharp.torch;

namespace Pupil.Tests.Distillation;

/// <summary>
/// Terms of images with several labels each. The numbers are those of PyTorch in float64: <c>binary_cross_entropy_with_logits(z,
/// (1 − ε)·y + ε/2, pos_weight=w, reduction="sum") / N</c>, and the divergence of Bernoulli distributions by its definition.
/// </summary>
public sealed class LabelSetTermsTests : IDisposable
{
    private const int Images = 4, Classes = 10;

    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Theory]
    [InlineData(false, 0, 9.154332392782365)]
    [InlineData(false, 0.1, 9.1527000341913)]
    [InlineData(true, 0, 10.962885671066662)]
    [InlineData(true, 0.1, 11.045074368868123)]
    public void The_cross_entropy_of_label_sets_is_that_of_PyTorch(bool weighted, double smoothing, double expected)
    {
        float[] weights = [.. Enumerable.Range(0, Classes).Select(j => 0.5f + 0.25f * j)];
        var target = new LabelSetTarget(Members()) { Weighting = new(weighted ? weights : null, smoothing) };
        var loss = CheckedGradient(Logits(), logits => CrossEntropy.WithTarget(logits, target)!);
        Assert.Equal(expected, loss, 1e-12);
    }

    [Theory]
    [InlineData(SoftenedReduction.BatchMean, 0.1803967319691537)]
    [InlineData(SoftenedReduction.ElementMean, 0.009019836598457686)]
    public void Softened_probabilities_are_those_of_each_class(SoftenedReduction reduction, double expected)
    {
        var teacher = Outcomes.Of(Grid(at => 1.5 * Math.Cos(0.9 * (at / Classes) - 0.4 * (at % Classes))), Labelling.Several);
        var loss = CheckedGradient(Logits(),
            logits => Kd.Softened(Outcomes.Of(logits, Labelling.Several), teacher, 4, reduction));
        Assert.Equal(expected, loss, 1e-12);
        Assert.Equal(0, Kd.Softened(teacher, teacher, 4, reduction).ToDouble(), 1e-15);
    }

    [Fact]
    public void Other_methods_have_the_divergence_of_each_class()
    {
        var teacher = Outcomes.Of(Grid(at => 1.5 * Math.Cos(0.9 * (at / Classes) - 0.4 * (at % Classes))), Labelling.Several);
        var student = Outcomes.Of(Logits(), Labelling.Several);
        const double Expected = 0.1803967319691537;
        Assert.Equal(16 * Expected, CurriculumTemperature.Softened(student, teacher, tensor(4.0)).ToDouble(), 1e-12);
        Assert.Equal(Kd.Softened(student, teacher, 1, SoftenedReduction.BatchMean).ToDouble(),
            Dml.Divergence(student, [teacher, teacher]).ToDouble(), 1e-12);
    }

    [Fact]
    public void With_one_label_the_outcomes_are_the_classes()
    {
        var logits = Logits();
        Assert.Same(logits, Outcomes.Of(logits, Labelling.One));
        var outcomes = Outcomes.Of(logits, Labelling.Several);
        Assert.Equal([Images, Classes, 2], outcomes.shape);
        Assert.Equal(0, (outcomes.softmax(-1).select(2, 0) - logits.sigmoid()).abs().max().ToDouble(), 1e-15);
    }

    private static double CheckedGradient(Tensor at, Func<Tensor, Tensor> term)
    {
        const double Step = 1e-5;
        var logits = at.clone().requires_grad_();
        var loss = term(logits);
        loss.backward();
        foreach (var (row, column) in new[] { (0, 0), (1, 3), (2, 7), (3, 9) })
        {
            Assert.Equal((Moved(Step) - Moved(-Step)) / (2 * Step), logits.grad![row, column].ToDouble(), 1e-8);

            double Moved(double by)
            {
                var moved = at.clone();
                moved[row, column] = moved[row, column] + by;
                return term(moved).ToDouble();
            }
        }
        return loss.ToDouble();
    }

    private static Tensor Logits() => Grid(at => 2 * Math.Sin(1.3 * (at / Classes) + 0.7 * (at % Classes)));

    private static Tensor Members() => Grid(at => (3 * (at / Classes) + 2 * (at % Classes)) % 5 < 2 ? 1 : 0);

    private static Tensor Grid(Func<int, double> value) =>
        tensor([.. Enumerable.Range(0, Images * Classes).Select(value)], [Images, Classes], ScalarType.Float64);
}
