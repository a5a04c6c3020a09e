using System.Text.Json;
using Pupil.Core;
using Pupil.Distillation.Methods;
using Pupil.Networks;
using Pupil.Training;

namespace Pupil.Tests.Training;

public sealed class CheckpointTests
{
    public static TheoryData<string> Trainings => [.. All.Keys];

    private static readonly Dictionary<string, TinyTraining> All = new()
    {
        ["labels alone"] = new(),
        ["collaborative teaching with dropout"] = new() { Method = TinyTraining.Ctkd, Dropout = 0.3 },
        ["without gradient block"] = new() { Method = TinyTraining.Ctkd with { GradientBlock = false }, Dropout = 0.3 },
        ["scratch teacher alone"] = new() { Method = TinyTraining.Ctkd with { Teachers = CtkdTeachers.ScratchOnly }, Seed = 3 },
        ["momentum reset, Nesterov"] = new()
        {
            Options = new TinyTraining().Options with
            {
                Optimizer = new SgdOptions { LearningRate = 0.05, Nesterov = true, ResetMomentumAtRateDrops = true },
            },
        },
        ["shared layers"] = new()
        {
            Method = new RocketOptions { Booster = new() { Architecture = "wrn-16-1" }, Sharing = LayerSharing.Interval },
        },
        ["averaged weights, shared layers"] = new()
        {
            Method = new RocketOptions { Booster = new() { Architecture = "wrn-16-1" }, Sharing = LayerSharing.Interval },
            Options = new TinyTraining().Options with { Averaging = new() { Decay = 0.9 } },
        },
        ["AdamW"] = new()
        {
            Options = new TinyTraining().Options with { Optimizer = new AdamWOptions { LearningRate = 0.01 } },
        },
        ["two students"] = new() { Method = TinyTraining.Ctkd, Dropout = 0.3, Students = [("a", "wrn-10-1"), ("b", "resnet-8")] },
    };

    [Theory]
    [MemberData(nameof(Trainings))]
    public void A_training_resumed_after_any_record_equals_an_uninterrupted_one(string name)
    {
        var tiny = All[name];
        using var folder = new TemporaryFolder();
        using var uninterrupted = tiny.Start();
        var expected = uninterrupted.Trainer.Run().Select(TinyTraining.Timeless).ToList();
        var weights = uninterrupted.Snapshot();
        Assert.Equal(8, expected.Count);

        for (int done = 0; done <= expected.Count; done++)
        {
            string path = folder[$"{done}.safetensors"];
            using (var stopped = tiny.Start())
            {
                Assert.Equal(expected.Take(done), stopped.Trainer.Run().Take(done).Select(TinyTraining.Timeless));
                Write(path, stopped);
            }
            using var resumed = tiny.Start();
            Checkpoint.Read(path, resumed.Trainer);
            Assert.Equal(expected.Skip(done), resumed.Trainer.Run().Select(TinyTraining.Timeless));
            Assert.Equal(weights, resumed.Snapshot());
            Assert.Equal(uninterrupted.Trainer.State.Best, resumed.Trainer.State.Best);
        }
    }

    [Fact]
    public void Stopping_again_and_again_changes_nothing()
    {
        var tiny = All["collaborative teaching with dropout"];
        using var folder = new TemporaryFolder();
        string path = folder["checkpoint.safetensors"];
        using var uninterrupted = tiny.Start();
        var expected = uninterrupted.Trainer.Run().Select(TinyTraining.Timeless).ToList();
        var found = new List<string>();
        while (true)
        {
            using var part = tiny.Start();
            if (File.Exists(path))
                Checkpoint.Read(path, part.Trainer);
            string[] next = [.. part.Trainer.Run().Take(1).Select(TinyTraining.Timeless)];
            if (next.Length == 0)
            {
                Assert.Equal(uninterrupted.Snapshot(), part.Snapshot());
                break;
            }
            found.AddRange(next);
            Write(path, part);
        }
        Assert.Equal(expected, found);
    }

    [Fact]
    public void A_checkpoint_is_complete_whatever_the_initial_weights_of_its_reader()
    {
        using var folder = new TemporaryFolder();
        using var one = new TinyTraining { Method = TinyTraining.Ctkd }.Start();
        one.Go(5);
        Write(folder["checkpoint"], one);
        using var other = new TinyTraining { Method = TinyTraining.Ctkd, Seed = 9 }.Start();
        Assert.NotEqual(one.Snapshot(), other.Snapshot());
        Checkpoint.Read(folder["checkpoint"], other.Trainer);
        Assert.Equal(one.Snapshot(), other.Snapshot());
        Assert.Equal(JsonSerializer.Serialize(one.Trainer.State), JsonSerializer.Serialize(other.Trainer.State));
    }

    [Fact]
    public void A_checkpoint_keeps_the_metadata_of_its_writer()
    {
        using var folder = new TemporaryFolder();
        using var training = new TinyTraining().Start();
        Checkpoint.Write(folder["checkpoint"], training.Trainer, new Dictionary<string, string> { ["recipe"] = "abc" });
        Assert.Equal("abc", SafeTensors.ReadMetadata(folder["checkpoint"])["recipe"]);
    }

    [Fact]
    public void A_checkpoint_of_other_networks_is_refused()
    {
        using var folder = new TemporaryFolder();
        using (var other = new TinyTraining { Students = [("student", "resnet-8")] }.Start())
            Write(folder["network"], other);
        using (var other = new TinyTraining { Students = [("somebody", "wrn-10-1")] }.Start())
            Write(folder["name"], other);
        using (var other = new TinyTraining { Method = TinyTraining.Ctkd }.Start())
            Write(folder["companion"], other);
        using var training = new TinyTraining().Start();
        foreach (string file in new[] { "network", "name", "companion" })
        {
            var error = Assert.Throws<UserErrorException>(() => Checkpoint.Read(folder[file], training.Trainer));
            Assert.StartsWith($"{folder[file]}: ", error.Message);
            Assert.Contains("another recipe", error.Message);
        }
    }

    public static TheoryData<string> BrokenStates => ["missing", "", "null", "[]", "{", """{"Epoch":"one"}""", """{"Sums":null}"""];

    [Theory]
    [MemberData(nameof(BrokenStates))]
    public void A_checkpoint_with_a_broken_state_is_refused(string state)
    {
        using var folder = new TemporaryFolder();
        using var training = new TinyTraining().Start();
        Write(folder["whole"], training);
        Dictionary<string, string> metadata = state == "missing" ? [] : new() { ["state"] = state };
        using (var whole = SafeTensors.Read(folder["whole"]))
            SafeTensors.Write(folder["broken"], whole.Tensors, metadata);
        var error = Assert.Throws<UserErrorException>(() => Checkpoint.Read(folder["broken"], training.Trainer));
        Assert.StartsWith($"{folder["broken"]}: ", error.Message);
    }

    [Fact]
    public void A_truncated_checkpoint_is_refused()
    {
        using var folder = new TemporaryFolder();
        using var training = new TinyTraining().Start();
        Write(folder["checkpoint"], training);
        using (var file = File.OpenWrite(folder["checkpoint"]))
            file.SetLength(file.Length - 1);
        Assert.Throws<UserErrorException>(() => Checkpoint.Read(folder["checkpoint"], training.Trainer));
        File.WriteAllText(folder["checkpoint"], "no checkpoint at all");
        Assert.Throws<UserErrorException>(() => Checkpoint.Read(folder["checkpoint"], training.Trainer));
    }

    private static void Write(string path, TinyTrainer training) =>
        Checkpoint.Write(path, training.Trainer, new Dictionary<string, string>());
}
