using Pupil.Distillation;
using Pupil.Distillation.Methods;
using Pupil.Images;
using TorchSharp;
using static TorchSharp.torch;

namespace Pupil.Tests.Distillation.Methods;

public sealed class CombinationTests : IDisposable
{
    private static readonly CombinationOptions Both = new()
    {
        Parts = [new() { Method = new DkdOptions(), Weight = 0.5 }, new() { Method = new AtOptions(), Name = "where" }],
    };

    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly Batch _batch = FirstStep.Batch();

    public void Dispose() => _scope.Dispose();

    [Theory]
    [InlineData(20, null, 0, "cross-entropy 1, dkd/target-class 8, dkd/other-classes 64, where/attention 1000")]
    [InlineData(20, 0.3, 0, "cross-entropy 0.3, dkd/target-class 8, dkd/other-classes 64, where/attention 1000")]
    [InlineData(5, null, 0, "cross-entropy 1, dkd/target-class 2, dkd/other-classes 16, where/attention 1000")]
    [InlineData(5, null, 10, "cross-entropy 1, dkd/target-class 1, dkd/other-classes 8, where/attention 500")]
    public void Terms_are_named_and_weighted_by_part_and_the_labels_count_once(int epoch, double? labels, int warmUp, string expected)
    {
        using var expert = FirstStep.Expert("wrn-10-1");
        using var student = FirstStep.Build("wrn-10-1");
        var output = student.call(_batch.Images);
        var moment = new Moment(epoch, 0, 1, 240);
        var method = FirstStep.Create(Both with { LabelWeight = labels, WarmUpEpochs = warmUp }, expert);
        var terms = method.Loss(method.Teach(_batch, moment), _batch, moment, method.Enrolled(student), output);

        TermWeights.Assert(expected, TermWeights.FromTerms(terms));
        var alone = Both.Parts.SelectMany(part => FirstStep.Create(part.Method, expert).Teach(_batch, moment)
            .Learn(new Learner("student", student), output));
        Tensors.AssertNear([.. alone.Select(term => term.Value.ToDouble())], [.. terms.Skip(1).Select(term => term.Value.ToDouble())],
            1e-12, "values");
    }

    [Fact]
    public void Parts_keep_what_is_beside_the_student_apart()
    {
        using var expert = FirstStep.Expert("wrn-10-1");
        using var student = FirstStep.Build("wrn-10-1");
        var options = new CombinationOptions
        {
            Parts = [new() { Method = new FitNetsOptions() }, new() { Method = new FitNetsOptions { Stage = "stage3" }, Name = "deep" }],
        };
        var method = FirstStep.Create(options, expert);
        using var learner = method.Enrolled(student);
        Assert.Equal(["deep.regressor", "fitnets.regressor"], learner.Modules.Keys.Order());

        var terms = method.Teach(_batch).Learn(learner, student.call(_batch.Images));
        Assert.Equal(["fitnets/hint", "deep/hint"], terms.Select(term => term.FullName.InOwner));
        terms[1].Value.backward();
        Assert.All(learner.Modules["deep.regressor"].parameters(), weight => Assert.NotNull(weight.grad));
        Assert.All(learner.Modules["fitnets.regressor"].parameters(), weight => Assert.Null(weight.grad));
    }

    [Fact]
    public void Only_parts_that_have_a_phase_before_the_training_teach_in_it()
    {
        using var expert = FirstStep.Expert("wrn-10-1");
        using var student = FirstStep.Build("wrn-10-1");
        var options = new CombinationOptions
        {
            Parts = [new() { Method = new FitNetsOptions { PreliminaryEpochs = 2 } }, new() { Method = new KdOptions() }],
        };
        var method = FirstStep.Create(options, expert);
        using var learner = method.Enrolled(student);
        Assert.Equal(2, method.PreliminaryEpochs);
        Assert.Equal(["fitnets/hint"], Names(FirstStep.Now with { IsPreliminary = true }));
        Assert.Equal(["cross-entropy", "kd/softened"], Names(FirstStep.Now));

        IEnumerable<string> Names(Moment moment) =>
            method.Loss(method.Teach(_batch, moment), _batch, moment, learner, student.call(_batch.Images))
                .Select(term => term.FullName.InOwner);
    }

    [Fact]
    public void The_expert_computes_its_outputs_once_for_each_batch()
    {
        var sketch = new Sketch((16, 8), (32, 4), (64, 2));
        using var expert = new Expert(sketch, FirstStep.Plain, FirstStep.Plain);
        var method = FirstStep.Create(Both, expert);
        int before = sketch.ForwardPasses;
        method.Teach(_batch);
        Assert.Equal(1, sketch.ForwardPasses - before);
        method.Teach(FirstStep.Batch());
        Assert.Equal(2, sketch.ForwardPasses - before);
    }

