using Pupil.Distillation.Methods;
using Pupil.Experiments.Runs;
using Pupil.Images.Formats.Packed;
using Pupil.Images.Formats.Synthetic;
using static TorchSharp.torch;

namespace Pupil.Tests.Experiments.Runs;

public sealed class ResumeTests(FinishedRun undisturbed)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    // The events: 1 data, 2 the expert's start, 3–5 its steps, 6 its epoch and end, 8 the expert, 9 the start, 10–12 steps, 13 epoch …
    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(6)]
    [InlineData(8)]
    [InlineData(10)]
    [InlineData(13)]
    [InlineData(15)]
    [InlineData(20)]
    [InlineData(21)]
    public void A_stopped_run_resumes_as_if_undisturbed(int events)
    {
        using var folder = new TemporaryFolder();
        var stopped = TinyRecipe.RunFor(folder, TinyRecipe.Ctkd, events);
        Assert.InRange(stopped.Count, events, events + 5);
        if (events is not 21) // after the last epoch, the run is finished rather than stopped
        {
            Assert.IsType<TrainingStopped>(stopped[^1]);
            Assert.IsType<TrainingFinished>(TinyRecipe.Resume(folder, stop: Stop)[^1]);
        }
        TinyRecipe.AssertSame(undisturbed.Folder, new(folder["run"]));
    }

    [Fact]
    public void A_run_stopped_after_every_step_ends_the_same()
    {
        using var folder = new TemporaryFolder();
        int sessions = 0;
        var run = new RunFolder(folder["run"]);
        for (; !run.IsFinished; sessions++)
        {
            Assert.InRange(sessions, 0, 50);
            TinyRecipe.RunFor(folder, TinyRecipe.Ctkd, 1); // one step each
        }
        Assert.InRange(sessions, 12, 20);
        TinyRecipe.AssertSame(undisturbed.Folder, run);
        Assert.Equal(sessions, run.ReadEnvironments().Count);
    }

    [Theory]
    [InlineData("a shared first convolution")]
    [InlineData("knowledge distillation")]
    [InlineData("averaged weights")]
    public void Other_methods_resume_as_well(string what)
    {
        var ctkd = (CtkdOptions)TinyRecipe.Ctkd.Method;
        var recipe = what switch
        {
            "knowledge distillation" => TinyRecipe.Ctkd with { Method = new KdOptions() },
            "averaged weights" => TinyRecipe.Ctkd with { Training = TinyRecipe.Ctkd.Training with { Averaging = new(), Snapshots = 3 } },
            _ => TinyRecipe.Ctkd with
            {
                Method = ctkd with { ShareFirstConvolution = true, AttentionOn = AttentionLearner.ScratchTeacher },
            },
        };
        using var folder = new TemporaryFolder();
        Assert.IsType<TrainingStopped>(TinyRecipe.RunFor(folder, recipe, 15)[^1]);
        TinyRecipe.Resume(folder, stop: Stop);
        recipe.Run(folder, "uninterrupted", Stop);
        TinyRecipe.AssertSame(new(folder["uninterrupted"]), new(folder["run"]));
    }

    [Fact]
    public void Files_that_a_killed_process_left_are_removed()
    {
        using var folder = new TemporaryFolder();
        var run = new RunFolder(folder["run"]);
        TinyRecipe.RunFor(folder, TinyRecipe.Ctkd, 17); // after the second epoch
        Assert.Equal(2, run.ReadEpochs().Count);
        byte[] checkpoint = File.ReadAllBytes(run.CheckpointFile);
        TinyRecipe.RunFor(folder, TinyRecipe.Ctkd, 5);
        // Killed after the third epoch's line, before its checkpoint, with one more incomplete line.
        File.WriteAllBytes(run.CheckpointFile, checkpoint);
        File.AppendAllText(run.EpochsFile,
            File.ReadLines(run.EpochsFile).Last().Replace("\"epoch\":2", "\"epoch\":3") + "\n{\"epoch\":4,\"rate\":0.0");
        string[] leftOver = [".epochs.jsonl.999999999-1.tmp", ".checkpoint.safetensors.999999999-2.tmp",
            "students/.student.safetensors.999999999-3.tmp", "path/.step-000000001.safetensors.999999999-4.tmp", ".lock"];
        foreach (string file in leftOver)
            File.WriteAllText(Path.Combine(run.Path, file), "half");
        Assert.IsType<TrainingFinished>(TinyRecipe.Resume(folder, stop: Stop)[^1]);
        TinyRecipe.AssertSame(undisturbed.Folder, run);
    }

    [Fact]
    public void A_run_killed_after_its_last_checkpoint_only_writes_its_summary()
    {
        using var folder = new TemporaryFolder();
        TinyRecipe.Ctkd.Run(folder, stop: Stop);
        var run = new RunFolder(folder["run"]);
        File.Delete(run.SummaryFile);
        File.Delete(run.LastStudentFile("student"));
        var events = TinyRecipe.Resume(folder, stop: Stop);
        Assert.DoesNotContain(events, found => found is Progressed);
        TinyRecipe.AssertSame(undisturbed.Folder, run);
    }

    [Fact]
    public void A_run_killed_before_its_first_checkpoint_starts_again()
    {
        using var folder = new TemporaryFolder();
        using (var events = Experiment.Start(TinyRecipe.Ctkd, folder["run"], folder["experts"], CPU).Run(Stop).GetEnumerator())
        {
            for (int i = 0; i < 11; i++)
                Assert.True(events.MoveNext());
        }
        Assert.False(File.Exists(new RunFolder(folder["run"]).CheckpointFile));
        TinyRecipe.Resume(folder, stop: Stop);
        TinyRecipe.AssertSame(undisturbed.Folder, new(folder["run"]));
    }

    [Fact]
    public void A_session_is_noted_before_the_expert_is_trained()
    {
        // Resuming needs the number of threads of the start, since another number may give other bits.
        using var folder = new TemporaryFolder();
        TinyRecipe.RunFor(folder, TinyRecipe.Ctkd, 3);
        Assert.Equal(Tensors.Threads, Assert.Single(new RunFolder(folder["run"]).ReadEnvironments()).Threads);
    }

    [Fact]
    public void Each_session_is_recorded()
    {
        using var folder = new TemporaryFolder();
        TinyRecipe.RunFor(folder, TinyRecipe.Supervised, 9); // data, start, three steps, epoch, three steps
        var events = TinyRecipe.Resume(folder, stop: Stop);
        Assert.Equal(1, events.OfType<TrainingStarted>().Single().EpochsDone);
        Assert.Equal(2, new RunFolder(folder["run"]).ReadEnvironments().Count);
    }

    [Fact]
    public void A_finished_run_is_not_resumed()
    {
        using var folder = new TemporaryFolder();
        TinyRecipe.Supervised.Run(folder, stop: Stop);
        var before = TinyRecipe.Files(folder.FullPath).ToList();
        Assert.Contains("finished", Assert.Throws<UserErrorException>(() => TinyRecipe.Resume(folder, stop: Stop)).Message);
        Assert.Equal(before, TinyRecipe.Files(folder.FullPath));
    }

    [Fact]
    public void A_folder_without_a_run_cannot_be_resumed()
    {
        using var folder = new TemporaryFolder();
        var error = Assert.Throws<UserErrorException>(() => TinyRecipe.Resume(folder, stop: Stop));
        Assert.StartsWith($"{folder["run"]}: holds no run", error.Message);
        Assert.False(Directory.Exists(folder["run"]));
    }

    [Fact]
    public void The_checkpoint_of_another_recipe_is_refused()
    {
        using var folder = new TemporaryFolder();
        TinyRecipe.RunFor(folder, TinyRecipe.Supervised, 6, "one");
        TinyRecipe.RunFor(folder, TinyRecipe.Supervised with { Seed = 9 }, 6, "two"); // the same networks
        File.Copy(new RunFolder(folder["two"]).CheckpointFile, new RunFolder(folder["one"]).CheckpointFile, overwrite: true);
        var error = Assert.Throws<UserErrorException>(() => TinyRecipe.Resume(folder, "one", Stop));
        Assert.StartsWith(new RunFolder(folder["one"]).CheckpointFile, error.Message);
    }

    [Fact]
    public void A_run_with_other_images_is_not_resumed()
    {
        using var folder = new TemporaryFolder();
        var shapes = new ShapesOptions { Size = 16, Train = 60, Test = 20 };
        PackedFile.Write(folder["images.safetensors"], shapes.Load());
        var recipe = TinyRecipe.Supervised
            with
        { Data = new() { Source = new PackedSource { Path = folder["images.safetensors"] }, HeldOut = 20 } };
        TinyRecipe.RunFor(folder, recipe, 6);
        PackedFile.Write(folder["images.safetensors"], (shapes with { Seed = 1 }).Load());
        var error = Assert.Throws<UserErrorException>(() => TinyRecipe.Resume(folder, stop: Stop));
        Assert.Contains("the images have changed", error.Message);
        PackedFile.Write(folder["images.safetensors"], shapes.Load());
        Assert.IsType<TrainingFinished>(TinyRecipe.Resume(folder, stop: Stop)[^1]);
    }

    [Fact]
    public void A_damaged_checkpoint_is_an_error_that_names_it()
    {
        using var folder = new TemporaryFolder();
        TinyRecipe.RunFor(folder, TinyRecipe.Supervised, 6);
        string file = new RunFolder(folder["run"]).CheckpointFile;
        using (var stream = File.OpenWrite(file))
            stream.SetLength(stream.Length / 2);
        Assert.StartsWith(file, Assert.Throws<UserErrorException>(() => TinyRecipe.Resume(folder, stop: Stop)).Message);
    }

    [Fact]
    public void Only_one_process_works_in_a_folder()
    {
        using var folder = new TemporaryFolder();
        using (var first = Experiment.Start(TinyRecipe.Supervised, folder["run"], folder["experts"], CPU).Run(Stop).GetEnumerator())
        {
            Assert.True(first.MoveNext());
            Assert.True(first.MoveNext()); // the images are loaded, and the run is recorded
            Assert.Contains("another process works",
                Assert.Throws<UserErrorException>(() => TinyRecipe.Resume(folder, stop: Stop)).Message);
            Assert.True(first.MoveNext());
        }
        Assert.IsType<TrainingFinished>(TinyRecipe.Resume(folder, stop: Stop)[^1]);
    }
}
