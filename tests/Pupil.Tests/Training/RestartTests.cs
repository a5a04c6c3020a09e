using Pupil.Training;

namespace Pupil.Tests.Training;

public sealed class RestartTests
{
    private static readonly TrainingOptions Options = new TinyTraining().Options with
    {
        RestartOnDivergence = true,
        Averaging = new() { Decay = 0.5 },
    };

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void A_training_that_diverges_in_its_first_epoch_is_one_with_a_fifth_of_the_rate(int step)
    {
        using var restarted = new TinyTraining { Options = Options, Instead = new Spoiler(double.NaN, step) }.Start();
        var records = restarted.Go();
        var restart = Assert.IsType<RestartRecord>(records[step - 1]);
        Assert.Equal(0.01, restart.Rate, 12);
        Assert.Contains($"'student/spoilt' is NaN in step {step} of the first epoch", restart.Reason);
        AssertLowerRate(restarted, records.Skip(step));
    }

    [Fact]
    public void A_resumed_training_restarts_as_an_uninterrupted_one()
    {
        using var folder = new TemporaryFolder();
        using (var stopped = new TinyTraining { Options = Options, Instead = new Spoiler(0) }.Start())
        {
            stopped.Go(2);
            Checkpoint.Write(folder["checkpoint"], stopped.Trainer, new Dictionary<string, string>());
        }
        // The third step is the first that this process computes.
        using var resumed = new TinyTraining { Options = Options, Instead = new Spoiler(double.NaN, 1) }.Start();
        Checkpoint.Read(folder["checkpoint"], resumed.Trainer);
        var records = resumed.Go(2);
        Assert.IsType<RestartRecord>(records[0]);
        // The factor of the rate is a part of the checkpoint.
        Checkpoint.Write(folder["checkpoint"], resumed.Trainer, new Dictionary<string, string>());
        using var again = new TinyTraining { Options = Options, Instead = new Spoiler(0) }.Start();
        Checkpoint.Read(folder["checkpoint"], again.Trainer);
        AssertLowerRate(again, [records[1], .. again.Go()]);
    }

    [Theory]
    [InlineData(2, 5)] // once more in the first epoch of the second try: steps 3, 4, 5 of the method
    [InlineData(4)] // in the second epoch
    public void There_is_one_restart_and_only_in_the_first_epoch(params int[] steps)
    {
        using var training = new TinyTraining { Options = Options, Instead = new Spoiler(double.NaN, steps) }.Start();
        Assert.Throws<NonFiniteLossException>(() => training.Go());
    }

    [Fact]
    public void A_loss_far_above_that_of_guessing_counts_as_divergence()
    {
        var options = Options with
        {
            Optimizer = new SgdOptions { LearningRate = 300 },
            Schedule = new MultiStepSchedule { Milestones = [] },
        };
        using var training = new TinyTraining { Options = options }.Start();
        var restart = training.Trainer.Run().OfType<RestartRecord>().First();
        Assert.Equal(60, restart.Rate, 9);
        Assert.Contains("cross-entropy", restart.Reason);
        Assert.Equal((1, 0), (training.Trainer.State.Epoch, training.Trainer.State.StepsDone));
    }

    private static void AssertLowerRate(TinyTrainer found, IEnumerable<TrainingRecord> records)
    {
        var options = Options with { Optimizer = new SgdOptions { LearningRate = 0.2 * 0.05 } };
        using var lower = new TinyTraining { Options = options, Instead = new Spoiler(0) }.Start();
        Assert.Equal(lower.Go().Select(TinyTraining.Timeless), records.Select(TinyTraining.Timeless));
        Assert.Equal(lower.Snapshot(), found.Snapshot());
    }
}