    [Fact]
    public void A_step_computes_the_outputs_of_a_network_once()
    {
        var sketch = new Sketch((3, 2));
        using var expert = new Expert(sketch, FirstStep.Plain, FirstStep.Plain);
        using var companion = FirstStep.Build("wrn-10-1");
        var step = FirstStep.Input(_batch);
        int before = sketch.ForwardPasses;
        Assert.Same(step.OutputOf(expert), step.OutputOf(expert));
        Assert.Equal(1, sketch.ForwardPasses - before);
        Assert.Same(step.OutputOf(companion), step.OutputOf(companion));
        Assert.NotSame(step.OutputOf(companion), FirstStep.Input(_batch).OutputOf(companion));
    }

    // The scratch teacher's own cross-entropy with the labels keeps its weight. Its attention term belongs to the part.
    [Theory]
    [InlineData(1, 0, 1000)]
    [InlineData(0.5, 0, 500)]
    [InlineData(0.5, 10, 250)]
    public void Terms_of_companions_carry_the_name_weight_and_warm_up_of_their_part(double weight, int warmUp, double expected)
    {
        using var expert = FirstStep.Expert("wrn-10-1");
        var ctkd = new CtkdOptions
        {
            ScratchTeacher = new() { Architecture = "wrn-10-1" },
            AttentionOn = AttentionLearner.ScratchTeacher,
            WarmUpEpochs = warmUp,
        };
        var joint = new PartOptions { Method = ctkd with { Beta = 1000 }, Weight = weight, Name = "joint" };
        var options = new CombinationOptions { Parts = [joint, new()] };
        var terms = FirstStep.Create(options, expert).Teach(_batch, new Moment(5, 0, 1, 240)).Terms;

        Assert.Equal(["scratch-teacher/joint/cross-entropy", "scratch-teacher/joint/attention"],
            terms.Select(term => term.FullName.ToString()));
        Assert.Equal([1, expected], terms.Select(term => term.Weight));
    }

    [Theory]
    [InlineData(1, 0, 2)]
    [InlineData(3, 0, 6)]
    [InlineData(3, 10, 3)]
    public void Terms_after_the_students_carry_the_name_weight_and_warm_up_of_their_part(double weight, int warmUp, double expected)
    {
        using var expert = FirstStep.Expert("wrn-10-1");
        using var student = FirstStep.Build("wrn-10-1");
        var dml = new DmlOptions { Peers = [new() { Architecture = "wrn-10-1" }], Weight = 2, WarmUpEpochs = warmUp };
        var lesson = FirstStep.Create(new CombinationOptions { Parts = [new() { Method = dml, Weight = weight }, new()] }, expert)
            .Teach(_batch, new Moment(5, 0, 1, 240));
        var terms = lesson.AfterStudents([student.call(_batch.Images)]);

        Assert.Equal(["peer-1/dml/cross-entropy", "peer-1/dml/mutual"], terms.Select(term => term.FullName.ToString()));
        Assert.Equal([1, expected], terms.Select(term => term.Weight));
    }

    [Fact]
    public void Parts_can_use_different_experts()
    {
        using Expert own = FirstStep.Expert("wrn-10-1"), other = new(FirstStep.Build("wrn-10-1", 300), FirstStep.Plain, FirstStep.Plain);
        using var student = FirstStep.Build("wrn-10-1");
        var options = new CombinationOptions
        {
            Parts = [new() { Method = new MseLogitsOptions() },
                new() { Method = new MseLogitsOptions(), Name = "second", Expert = "other" }],
        };
        Assert.Equal((true, "other"), (options.NeedsExpert, Assert.Single(options.NeedsOtherExperts)));
        var method = options.CreateMethod(new MethodContext(FirstStep.Shape, 10, own, spec => FirstStep.Build(spec.Architecture))
        {
            OtherExperts = new Dictionary<string, Expert> { ["other"] = other },
        });
        var output = student.call(_batch.Images);
        var terms = method.Teach(_batch).Learn(method.Enrolled(student), output);

        double[] expected = [.. new[] { own, other }.Select(expert =>
            MseLogits.Distance(output.Logits, expert.Forward(_batch.Images).Logits).ToDouble())];
        Tensors.AssertNear(expected, [.. terms.Select(term => term.Value.ToDouble())], 1e-12, "logits");
        Assert.NotEqual(expected[0], expected[1], 1e-6);
    }
}
