using Pupil.Distillation;
using Pupil.Distillation.Equations;
using Pupil.Distillation.Methods;
using Pupil.Images;
using Pupil.Images.Loading;
using Pupil.Tests.Images;
using Pupil.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Pupil.Tests.Training;

public sealed class TrainerTests
{
    [Fact]
    public void Every_step_and_every_epoch_is_recorded_in_order()
    {
        using var training = new TinyTraining().Start();
        var records = training.Trainer.Run().ToList();
        Assert.Equal(["1.1", "1.2", "1.3", "1", "2.1", "2.2", "2.3", "2"], records.Select(record => record switch
        {
            StepRecord step => $"{step.Epoch}.{step.Step}",
            EpochRecord epoch => $"{epoch.Epoch}",
            _ => "?",
        }));
        Assert.All(records.OfType<StepRecord>(), step => Assert.Equal(TinyTraining.Steps, step.Steps));
        Assert.All(records.OfType<StepRecord>(), step => Assert.Equal(step.Epoch == 1 ? 0.05 : 0.025, step.Rate, 1e-15));
        Assert.Equal([0.05, 0.025], records.OfType<EpochRecord>().Select(epoch => epoch.Rate));
        Assert.All(records.OfType<EpochRecord>(), epoch =>
            Assert.True(epoch.ImagesPerSecond > 0 && epoch.TrainingSeconds > 0 && epoch.EvaluationSeconds > 0));
    }

    [Fact]
    public void The_rate_follows_the_schedule_step_by_step()
    {
        var schedule = new CosineSchedule { WarmUpEpochs = 1, FinalFactor = 0.01 };
        var options = new TinyTraining().Options with { Schedule = schedule };
        using var training = new TinyTraining { Options = options }.Start();
        var rates = training.Trainer.Run().OfType<StepRecord>().Select(step => step.Rate);
        var expected = from epoch in Enumerable.Range(1, 2)
                       from step in Enumerable.Range(0, 3)
                       select 0.05 * schedule.Factor(epoch, step, 3, 2);
        Assert.Equal(expected, rates);
    }

    [Fact]
    public void An_epoch_s_terms_weigh_every_image_alike_the_short_last_batch_s_too()
    {
        var listener = new ListeningMethod();
        using var training = new TinyTraining { Instead = listener }.Start();
        foreach (var record in training.Trainer.Run())
        {
            double expected = listener.Heard.Sum(heard => heard.Value * heard.Images) / listener.Heard.Sum(heard => heard.Images);
            var terms = record is EpochRecord epoch ? epoch.Terms : ((StepRecord)record).Terms;
            Assert.Equal(expected, terms.Single(term => term.Key.ToString() == "student/cross-entropy").Value, 1e-12);
            if (record is not EpochRecord)
                continue;
            Assert.Equal([8, 8, 4], listener.Heard.Select(heard => heard.Images));
            Assert.NotEqual(expected, listener.Heard.Average(heard => heard.Value), 1e-6);
            listener.Heard.Clear();
        }
    }

    [Fact]
    public void Terms_are_recorded_by_network_and_before_their_weight()
    {
        using var one = new TinyTraining { Method = TinyTraining.Ctkd }.Start();
        using var other = new TinyTraining { Method = TinyTraining.Ctkd with { Gamma = 0, Beta = 0 } }.Start();
        var terms = one.Trainer.Run().OfType<StepRecord>().First().Terms;
        Assert.Equal(["scratch-teacher/cross-entropy", "student/attention", "student/cross-entropy", "student/path"],
            terms.Keys.Select(name => name.ToString()).Order(StringComparer.Ordinal));
        Assert.Equal(terms, other.Trainer.Run().OfType<StepRecord>().First().Terms);
    }

