using Pupil.Distillation.Adapters;
using Pupil.Distillation.Methods;
using Pupil.Tests.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Pupil.Tests.Distillation.Methods;

public sealed class FtTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();

    public static TheoryData<FactorForm, string> Cases
    {
        get
        {
            var cases = new TheoryData<FactorForm, string>();
            foreach (var form in Enum.GetValues<FactorForm>())
            {
                foreach (string name in ReferenceCase.NamesOf(Name(form)))
                    cases.Add(form, name);
            }
            return cases;
        }
    }

    public void Dispose() => _scope.Dispose();

    [Theory]
    [MemberData(nameof(Cases))]
    public void The_distance_is_the_reference_to_the_gradient(FactorForm form, string name)
    {
        var found = new ReferenceCase($"{Name(form)}/{name}");
        found.AssertMet(Ft.Distance(found["student"], found["teacher"], form));
        new ReferenceCase($"{Name(form)}/{name}")
            .AssertFiniteInSinglePrecision(single => Ft.Distance(single["student"], single["teacher"], form));
    }

    [Fact]
    public void All_references_are_tested() => Assert.Equal(13, Cases.Count);

    [Fact]
    public void The_whole_factor_equals_plain_loops_to_the_gradient()
    {
        Tensor student = Tensors.Wave(1, 2, 3, 2, 2).requires_grad_(), teacher = Tensors.Wave(2, 2, 3, 2, 2);
        var value = Ft.Distance(student, teacher, FactorForm.Whole);
        value.backward();
        double Plain(double[] values)
        {
            double sum = 0;
            foreach (var (one, other) in values.Chunk(12).Zip(teacher.Numbers().Chunk(12)))
            {
                double length = Math.Sqrt(one.Sum(x => x * x)), otherLength = Math.Sqrt(other.Sum(x => x * x));
                sum += one.Zip(other, (a, b) => Math.Abs(a / length - b / otherLength)).Sum();
            }
            return sum / values.Length;
        }

        Tensors.AssertNear(Plain(student.Numbers()), value.ToDouble(), 1e-12, "distance");
        Tensors.AssertNear(PlainLoops.Gradient(Plain, student.Numbers()), student.grad!.Numbers(), 1e-6, "gradient");
    }

    [Fact]
    public void A_paraphraser_gives_back_a_map_of_the_same_shape_from_a_factor_of_fewer_channels()
    {
        var paraphraser = new Paraphraser(6, 3);
        var map = ones(2, 6, 5, 4);

        Assert.Equal([2, 3, 5, 4], paraphraser.Factor(map).shape);
        Assert.Equal([2, 6, 5, 4], paraphraser.call(map).shape);
        Assert.Equal(map.Numbers(), ones(2, 6, 5, 4).Numbers()); // the input is unchanged
        Assert.Equal(12, paraphraser.parameters().Count());
        Assert.Equal(12, FactorStack.Encoder(6, 3, normalizes: true).parameters().Count());
    }

    [Theory]
    [InlineData(FactorForm.ChannelMean)]
    [InlineData(FactorForm.Whole)]
    public void The_paraphraser_is_trained_first_and_fixed_in_the_main_training(FactorForm form)
    {
        var tiny = ResumedTraining.OfSeventeenImages with { Method = new FtOptions { PreliminaryEpochs = 1, Form = form } };
        var (before, after, records) = ResumedTraining.Assert(tiny, 2, 4, 6);
        using var training = tiny.Start();
        training.Go(3);
        var between = training.Snapshot();

        Assert.Contains("paraphraser/reconstruction", records[0]);
        Assert.DoesNotContain("student", records[0]);
        Assert.Equal(0.01, NumbersInText.After("\"rate\":", records[0]), 1e-12);
        Assert.Contains("student/factor", records[^1]);
        ResumedTraining.AssertMoved("paraphraser/", before, between);
        ResumedTraining.AssertStill("paraphraser/", between, after);
        ResumedTraining.AssertStill("student", before, between);
        ResumedTraining.AssertMoved("student+translator/", between, after);
    }

    [Fact]
    public void Without_a_phase_of_its_own_the_paraphraser_stays_as_the_seed_started_it()
    {
        var tiny = new TinyTraining { Method = new FtOptions { PreliminaryEpochs = 0 } };
        using var training = tiny.Start();
        using var other = (tiny with { Seed = 5 }).Start();
        var before = training.Snapshot();
        training.Go(2);

        ResumedTraining.AssertStill("paraphraser/", before, training.Snapshot());
        Assert.NotEqual(before["paraphraser/encoder.convolutions.0.weight"], other.Snapshot()["paraphraser/encoder.convolutions.0.weight"]);
        Assert.Equal(0, tiny.Method.EpochsBefore);
    }

    private static string Name(FactorForm form) => form == FactorForm.Whole ? "ft.paper" : "ft.code";
}
