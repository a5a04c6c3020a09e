using Pupil.Training;

namespace Pupil.Tests.Training;

public sealed class NonFiniteLossTests
{
    [Theory]
    [InlineData(1, 1, double.NaN)]
    [InlineData(1, 3, double.PositiveInfinity)]
    [InlineData(2, 2, double.NegativeInfinity)]
    public void The_step_with_a_non_finite_term_is_not_made_and_the_error_gives_its_position(int epoch, int step, double value)
    {
        int calls = (epoch - 1) * TinyTraining.Steps + step;
        using var training = new TinyTraining { Instead = new Spoiler(value, calls) }.Start();
        var records = training.Trainer.Run().GetEnumerator();
        var before = training.Snapshot();
        var error = Assert.Throws<NonFiniteLossException>(() =>
        {
            while (records.MoveNext())
                before = training.Snapshot();
        });
        Assert.Equal((epoch, step, "student/spoilt"), (error.Epoch, error.Step, error.Term));
        Assert.Contains($"epoch {epoch}, step {step}: term 'student/spoilt' is {value}", error.Message);
        Assert.Contains("training.optimizer.learningRate", error.Message);
        Assert.Equal((epoch, step - 1), (training.Trainer.State.Epoch, training.Trainer.State.StepsDone));
        var weights = training.Network().named_parameters().Select(entry => $"student/{entry.name}").ToHashSet();
        Assert.All(training.Snapshot()
            .Where(entry => weights.Contains(entry.Key) || entry.Key.StartsWith("velocity", StringComparison.Ordinal)),
            entry => Assert.Equal(before[entry.Key], entry.Value));
    }

    [Fact]
    public void A_learning_rate_far_too_high_gives_an_error()
    {
        var options = new TinyTraining().Options with
        {
            Epochs = 100,
            TestEvery = 0,
            Optimizer = new SgdOptions { LearningRate = 1e3, WeightDecay = 0.5 },
            Schedule = new MultiStepSchedule { Milestones = [] },
        };
        using var training = new TinyTraining { Options = options }.Start();
        var error = Assert.Throws<NonFiniteLossException>(() => training.Trainer.Run().OfType<StepRecord>().Count());
        Assert.StartsWith("student/cross-entropy", error.Term); // of a step, or of the evaluation after it
        Assert.Contains("1000", error.Message);
    }
}