    [Theory]
    [InlineData(0, new[] { 5 })]
    [InlineData(1, new[] { 1, 2, 3, 4, 5 })]
    [InlineData(2, new[] { 2, 4, 5 })]
    [InlineData(9, new[] { 5 })]
    public void The_test_split_is_measured_at_the_interval_and_at_the_end(int every, int[] expected)
    {
        var options = new TinyTraining().Options with { Epochs = 5, TestEvery = every };
        using var training = new TinyTraining { Options = options }.Start();
        var epochs = training.Trainer.Run().OfType<EpochRecord>().ToList();
        Assert.Equal(expected, epochs.Where(epoch => epoch.Test.Count > 0).Select(epoch => epoch.Epoch));
        Assert.All(epochs, epoch => Assert.Equal(["student"], epoch.HeldOut.Keys));
    }

    [Fact]
    public void Accuracies_are_those_of_the_weights_after_the_epoch()
    {
        using var training = new TinyTraining { Method = TinyTraining.Ctkd }.Start();
        var data = new TinyTraining().Data();
        foreach (var epoch in training.Trainer.Run().OfType<EpochRecord>())
        {
            foreach (string name in new[] { "student", "scratch-teacher" })
            {
                var (heldOut, test) =
                    (Evaluation.Measure(training.Network(name), data.HeldOut!), Evaluation.Measure(training.Network(name), data.Test));
                bool isLast = epoch.Epoch == 2;
                Assert.Equal(isLast ? heldOut : heldOut.WithoutClasses(), epoch.HeldOut[name]);
                Assert.Equal(isLast ? test : test.WithoutClasses(), epoch.Test[name]);
            }
        }
    }

    [Fact]
    public void The_best_epoch_is_the_first_of_the_best_held_out_ones()
    {
        var options = new TinyTraining().Options with { Epochs = 12 };
        using var training = new TinyTraining { Options = options }.Start();
        var epochs = training.Trainer.Run().OfType<EpochRecord>().ToList();
        double best = -1;
        foreach (var epoch in epochs)
        {
            bool better = epoch.HeldOut["student"].Top1 > best;
            Assert.Equal(better ? ["student"] : [], epoch.NewBest);
            best = Math.Max(best, epoch.HeldOut["student"].Top1);
        }
        Assert.Equal(new BestEpoch(epochs.First(epoch => epoch.HeldOut["student"].Top1 == best).Epoch, best),
            training.Trainer.State.Best["student"]);
        Assert.InRange(epochs.Count(epoch => epoch.NewBest.Count > 0), 1, 11);
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(1)]
    [InlineData(10)]
    public void A_later_epoch_is_selected_if_its_score_is_hardly_lower(double within)
    {
        var options = new TinyTraining().Options with { Epochs = 12, SelectWithin = within };
        using var training = new TinyTraining { Options = options }.Start();
        double highest = -1;
        int selected = 0;
        foreach (var record in training.Trainer.Run().OfType<EpochRecord>())
        {
            var (score, images) = (record.HeldOut["student"].Top1, record.HeldOut["student"].Images);
            if (score > highest || score >= highest - within * Math.Sqrt(highest * (1 - highest) / images))
                selected = record.Epoch;
            highest = Math.Max(highest, score);
            Assert.Equal(selected == record.Epoch, record.NewBest.Contains("student"));
        }
        Assert.Equal((selected, highest), (training.Trainer.State.Best["student"].Epoch, training.Trainer.State.Best["student"].Highest));
    }

    [Fact]
    public void The_highest_score_stays_the_measure_of_later_ones()
    {
        // The standard error of 80 % of 100 images is 4 points.
        BestEpoch? best = null;
        (int, double, int)[] epochs = [(1, 0.7, 1), (2, 0.8, 2), (3, 0.77, 3), (4, 0.75, 3), (5, 0.765, 5), (6, 0.81, 6)];
        foreach (var (epoch, score, selected) in epochs)
        {
            best = BestEpoch.Next(best, epoch, score, images: 100, within: 1);
            Assert.Equal(selected, best.Epoch);
        }
        Assert.Equal((6, 0.81), (best!.HighestEpoch, best.Highest));
        Assert.Equal(2, BestEpoch.Next(new BestEpoch(2, 0.8), 3, 0.8, images: 100, within: 0).Epoch);
    }

