using OwnMethod;
using Pupil.Tests.Training;
using Pupil.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Pupil.Tests.Distillation;

/// <summary>The method in docs/adding-a-method.md: it compiles, its equation is right, and it trains.</summary>
public sealed class WorkedExampleTests
{
    [Fact]
    public void The_page_shows_the_code_that_is_tested()
    {
        string folder = RealData.RepositoryFolder!;
        string code = File.ReadAllText(Path.Combine(folder, "samples", "OwnMethod", "EmbeddingDirection.cs"));
        Assert.Contains($"```csharp\n{code}```", File.ReadAllText(Path.Combine(folder, "docs", "adding-a-method.md")));
    }

    [Fact]
    public void Its_equation_is_the_plain_loops_to_the_gradient()
    {
        using var scope = NewDisposeScope();
        Tensor student = Tensors.Wave(1, 4, 5).requires_grad_(), teacher = Tensors.Wave(2, 4, 5).requires_grad_();
        var value = EmbeddingDirection.Distance(student, teacher);
        value.backward();

        double Plain(double[] own) => Enumerable.Range(0, 4).Average(image =>
        {
            double[] a = own[(image * 5)..(image * 5 + 5)], b = teacher.Numbers()[(image * 5)..(image * 5 + 5)];
            return 1 - a.Zip(b, (x, y) => x * y).Sum() / Math.Sqrt(a.Sum(x => x * x) * b.Sum(x => x * x));
        });
        Tensors.AssertNear(Plain(student.Numbers()), value.ToDouble(), 1e-12, "value");
        Tensors.AssertNear(PlainLoops.Gradient(Plain, student.Numbers()), student.grad!.Numbers(), 1e-7, "gradient");
        Assert.Null(teacher.grad);
    }

    [Fact]
    public void It_trains_its_projection_beside_the_student()
    {
        using var training = new TinyTraining { Method = new EmbeddingDirectionOptions { Weight = 5 } }.Start();
        var before = training.Snapshot();
        var epochs = training.Go().OfType<EpochRecord>().ToList();

        Assert.Contains("student+projection/weight", before.Keys);
        Assert.NotEqual(before["student+projection/weight"], training.Snapshot()["student+projection/weight"]);
        Assert.True(epochs[^1].Term("student/direction") < epochs[0].Term("student/direction"));
        Assert.DoesNotContain(training.Network().State(), entry => entry.Key.Contains("projection"));
    }
}
