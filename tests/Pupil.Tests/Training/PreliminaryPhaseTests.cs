using Pupil.Distillation.Methods;
using Pupil.Training;

namespace Pupil.Tests.Training;

/// <summary>Epochs before the main training, as in the FitNets paper.</summary>
public sealed class PreliminaryPhaseTests
{
    private const int Record = TinyTraining.Steps + 1; // records of an epoch: its steps, and the epoch

    private static readonly TinyTraining Phased = new()
    {
        Method = new FitNetsOptions { PreliminaryEpochs = 2 },
        Controls = [("control", "wrn-10-1")],
    };

    [Fact]
    public void The_loss_has_the_hint_alone_and_then_the_labels_alone()
    {
        using var training = Phased.Start();
        var records = training.Go();

        Assert.Equal((2, 4, 4 * Record), (training.Trainer.PreliminaryEpochs, training.Trainer.Epochs, records.Count));
        var epochs = records.OfType<EpochRecord>().ToList();
        Assert.Equal([1, 2, 3, 4], epochs.Select(epoch => epoch.Epoch));
        Assert.All(epochs.Take(2), epoch => Assert.Equal(["student/hint"], epoch.TermNames()));
        Assert.All(epochs.Skip(2), epoch => Assert.Equal(["control/cross-entropy", "student/cross-entropy"], epoch.TermNames()));
    }

    [Fact]
    public void Nothing_is_measured_before_the_main_training()
    {
        using var training = Phased.Start();
        var epochs = training.Go().OfType<EpochRecord>().ToList();

        Assert.All(epochs.Take(2), epoch => Assert.Equal((0, 0, 0), (epoch.HeldOut.Count, epoch.Test.Count, epoch.NewBest.Count)));
        Assert.All(epochs.Skip(2), epoch => Assert.Equal((2, 2), (epoch.HeldOut.Count, epoch.Test.Count)));
        Assert.Equal(["control", "student"], epochs[2].NewBest.Order());
    }

    [Fact]
    public void The_main_training_has_the_rates_of_a_training_without_preliminary_phase()
    {
        var cosine = Phased with { Options = Phased.Options with { Schedule = new CosineSchedule { WarmUpEpochs = 1 } } };
        using var with = cosine.Start();
        using var without = (cosine with { Method = new FitNetsOptions() }).Start();
        var rates = Rates(with);

        Assert.Equal(Enumerable.Repeat(0.05, 2 * Record), rates.Take(2 * Record));
        Assert.Equal(Rates(without), rates.Skip(2 * Record));

        static List<double> Rates(TinyTrainer training) =>
            [.. training.Go().Select(record => record is EpochRecord epoch ? epoch.Rate : ((StepRecord)record).Rate)];
    }

    [Fact]
    public void Only_weights_with_a_gradient_of_the_hint_change_meanwhile()
    {
        using var training = Phased.Start();
        var start = training.Snapshot();
        training.Go(2 * Record);
        var moved = training.Snapshot().Where(entry => entry.Value != start[entry.Key]).Select(entry => entry.Key).ToList();

        Assert.Contains("student/stem.weight", moved);
        Assert.Contains("student+regressor/convolution.weight", moved);
        Assert.DoesNotContain(moved, name => name.StartsWith("control/", StringComparison.Ordinal));
        Assert.DoesNotContain(moved, name => name.Contains("classifier", StringComparison.Ordinal));
    }

    [Fact]
    public void Velocities_are_reset_after_it_and_the_regressor_is_unchanged()
    {
        using var training = Phased.Start();
        training.Go(2 * Record);
        var before = training.Snapshot();
        training.Go(2);
        var after = training.Snapshot();

        const string Regressor = "student+regressor/convolution.weight";
        Assert.NotEqual(before[$"velocity/{Regressor}"], after[$"velocity/{Regressor}"]);
        var velocity = training.Trainer.OptimizerState.Single(entry => entry.Key == $"velocity/{Regressor}").Value;
        Assert.All(TinyTrainer.Values(velocity), value => Assert.Equal(0, value));
        Assert.Equal(before[Regressor], after[Regressor]);
        Assert.NotEqual(before["student/stem.weight"], after["student/stem.weight"]);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(Record)]
    [InlineData(2 * Record - 1)]
    [InlineData(2 * Record)]
    [InlineData(2 * Record + 2)]
    public void A_training_resumed_in_it_equals_an_uninterrupted_one(int done)
    {
        using var folder = new TemporaryFolder();
        using var whole = Phased.Start();
        var expected = whole.Trainer.Run().Select(TinyTraining.Timeless).ToList();
        using (var stopped = Phased.Start())
        {
            stopped.Go(done);
            Checkpoint.Write(folder["checkpoint"], stopped.Trainer, new Dictionary<string, string>());
        }
        using var resumed = Phased.Start();
        Checkpoint.Read(folder["checkpoint"], resumed.Trainer);

        Assert.Equal(expected.Skip(done), resumed.Trainer.Run().Select(TinyTraining.Timeless));
        Assert.Equal(whole.Snapshot(), resumed.Snapshot());
    }
}