    [Fact]
    public void The_selected_epoch_of_an_older_checkpoint_has_the_highest_score()
    {
        var state = Checkpoint.ReadState("old", """{ "Epoch": 5, "Best": { "student": { "Epoch": 3, "Top1": 0.5 } } }""");
        Assert.Null(state.FaultFor(epochs: 9, steps: 2));
        Assert.Equal((3, 0.5), (state.Best["student"].HighestEpoch, state.Best["student"].Highest));
    }

    [Fact]
    public void Balanced_accuracy_selects_the_best_epoch_if_asked()
    {
        var tiny = new TinyTraining();
        var uneven = Batches.ForEvaluation(
            ImageSubset.All(TinyImages.Labelled([0, 0, 0, 0, 0, 0, 1, 1, 2, 0, 0, 1, 0], seed: 4)), 5, TinyTraining.Normalization, CPU);
        var options = tiny.Options with { Epochs = 8, SelectBy = SelectionScore.BalancedAccuracy };
        using var network = tiny.Build("wrn-10-1", "student");
        using var trainer = new Trainer([new Classroom(new Supervised(new SupervisedOptions()), [new("student", network)])],
            tiny.Data() with { HeldOut = uneven }, options, 0);
        double best = -1;
        foreach (var epoch in trainer.Run().OfType<EpochRecord>())
        {
            double balanced = epoch.HeldOut["student"].Balanced!.Value;
            Assert.Equal(balanced > best, epoch.NewBest.Count == 1);
            best = Math.Max(best, balanced);
        }
        Assert.Equal(best, trainer.State.Best["student"].Score);
    }

    [Fact]
    public void Without_a_held_out_part_there_is_no_best_epoch()
    {
        var tiny = new TinyTraining();
        using var network = tiny.Build("wrn-10-1", "student");
        using var trainer = new Trainer([new Classroom(new Supervised(new SupervisedOptions()), [new("student", network)])],
            tiny.Data() with { HeldOut = null }, tiny.Options, 0);
        Assert.All(trainer.Run().OfType<EpochRecord>(), epoch => Assert.True(epoch.HeldOut.Count == 0 && epoch.NewBest.Count == 0));
        Assert.Empty(trainer.State.Best);
    }

    [Fact]
    public void Two_trainings_of_one_seed_are_equal_bit_for_bit()
    {
        var tiny = new TinyTraining { Method = TinyTraining.Ctkd, Dropout = 0.3, Seed = 5 };
        using var one = tiny.Start();
        var first = one.Trainer.Run().Select(TinyTraining.Timeless).ToList();
        using var two = tiny.Start();
        Assert.Equal(first, two.Trainer.Run().Select(TinyTraining.Timeless));
        Assert.Equal(one.Snapshot(), two.Snapshot());
        using var other = (tiny with { Seed = 6 }).Start();
        Assert.NotEqual(first, other.Trainer.Run().Select(TinyTraining.Timeless));
    }

    [Fact]
    public void A_training_that_is_done_has_nothing_more_to_do()
    {
        using var training = new TinyTraining().Start();
        Assert.Equal(8, training.Trainer.Run().Count());
        Assert.Empty(training.Trainer.Run());
    }

    [Fact]
    public void Students_that_the_method_cannot_teach_are_refused_at_once()
    {
        var method = new ListeningMethod { Refuses = true };
        Assert.Throws<UserErrorException>(() => new TinyTraining { Instead = method }.Start());
    }

    /// <summary>The supervised method, with every value stored.</summary>
    private sealed class ListeningMethod() : Method(new SupervisedOptions())
    {
        public List<(double Value, int Images)> Heard { get; } = [];

        public bool Refuses { get; init; }

        public override void Enrol(Learner student)
        {
            if (Refuses)
                throw new UserErrorException("not this one");
        }

        public override Lesson Teach(StepInput step) => Lesson.FromTerms((_, output) =>
        {
            Heard.Add((CrossEntropy.WithTarget(output.Logits, step.Batch.Target)!.detach().ToDouble(), step.Batch.Count));
            return [];
        });
    }
}
