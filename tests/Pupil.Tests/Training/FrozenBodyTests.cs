using Pupil.Interop.Pretrained;
using Pupil.Training;

namespace Pupil.Tests.Training;

public sealed class FrozenBodyTests
{
    private const int Epochs = 3;
    private static readonly WeightsOrigin Origin = new("file", "", 0, 0) { New = ["classifier.weight", "classifier.bias"] };

    private static readonly TinyTraining Training = new()
    {
        Options = new TinyTraining().Options with { Epochs = Epochs, Averaging = new() { Decay = 0.5 } },
        Body = new PretrainedBody(Origin, 0.1, FrozenEpochs: 1),
    };

    [Theory]
    [InlineData("wrn-10-1")]
    [InlineData("mobilenet-v2-0.25")]
    public void A_frozen_body_keeps_every_bit_and_is_trained_afterwards(string architecture)
    {
        using var training = (Training with { Students = [("student", architecture)] }).Start();
        var start = training.Snapshot();
        training.Go(TinyTraining.Steps);
        var frozen = training.Snapshot();
        string[] body = [.. start.Keys.Where(IsBody)];
        Assert.Contains("student/stage1.0." + (architecture[0] == 'w' ? "norm1" : "projection.norm") + ".running_mean", body);
        Assert.Equal(body.Select(name => start[name]), body.Select(name => frozen[name]));
        Assert.All(start.Keys.Where(name => name.Contains("classifier")), name => Assert.NotEqual(start[name], frozen[name]));
        training.Go(TinyTraining.Steps + 1);
        var trained = training.Snapshot();
        Assert.All(body.Where(name => !name.StartsWith("steps", StringComparison.Ordinal)),
            name => Assert.NotEqual(start[name], trained[name]));
    }

    [Theory]
    [InlineData("sgd", 2)] // in the frozen epoch
    [InlineData("sgd", TinyTraining.Steps + 1)] // after it
    [InlineData("sgd", TinyTraining.Steps + 3)]
    [InlineData("adamw", 1)]
    [InlineData("adamw", TinyTraining.Steps + 3)]
    public void A_resumed_training_is_one_without_a_stop(string optimizer, int records)
    {
        var training = Training with
        {
            Options = Training.Options with { Optimizer = optimizer == "sgd" ? new SgdOptions() : new AdamWOptions() },
            Body = Training.Body! with { FrozenEpochs = 1 },
        };
        using var folder = new TemporaryFolder();
        using var whole = training.Start();
        var expected = whole.Go();
        using (var stopped = training.Start())
        {
            stopped.Go(records);
            Checkpoint.Write(folder["checkpoint"], stopped.Trainer, new Dictionary<string, string>());
        }
        using var resumed = training.Start();
        Checkpoint.Read(folder["checkpoint"], resumed.Trainer);
        Assert.Equal(expected.Skip(records).Select(TinyTraining.Timeless), resumed.Go().Select(TinyTraining.Timeless));
        Assert.Equal(whole.Snapshot(), resumed.Snapshot());
    }

    [Fact]
    public void A_training_that_diverges_starts_anew_with_a_frozen_body()
    {
        var options = Training.Options with { RestartOnDivergence = true };
        using var restarted = (Training with { Options = options, Instead = new Spoiler(double.NaN, 2) }).Start();
        var records = restarted.Go();
        Assert.IsType<RestartRecord>(records[1]);
        options = options with { Optimizer = new SgdOptions { LearningRate = 0.2 * 0.05 } };
        using var lower = (Training with { Options = options, Instead = new Spoiler(0) }).Start();
        Assert.Equal(lower.Go().Select(TinyTraining.Timeless), records.Skip(2).Select(TinyTraining.Timeless));
        Assert.Equal(lower.Snapshot(), restarted.Snapshot());
    }

    [Fact]
    public void A_body_at_the_full_rate_trains_like_any_network()
    {
        using var plain = (Training with { Body = null }).Start();
        using var body = (Training with { Body = new PretrainedBody(Origin, 1, 0) }).Start();
        Assert.Equal(plain.Go().Select(TinyTraining.Timeless), body.Go().Select(TinyTraining.Timeless));
        Assert.Equal(plain.Snapshot(), body.Snapshot());
    }

    [Fact]
    public void The_body_has_its_own_rate()
    {
        using var training = (Training with { Options = new TinyTraining().Options, Body = new PretrainedBody(Origin, 0.01, 0) }).Start();
        using var plain = new TinyTraining().Start();
        float[] start = Values(plain, "stem.weight"), classifier = Values(plain, "classifier.weight");
        training.Go(1);
        plain.Go(1);
        // The first step of both is along the same gradient.
        Assert.Equal(Values(plain, "classifier.weight"), Values(training, "classifier.weight"));
        Assert.NotEqual(classifier, Values(plain, "classifier.weight"));
        double[] moved = Difference(start, Values(plain, "stem.weight")), little = Difference(start, Values(training, "stem.weight"));
        Assert.All(moved.Zip(little), pair => Assert.Equal(0.01 * pair.First, pair.Second, 1e-6));
        Assert.Contains(little, value => Math.Abs(value) > 1e-6);

        static float[] Values(TinyTrainer trainer, string name) =>
            TinyTrainer.Values(trainer.Network().State().First(entry => entry.Key == name).Value);

        static double[] Difference(float[] from, float[] to) => [.. from.Zip(to, (one, other) => (double)other - one)];
    }

    [Fact]
    public void A_network_that_comes_from_the_file_as_a_whole_rests_while_it_is_frozen()
    {
        using var training = (Training with { Body = new PretrainedBody(Origin with { New = [] }, 1, 1) }).Start();
        var start = training.Snapshot();
        training.Go(TinyTraining.Steps);
        Assert.Equal(start, training.Snapshot());
        training.Go();
        Assert.NotEqual(start, training.Snapshot());
    }

    private static bool IsBody(string name) => name.Contains("student/") && !name.Contains("classifier");
}
