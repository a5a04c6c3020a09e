using Pupil.Distillation.Adapters;
using Pupil.Distillation.Methods;
using Pupil.Tests.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Pupil.Tests.Distillation.Methods;

public sealed class AbTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();

    public static TheoryData<string> Cases => [.. ReferenceCase.NamesOf("ab.stage").Where(name => name != "adapted")];

    public void Dispose() => _scope.Dispose();

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_stage_is_the_reference_to_the_gradient(string name)
    {
        var found = new ReferenceCase($"ab.stage/{name}");
        found.AssertMet(Stage(found, name));
        new ReferenceCase($"ab.stage/{name}").AssertFiniteInSinglePrecision(single => Stage(single, name));

        static Tensor Stage(ReferenceCase found, string name) =>
            Ab.Hinge(found["student"], found["teacher"], name == "margin-2" ? 2 : 1) / found["student"].shape[0];
    }

    [Fact]
    public void Three_stages_are_the_reference_to_the_gradient()
    {
        var found = new ReferenceCase("ab/three-stages");
        found.AssertMet(Ab.Boundaries([.. Enumerable.Range(1, 3).Select(k => (found[$"student{k}"], found[$"teacher{k}"]))], 1));
    }

    [Fact]
    public void A_connector_is_the_reference_to_the_gradient()
    {
        var found = new ReferenceCase("ab.stage/adapted");
        (string, string)[] names = [("convolution.weight", "weight"), ("norm.weight", "norm-weight"), ("norm.bias", "norm-bias")];
        var connector = AdaptingConvolution.Connector(6, 9);
        found.Fill(connector, names);
        found.AssertMet(Ab.Hinge(connector.call(found["student"]), found["teacher"], 1) / 6);
        found.AssertGradients(connector, names);
    }

    [Fact]
    public void The_hinge_equals_plain_loops_to_the_gradient()
    {
        Tensor student = (2 * Tensors.Wave(1, 2, 3, 4, 4)).detach().requires_grad_(), teacher = Tensors.Wave(2, 2, 3, 4, 4);
        double[] expected = teacher.Numbers();
        var value = Ab.Hinge(student, teacher, 0.7);
        value.backward();
        double Plain(double[] values)
        {
            double sum = 0;
            for (int i = 0; i < values.Length; i++)
            {
                if (expected[i] <= 0 && values[i] > -0.7)
                    sum += (values[i] + 0.7) * (values[i] + 0.7);
                if (expected[i] > 0 && values[i] <= 0.7)
                    sum += (values[i] - 0.7) * (values[i] - 0.7);
            }
            return sum;
        }

        Tensors.AssertNear(Plain(student.Numbers()), value.ToDouble(), 1e-12, "hinge");
        Tensors.AssertNear(PlainLoops.Gradient(Plain, student.Numbers()), student.grad!.Numbers(), 1e-6, "gradient");
    }

    [Fact]
    public void The_boundary_term_comes_first_and_the_labels_alone_afterwards()
    {
        var tiny = ResumedTraining.OfSeventeenImages with { Method = new AbOptions { PreliminaryEpochs = 1 } };
        var (before, after, records) = ResumedTraining.Assert(tiny, 2, 4, 6, 9);

        Assert.Contains("student/boundary", records[0]);
        Assert.DoesNotContain("cross-entropy", records[0]);
        Assert.DoesNotContain("boundary", records[^1]);
        ResumedTraining.AssertMoved("student+connector-stage", before, after);
        // three stages, a convolution and a norm each
        Assert.Equal(15, after.Keys.Count(name => name.StartsWith("student+", StringComparison.Ordinal)));
        // The classifier is first trained with the labels.
        using var training = tiny.Start();
        training.Go(3);
        ResumedTraining.AssertStill("student/classifier", before, training.Snapshot());
        ResumedTraining.AssertMoved("student/stage", before, training.Snapshot());
        // And the connectors are unchanged from then on, whatever the weight decay.
        training.Go(1);
        var connectors = training.Snapshot();
        ResumedTraining.AssertStill("student+connector-stage", connectors, after);
    }

    [Fact]
    public void Equal_channels_are_compared_as_they_are()
    {
        using var training = new TinyTraining { Method = new AbOptions { PreliminaryEpochs = 1 } }.Start();
        Assert.Empty(training.Trainer.Extras);
        training.Go(1);
    }
}
