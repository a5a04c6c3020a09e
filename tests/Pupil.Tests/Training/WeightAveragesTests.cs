using Pupil.Distillation.Methods;
using Pupil.Networks;
using Pupil.Training;

namespace Pupil.Tests.Training;

public sealed class WeightAveragesTests
{
    private static readonly TinyTraining Tiny = new()
    {
        Options = new TinyTraining().Options with { Averaging = new() { Decay = 0.4 } },
    };

    [Theory]
    [InlineData(0.4)] // reached in the third step
    [InlineData(0.9)] // not reached
    public void Weights_and_statistics_are_averaged_step_by_step(double decay)
    {
        using var training = (Tiny with { Options = Tiny.Options with { Averaging = new() { Decay = decay } } }).Start();
        var expected = Live(training).ToDictionary(entry => entry.Key, entry => entry.Value.Select(value => (double)value).ToArray());
        int steps = 0;
        foreach (var _ in training.Trainer.Run().OfType<StepRecord>())
        {
            steps++;
            double kept = Math.Min(decay, (1.0 + steps) / (10.0 + steps));
            foreach (var (name, values) in Live(training))
            {
                for (int i = 0; i < values.Length; i++)
                    expected[name][i] = kept * expected[name][i] + (1 - kept) * values[i];
            }
            var found = training.Trainer.Averages.ToDictionary(entry => entry.Key, entry => TinyTrainer.Values(entry.Value));
            Assert.Equal(expected.Keys.Order(), found.Keys.Order());
            foreach (var (name, values) in found)
                Assert.All(values.Zip(expected[name]), pair => Assert.Equal(pair.Second, pair.First, 1e-4 * (1 + Math.Abs(pair.Second))));
        }
        Assert.Equal(6, steps);
        Assert.Contains("student/classifier.weight", expected.Keys);
        Assert.Contains(expected.Keys, name => name.EndsWith("running_var", StringComparison.Ordinal));
    }

    [Fact]
    public void Losses_and_weights_are_those_without_averages()
    {
        using var plain = new TinyTraining { Method = TinyTraining.Ctkd }.Start();
        using var averaged = (Tiny with { Method = TinyTraining.Ctkd }).Start();
        var steps = plain.Trainer.Run().OfType<StepRecord>().Select(TinyTraining.Timeless);
        Assert.Equal(steps, averaged.Trainer.Run().OfType<StepRecord>().Select(TinyTraining.Timeless));
        Assert.Equal(plain.Snapshot(), averaged.Snapshot().Where(entry => !entry.Key.StartsWith("average", StringComparison.Ordinal)));
    }

    [Fact]
    public void Accuracies_are_those_of_the_averages()
    {
        using var training = (Tiny with { Method = TinyTraining.Ctkd }).Start();
        var data = Tiny.Data();
        foreach (var epoch in training.Trainer.Run().OfType<EpochRecord>())
        {
            foreach (string name in new[] { "student", "scratch-teacher" })
            {
                var live = Evaluation.Measure(training.Network(name), data.HeldOut!);
                using (training.Trainer.WithKeptWeights())
                {
                    Assert.Equal(Evaluation.Measure(training.Network(name), data.HeldOut!).WithoutClasses(),
                        epoch.HeldOut[name].WithoutClasses());
                    Assert.Equal(Evaluation.Measure(training.Network(name), data.Test).WithoutClasses(), epoch.Test[name].WithoutClasses());
                }
                Assert.NotEqual(live.CrossEntropy, epoch.HeldOut[name].CrossEntropy);
                Assert.Equal(live, Evaluation.Measure(training.Network(name), data.HeldOut!));
            }
        }
    }

    [Fact]
    public void An_exchange_is_undone_bit_by_bit_and_a_shared_layer_is_exchanged_once()
    {
        using var training = (Tiny with
        {
            Method = new RocketOptions { Booster = new() { Architecture = "wrn-16-1" }, Sharing = LayerSharing.Interval },
        }).Start();
        training.Go(2);
        var before = training.Snapshot();
        using (training.Trainer.WithKeptWeights())
        {
            var exchanged = training.Snapshot();
            Assert.All(before, entry => Assert.True(IsKept(entry.Key) == (exchanged[entry.Key] == entry.Value), entry.Key));
            Assert.Throws<InvalidOperationException>(() => training.Trainer.WithKeptWeights());
        }
        Assert.Equal(before, training.Snapshot());

        static bool IsKept(string name) => name.StartsWith("velocity", StringComparison.Ordinal);
    }

    [Fact]
    public void Without_averaging_nothing_is_exchanged()
    {
        using var training = new TinyTraining().Start();
        Assert.Null(training.Trainer.WithKeptWeights());
        Assert.Empty(training.Trainer.Averages);
    }

    private static Dictionary<string, float[]> Live(TinyTrainer training) => training.Trainer.Networks
        .SelectMany(network => network.Network.State().Select(entry => (Name: $"{network.Name}/{entry.Key}", entry.Value)))
        .ToDictionary(entry => entry.Name, entry => TinyTrainer.Values(entry.Value));
}
