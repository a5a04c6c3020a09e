using Pupil.Distillation;
using Pupil.Distillation.Methods;
using TorchSharp;
using static TorchSharp.torch;

namespace Pupil.Tests.Distillation.Methods;

public sealed class CombinationTests : IDisposable
{
    private static readonly CombinationOptions Both = new()
    {
        Parts = [new() { Method = new DecoupledDistillationOptions(), Weight = 0.5 }, new() { Method = new AttentionTransferOptions(), Name = "where" }],
    };

    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly Pupil.Data.Batch _batch = Classroom.Batch();

    public void Dispose() => _scope.Dispose();

    [Theory]
    [InlineData(20, null, 0, "cross-entropy 1, dkd/target-class 8, dkd/other-classes 64, where/attention 1000")]
    [InlineData(20, 0.3, 0, "cross-entropy 0.3, dkd/target-class 8, dkd/other-classes 64, where/attention 1000")]
    [InlineData(5, null, 0, "cross-entropy 1, dkd/target-class 2, dkd/other-classes 16, where/attention 1000")]
    [InlineData(5, null, 10, "cross-entropy 1, dkd/target-class 1, dkd/other-classes 8, where/attention 500")]
    public void Terms_are_named_and_weighted_by_part_and_the_labels_count_once(int epoch, double? labels, int warmUp, string expected)
    {
        using var expert = Classroom.Expert("wrn-10-1");
        using var student = Classroom.Build("wrn-10-1");
        var answer = student.call(_batch.Images);
        var moment = new Moment(epoch, 0, 1, 240);
        var method = Classroom.Create(Both with { LabelWeight = labels, WarmUpEpochs = warmUp }, expert);
        var terms = method.Loss(method.Teach(_batch, moment), _batch, moment, method.Enrolled(student), answer);

        TermWeights.Assert(expected, TermWeights.Of(terms));
        var alone = Both.Parts.SelectMany(part => Classroom.Create(part.Method, expert).Teach(_batch, moment).Learn(new Learner("student", student), answer));
        Tensors.AssertNear([.. alone.Select(term => term.Value.ToDouble())], [.. terms.Skip(1).Select(term => term.Value.ToDouble())], 1e-12, "values");
    }

    [Fact]
    public void Parts_keep_what_is_beside_the_student_apart()
    {
        using var expert = Classroom.Expert("wrn-10-1");
        using var student = Classroom.Build("wrn-10-1");
        var options = new CombinationOptions
        {
            Parts = [new() { Method = new FitNetsOptions() }, new() { Method = new FitNetsOptions { Stage = "stage3" }, Name = "deep" }],
        };
        var method = Classroom.Create(options, expert);
        using var learner = method.Enrolled(student);
        Assert.Equal(["deep.regressor", "fitnets.regressor"], learner.Modules.Keys.Order());

        var terms = method.Teach(_batch).Learn(learner, student.call(_batch.Images));
        Assert.Equal(["fitnets/hint", "deep/hint"], terms.Select(term => term.Name));
        terms[1].Value.backward();
        Assert.All(learner.Modules["deep.regressor"].parameters(), weight => Assert.NotNull(weight.grad));
        Assert.All(learner.Modules["fitnets.regressor"].parameters(), weight => Assert.Null(weight.grad));
    }

    [Fact]
    public void Only_parts_that_have_a_phase_before_the_training_teach_in_it()
    {
        using var expert = Classroom.Expert("wrn-10-1");
        using var student = Classroom.Build("wrn-10-1");
        var options = new CombinationOptions
        {
            Parts = [new() { Method = new FitNetsOptions { PreliminaryEpochs = 2 } }, new() { Method = new KnowledgeDistillationOptions() }],
        };
        var method = Classroom.Create(options, expert);
        using var learner = method.Enrolled(student);
        Assert.Equal(2, method.PreliminaryEpochs);
        Assert.Equal(["fitnets/hint"], Names(Classroom.Now with { IsPreliminary = true }));
        Assert.Equal(["cross-entropy", "kd/softened"], Names(Classroom.Now));

        IEnumerable<string> Names(Moment moment) =>
            method.Loss(method.Teach(_batch, moment), _batch, moment, learner, student.call(_batch.Images)).Select(term => term.Name);
    }

    [Fact]
    public void The_expert_is_asked_once_a_batch()
    {
        var sketch = new Sketch((16, 8), (32, 4), (64, 2));
        using var expert = new Expert(sketch, Classroom.Plain, Classroom.Plain);
        var method = Classroom.Create(Both, expert);
        int before = sketch.Asked;
        method.Teach(_batch);
        Assert.Equal(1, sketch.Asked - before);
        method.Teach(Classroom.Batch());
        Assert.Equal(2, sketch.Asked - before);
    }

    [Fact]
    public void An_answer_is_repeated_for_its_batch_alone_and_only_while_it_lives()
    {
        using var expert = new Expert(new Sketch((3, 2)), Classroom.Plain, Classroom.Plain);
        var images = zeros(2, 3, 8, 8);
        using (NewDisposeScope())
        {
            var answer = expert.Ask(images);
            Assert.Same(answer, expert.Ask(images));
            Assert.NotSame(answer, expert.Ask(zeros(2, 3, 8, 8)));
        }
        using (NewDisposeScope())
            expert.Ask(images);
        Assert.Equal(0, expert.Ask(images).Stages[0].Map.sum().ToDouble());
    }

    [Fact]
    public void Parts_can_ask_different_experts()
    {
        using Expert own = Classroom.Expert("wrn-10-1"), other = new(Classroom.Build("wrn-10-1", 300), Classroom.Plain, Classroom.Plain);
        using var student = Classroom.Build("wrn-10-1");
        var options = new CombinationOptions
        {
            Parts = [new() { Method = new LogitRegressionOptions() }, new() { Method = new LogitRegressionOptions(), Name = "second", Expert = "other" }],
        };
        Assert.Equal((true, "other"), (options.NeedsExpert, Assert.Single(options.NeedsOtherExperts)));
        var method = options.Create(new MethodSetting(Classroom.Input, 10, own, spec => Classroom.Build(spec.Architecture))
        {
            OtherExperts = new Dictionary<string, Expert> { ["other"] = other },
        });
        var answer = student.call(_batch.Images);
        var terms = method.Teach(_batch).Learn(method.Enrolled(student), answer);

        double[] expected = [.. new[] { own, other }.Select(expert => LogitRegression.Distance(answer.Logits, expert.Ask(_batch.Images).Logits).ToDouble())];
        Tensors.AssertNear(expected, [.. terms.Select(term => term.Value.ToDouble())], 1e-12, "logits");
        Assert.NotEqual(expected[0], expected[1], 1e-6);
    }
}
