using Pupil.Distillation.Methods;
using Pupil.Training;

namespace Pupil.Tests.Training;

/// <summary>Nine held-out images allow at most ten improvements, so that twelve epochs always see an epoch without one.</summary>
public sealed class EarlyStoppingTests
{
    private const int Epochs = 12;

    [Theory]
    [InlineData(1, 0, 0)]
    [InlineData(1, 7, 0)]
    [InlineData(2, 0, 0)]
    [InlineData(1, 0, 3)]
    public void A_training_ends_once_no_student_has_improved_for_the_epochs_of_patience(int patience, int minEpochs, int seed)
    {
        var tiny = Tiny(seed) with { Students = [("one", "wrn-10-1"), ("two", "resnet-8")] };
        var (expected, found) = Compare(tiny, new() { Patience = patience, MinEpochs = minEpochs }, ["one", "two"]);
        Assert.Equal(expected, found);
        Assert.True(patience > 1 || found < Epochs);
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(1)]
    public void A_training_does_not_end_before_every_student_has_reached_a_score(double minScore)
    {
        var tiny = Tiny(0) with { Students = [("one", "wrn-10-1"), ("two", "resnet-8")] };
        var (expected, found) = Compare(tiny, new() { Patience = 1, MinScore = minScore }, ["one", "two"]);
        Assert.Equal(expected, found);
        // Nine images are never all right so early.
        Assert.True(minScore < 1 || found > Compare(tiny, new() { Patience = 1 }, ["one", "two"]).Found);
    }

    [Fact]
    public void A_student_without_a_teacher_does_not_prolong_the_training()
    {
        for (int seed = 0; seed < 3; seed++)
        {
            var tiny = Tiny(seed) with { Method = TinyTraining.Ctkd, Controls = [("alone", "resnet-8")] };
            var (expected, found) = Compare(tiny, new() { Patience = 1 }, ["student"]);
            Assert.Equal(expected, found);
        }
    }

    [Fact]
    public void The_last_epoch_is_tested_and_a_resumed_training_ends_there_too()
    {
        var tiny = Tiny(0);
        tiny = tiny with { Options = tiny.Options with { EarlyStopping = new() { Patience = 1 }, TestEvery = 0 } };
        using var folder = new TemporaryFolder();
        using var uninterrupted = tiny.Start();
        var expected = uninterrupted.Trainer.Run().ToList();
        Assert.True(uninterrupted.Trainer.HasStoppedEarly && uninterrupted.Trainer.IsDone);
        Assert.NotEmpty(((EpochRecord)expected[^1]).Test);
        Assert.All(expected.OfType<EpochRecord>().SkipLast(1), epoch => Assert.Empty(epoch.Test));
        foreach (int done in new[] { 1, expected.Count - 5, expected.Count - 1, expected.Count })
        {
            string path = folder[$"{done}.safetensors"];
            using (var stopped = tiny.Start())
            {
                stopped.Go(done);
                Assert.Equal(done == expected.Count, stopped.Trainer.IsDone);
                Checkpoint.Write(path, stopped.Trainer, new Dictionary<string, string>());
            }
            using var resumed = tiny.Start();
            Checkpoint.Read(path, resumed.Trainer);
            Assert.Equal(expected.Skip(done).Select(TinyTraining.Timeless), resumed.Trainer.Run().Select(TinyTraining.Timeless));
            Assert.Equal(uninterrupted.Snapshot(), resumed.Snapshot());
        }
    }

    [Fact]
    public void The_epochs_of_a_method_s_own_phase_do_not_count()
    {
        var tiny = Tiny(0) with { Method = new FitNetsOptions { PreliminaryEpochs = 3 } };
        tiny = tiny with { Options = tiny.Options with { EarlyStopping = new() { Patience = 1, MinEpochs = 2 } } };
        using var training = tiny.Start();
        int epochs = training.Trainer.Run().OfType<EpochRecord>().Count();
        Assert.InRange(epochs, 3 + 2, 3 + Epochs - 1);
    }

    [Fact]
    public void Without_held_out_images_it_is_refused()
    {
        var tiny = new TinyTraining();
        using var network = tiny.Build("wrn-10-1", "student");
        var error = Assert.Throws<UserErrorException>(() => new Trainer(
            [new Classroom(new Supervised(new SupervisedOptions()), [new("student", network)])],
            tiny.Data() with { HeldOut = null }, tiny.Options with { EarlyStopping = new() }, 0));
        Assert.Contains("training.earlyStopping", error.Message);
        Assert.Contains("data.heldOut", error.Message);
    }

    private static TinyTraining Tiny(int seed) =>
        new() { Seed = seed, Options = new TinyTraining().Options with { Epochs = Epochs, Schedule = new CosineSchedule() } };

    // The epochs by the rule, applied to a training that does not stop, and those found. The records of both are equal.
    private static (int Expected, int Found) Compare(TinyTraining tiny, EarlyStoppingOptions options, string[] watched)
    {
        using var whole = tiny.Start();
        var all = whole.Trainer.Run().ToList();
        var epochs = all.OfType<EpochRecord>().ToList();
        int last = Enumerable.Range(1, Epochs).FirstOrDefault(epoch => epoch >= options.MinEpochs
            && watched.All(name => epochs.Take(epoch).Max(each => each.HeldOut[name].Top1) >= options.MinScore)
            && Enumerable.Range(0, options.Patience).All(back =>
                epoch - back > 1 && watched.All(name => !epochs[epoch - back - 1].NewBest.Contains(name))), Epochs);
        using var training = (tiny with { Options = tiny.Options with { EarlyStopping = options } }).Start();
        var found = training.Trainer.Run().ToList();
        Assert.Equal(all.Take(found.Count).Select(WithoutClasses), found.Select(WithoutClasses));
        Assert.Equal(last < Epochs, training.Trainer.HasStoppedEarly);
        return (last, found.OfType<EpochRecord>().Count());
    }

    // Only the last epoch of a training has the accuracy of each class.
    private static string WithoutClasses(TrainingRecord record) => TinyTraining.Timeless(record is EpochRecord epoch
        ? epoch with { HeldOut = WithoutClasses(epoch.HeldOut), Test = WithoutClasses(epoch.Test) }
        : record);

    private static Dictionary<string, Accuracy> WithoutClasses(IReadOnlyDictionary<string, Accuracy> measured) =>
        measured.ToDictionary(entry => entry.Key, entry => entry.Value.WithoutClasses());
}
