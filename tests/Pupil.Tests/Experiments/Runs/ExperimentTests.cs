using Pupil.Distillation.Methods;
using Pupil.Experiments.Recipes;
using Pupil.Experiments.Runs;
using Pupil.Images.Loading;
using Pupil.Interop.Students;
using Pupil.Settings;
using Pupil.Training;
using static TorchSharp.torch;

namespace Pupil.Tests.Experiments.Runs;

public sealed class ExperimentTests(FinishedRun finished)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public void Events_come_in_the_order_of_time()
    {
        const string Epoch = "step step step epoch";
        Assert.Equal($"data started-expert {Epoch} finished-expert expert started {Epoch} {Epoch} {Epoch} finished",
            string.Join(' ', finished.Events.Select(found => found switch
        {
            DataReady => "data",
            TrainingStarted started => started.IsExpert ? "started-expert" : "started",
            Progressed { Record: StepRecord } => "step",
            Progressed { Record: EpochRecord } => "epoch",
            TrainingFinished finished => finished.IsExpert ? "finished-expert" : "finished",
            ExpertReady => "expert",
            _ => found.ToString(),
        })));
        var last = finished.Events.OfType<TrainingStarted>().Last();
        Assert.Equal((3, 0, finished.Folder.Path), (last.Epochs, last.EpochsDone, last.Folder.Path));
        Assert.Equal(["student", "scratch-teacher"], last.Networks.Select(network => network.Name));
        Assert.Equal([NetworkRole.Student, NetworkRole.Companion], last.Networks.Select(network => network.Role));
        Assert.False(finished.Events.OfType<ExpertReady>().Single().Reused);
    }

    [Fact]
    public void The_run_folder_holds_all_records()
    {
        var (run, events) = (finished.Folder, finished.Events);
        Assert.Equal(
            [
                "checkpoint.safetensors", "environment.json", "epochs.jsonl", "exhibit.safetensors",
                .. Enumerable.Range(0, 10).Select(step => $"path/step-{step:000000000}.safetensors"), "recipe.json", "run.json",
                "students/scratch-teacher.last.safetensors", "students/scratch-teacher.safetensors",
                "students/student.last.safetensors", "students/student.safetensors",
            ], TinyRecipe.Files(run.Path));

        Assert.Equal(SettingsWriter.Write(TinyRecipe.Ctkd), File.ReadAllText(run.RecipeFile));
        Assert.Equal(SettingsWriter.Write(TinyRecipe.Ctkd), SettingsWriter.Write(run.ReadRecipe()));
        var environment = Assert.Single(run.ReadEnvironments());
        Assert.Equal((Tensors.Threads, "cpu"), (environment.Threads, environment.Device));

        var told = events.OfType<Progressed>().Select(progress => progress.Record).OfType<EpochRecord>().Skip(1); // not the expert's
        Assert.Equal(told.Select(epoch => SettingsWriter.Write(epoch)), run.ReadEpochs().Select(epoch => SettingsWriter.Write(epoch)));
        Assert.Equal(3, File.ReadLines(run.EpochsFile).Count());
        Assert.EndsWith("\n", File.ReadAllText(run.EpochsFile));

        Assert.Equal(SettingsWriter.Write(events.OfType<TrainingFinished>().Last().Summary), SettingsWriter.Write(run.ReadSummary()!));
    }

    [Fact]
    public void The_summary_agrees_with_the_epochs()
    {
        var run = finished.Folder;
        var (summary, epochs) = (run.ReadSummary()!, run.ReadEpochs());
        Assert.Equal(("tiny", "ctkd", "shapes", 3, 3), (summary.Name, summary.Method, summary.Data, summary.Seed, summary.Epochs));
        Assert.Equal(new ImageCounts(40, 20, 20), summary.Images);
        Assert.Equal(epochs.Sum(epoch => epoch.TrainingSeconds), summary.TrainingSeconds, 1e-9);
        Assert.True(summary.PeakMemory > 1_000_000);
        Assert.Equal(["student", "scratch-teacher"], summary.Networks.Select(result => result.Network.Name));
        foreach (var result in summary.Networks)
        {
            string name = result.Network.Name;
            Assert.Equal(new EpochResult(3, epochs[2].HeldOut[name], epochs[2].Test[name]), result.Last);
            double best = epochs.Max(epoch => epoch.HeldOut[name].Top1);
            var first = epochs.First(epoch => epoch.HeldOut[name].Top1 == best);
            var chosen = result.Best! with { HeldOut = result.Best.HeldOut!.WithoutClasses(), Test = result.Best.Test.WithoutClasses() };
            Assert.Equal(new EpochResult(first.Epoch, first.HeldOut[name].WithoutClasses(), first.Test[name].WithoutClasses()), chosen);
            foreach (var measured in new[] { result.Last, result.Best })
            {
                Assert.Equal(measured.Test.Images, measured.Test.Classes!.Sum(each => each.Images));
                Assert.Equal(measured.HeldOut!.Top1 * 20, measured.HeldOut.Classes!.Sum(each => each.Right), 1e-9);
            }
            Assert.All(epochs.SkipLast(1), epoch => Assert.True(epoch.Test[name] is { Classes: null, Balanced: not null }));
            Assert.Equal(result.Calibration, StudentFile.ReadCard(run.StudentFile(name)).Calibration);
        }
        var expert = summary.Expert!;
        Assert.Equal(("expert", NetworkRole.Expert, "wrn-10-1"), (expert.Network.Name, expert.Network.Role, expert.Network.Architecture));
        Assert.Equal(20, expert.Test!.Images);
    }

    [Fact]
    public void A_student_file_alone_reproduces_its_accuracy()
    {
        var run = finished.Folder;
        var data = TinyRecipe.Ctkd.Data.Prepare();
        foreach (var result in run.ReadSummary()!.Networks)
        {
            AssertFile(run.StudentFile(result.Network.Name), result.Network.Name, result.Best!);
            AssertFile(run.LastStudentFile(result.Network.Name), result.Network.Name, result.Last);
        }

        void AssertFile(string file, string name, EpochResult expected)
        {
            var (network, card) = StudentFile.Read(file, CPU);
            using (network)
            {
                Assert.False(network.training);
                Assert.Equal(expected.Test,
                    Evaluation.Measure(network, Batches.ForEvaluation(data.Test, Evaluation.BatchSize, card.Normalization, CPU)));
                Assert.Equal(expected.HeldOut,
                    Evaluation.Measure(network, Batches.ForEvaluation(data.HeldOut!, Evaluation.BatchSize, card.Normalization, CPU)));
            }
            Assert.Equal((name, expected.Epoch, expected.Test.Top1), (card.Name, card.Epoch, card.TestTop1));
            Assert.Equal(data.Splits.Train.Classes, card.Classes);
            Assert.Equal(new(3, 16, 16), card.Input);
            Assert.Equal(Pupil.Core.Hash.OfText(File.ReadAllText(run.RecipeFile)), card.RecipeHash);
            Assert.Equal(SettingsWriter.Write(card), SettingsWriter.Write(StudentFile.ReadCard(file)));
        }
    }

    [Fact]
    public void Averaged_weights_are_kept_in_place_of_the_last_step_s()
    {
        using var folder = new TemporaryFolder();
        var recipe = TinyRecipe.Supervised with { Training = TinyRecipe.Supervised.Training with { Averaging = new(), Snapshots = 1 } };
        recipe.Run(folder, stop: Stop);
        TinyRecipe.Supervised.Run(folder, "plain", Stop);
        var run = new RunFolder(folder["run"]);
        var data = recipe.Data.Prepare();
        var (network, card) = StudentFile.Read(run.LastStudentFile("student"), CPU);
        using (network)
        {
            var last = run.ReadSummary()!.Networks[0].Last;
            Assert.Equal(last.Test,
                Evaluation.Measure(network, Batches.ForEvaluation(data.Test, Evaluation.BatchSize, card.Normalization, CPU)));
        }
        float[] averaged = TinyRecipe.Weights(run.LastStudentFile("student"));
        Assert.Equal(averaged, TinyRecipe.Weights(run.SnapshotFile("student", 3)));
        Assert.NotEqual(averaged, TinyRecipe.Weights(new RunFolder(folder["plain"]).LastStudentFile("student")));
        Assert.Equal(new RunFolder(folder["plain"]).ReadEpochs().Select(epoch => epoch.Terms.Values),
            run.ReadEpochs().Select(epoch => epoch.Terms.Values));
    }

    [Fact]
    public void Label_smoothing_and_class_weights_reach_the_loss_of_a_run_and_of_its_expert()
    {
        var weighted = TinyRecipe.Ctkd.Training with { LabelSmoothing = 0.2, ClassWeights = Pupil.Images.ClassWeights.SquareRoot };
        var plain = FirstLosses(TinyRecipe.Ctkd);
        var student = FirstLosses(TinyRecipe.Ctkd with { Training = weighted });
        var options = TinyRecipe.Ctkd.Expert! with { Training = weighted with { Epochs = 1 } };
        var expert = FirstLosses(TinyRecipe.Ctkd with { Expert = options });
        Assert.NotEqual(plain["expert/cross-entropy"], expert["expert/cross-entropy"]);
        foreach (string name in new[] { "student/cross-entropy", "scratch-teacher/cross-entropy" })
            Assert.NotEqual(plain[name], student[name]);

        static Dictionary<string, double> FirstLosses(Recipe recipe)
        {
            using var folder = new TemporaryFolder();
            return Experiment.Start(recipe, folder["run"], folder["experts"], CPU).Run(Stop).OfType<Progressed>()
                .Select(progress => progress.Record).OfType<StepRecord>().Where(step => step is { Epoch: 1, Step: 1 }).Take(2)
                .SelectMany(step => step.Terms).ToDictionary(term => term.Key.ToString(), term => term.Value);
        }
    }

    [Fact]
    public void Without_a_held_out_part_the_last_weights_are_the_student()
    {
        using var folder = new TemporaryFolder();
        var recipe = TinyRecipe.Supervised with { Data = TinyRecipe.Supervised.Data with { HeldOut = 0 } };
        recipe.Run(folder, stop: Stop);
        var run = new RunFolder(folder["run"]);
        Assert.Equal(["students/student.safetensors"],
            TinyRecipe.Files(run.Path).Where(file => file.StartsWith("students/", StringComparison.Ordinal)));
        var result = Assert.Single(run.ReadSummary()!.Networks);
        Assert.Null(result.Best);
        Assert.Null(result.Last.HeldOut);
        Assert.Equal(3, StudentFile.ReadCard(run.StudentFile("student")).Epoch);
        Assert.Null(run.ReadSummary()!.Expert);
    }

    [Fact]
    public void An_untaught_student_trains_beside_taught_ones_as_it_would_alone()
    {
        using var folder = new TemporaryFolder();
        var student = TinyRecipe.Ctkd.Students[0] with { Network = new() { Architecture = "wrn-10-1" } };
        (TinyRecipe.Ctkd with { Students = [student, student with { Name = "alone", Taught = false }] }).Run(folder, stop: Stop);
        (TinyRecipe.Supervised with { Students = [student with { Name = "alone" }] }).Run(folder, "single", Stop);
        RunFolder both = new(folder["run"]), single = new(folder["single"]);
        Assert.Equal(single.ReadEpochs().Select(epoch => epoch.Test["alone"]), both.ReadEpochs().Select(epoch => epoch.Test["alone"]));
        Assert.Equal([NetworkRole.Student, NetworkRole.Control, NetworkRole.Companion],
            both.ReadSummary()!.Networks.Select(result => result.Network.Role));
        Assert.NotEqual(both.ReadEpochs().Select(epoch => epoch.Test["student"]), both.ReadEpochs().Select(epoch => epoch.Test["alone"]));
    }

    [Fact]
    public void Event_files_for_TensorBoard_hold_every_term_of_every_epoch()
    {
        using var folder = new TemporaryFolder();
        var events = TensorBoardLog.Beside(Experiment.Start(TinyRecipe.Ctkd, folder["run"], folder["experts"], CPU).Run(Stop)).ToList();

        Assert.Contains(events, step => step is TrainingFinished { IsExpert: false });
        string text = System.Text.Encoding.Latin1.GetString(
            File.ReadAllBytes(Assert.Single(Directory.GetFiles(folder["run/tensorboard"]))));
        string[] tags =
        [
            "terms/student/path", "terms/scratch-teacher/cross-entropy", "test/accuracy/student",
            "held-out/attention-in-box/student/stage2", "rate",
        ];
        foreach (string tag in tags)
            Assert.Equal(3, text.Split(tag).Length - 1 - (tag == "rate" ? text.Split("/rate").Length - 1 : 0));
        Assert.DoesNotContain("terms/expert", text);
    }

    [Fact]
    public void The_released_code_s_preset_runs_with_its_shared_convolution()
    {
        using var folder = new TemporaryFolder();
        var method = (CtkdOptions)TinyRecipe.Ctkd.Method
            with
        { ShareFirstConvolution = true, AttentionOn = AttentionLearner.ScratchTeacher };
        (TinyRecipe.Ctkd with { Method = method }).Run(folder, stop: Stop);
        var (student, _) = StudentFile.Read(new RunFolder(folder["run"]).LastStudentFile("student"), CPU);
        var (teacher, _) = StudentFile.Read(new RunFolder(folder["run"]).LastStudentFile("scratch-teacher"), CPU);
        using (student)
        using (teacher)
            Assert.Equal(student.StemOf().weight!.data<float>().ToArray(), teacher.StemOf().weight!.data<float>().ToArray());
    }

    [Fact]
    public void Two_runs_of_one_recipe_are_identical_and_another_seed_differs()
    {
        using var folder = new TemporaryFolder();
        TinyRecipe.Ctkd.Run(folder, "again", Stop);
        (TinyRecipe.Ctkd with { Seed = 4 }).Run(folder, "other", Stop);
        TinyRecipe.AssertSame(finished.Folder, new(folder["again"]));
        Assert.NotEqual(TinyRecipe.Weights(finished.Folder.LastStudentFile("student")),
            TinyRecipe.Weights(new RunFolder(folder["other"]).LastStudentFile("student")));
    }

    [Fact]
    public void A_folder_with_content_is_refused_and_unchanged()
    {
        using var folder = new TemporaryFolder();
        TinyRecipe.Supervised.Run(folder, stop: Stop);
        Directory.CreateDirectory(folder["letters"]);
        File.WriteAllText(folder["letters/dear.txt"], "");
        var before = TinyRecipe.Files(folder.FullPath).ToList();
        AssertRefused("run", "already holds a run", "resume it");
        AssertRefused("letters", "is not empty");
        Assert.Equal(before, TinyRecipe.Files(folder.FullPath));

        void AssertRefused(string name, params string[] parts)
        {
            var error = Assert.Throws<UserErrorException>(
                () => Experiment.Start(TinyRecipe.Supervised, folder[name], folder["experts"], CPU));
            Assert.StartsWith(folder[name], error.Message);
            Assert.All(parts, part => Assert.Contains(part, error.Message));
        }
    }

    [Fact]
    public void An_empty_folder_is_accepted()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder["run"]);
        Assert.IsType<TrainingFinished>(TinyRecipe.Supervised.Run(folder, stop: Stop)[^1]);
    }

    [Fact]
    public void A_file_in_the_folder_s_place_is_an_error()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["run"], "");
        Assert.Contains("cannot be created",
            Assert.Throws<UserErrorException>(() => TinyRecipe.Supervised.Run(folder, stop: Stop)).Message);
    }

    [Fact]
    public void A_contradicting_recipe_leaves_no_folder()
    {
        using var folder = new TemporaryFolder();
        Assert.Throws<UserErrorException>(() => (TinyRecipe.Ctkd with { Expert = null }).Run(folder, stop: Stop));
        Assert.False(Directory.Exists(folder["run"]));
    }

    [Theory]
    [InlineData(100)]
    [InlineData(300)]
    [InlineData(1000)]
    public void A_learning_rate_far_too_high_ends_in_one_message(double rate)
    {
        using var folder = new TemporaryFolder();
        var options = TinyRecipe.Supervised.Training with
        {
            Epochs = 60,
            Optimizer = new SgdOptions { LearningRate = rate },
            Schedule = new MultiStepSchedule { Milestones = [] },
        };
        var error = Assert.Throws<NonFiniteLossException>(
            () => (TinyRecipe.Supervised with { Training = options }).Run(folder, stop: Stop));
        Assert.Contains("lower training.optimizer.learningRate", error.Message);
    }

    [Fact]
    public void Attention_that_overflows_before_the_logits_do_ends_in_the_same_message()
    {
        using var folder = new TemporaryFolder();
        // After this epoch, the logits of the evaluation are finite, but not the squared activations.
        var recipe = RecipeBook.Read("smoke",
        [
            "data.source={\"name\":\"shapes\",\"size\":32,\"train\":640,\"test\":100}", "data.heldOut=100", "training.epochs=3",
            "training.optimizer.learningRate=300",
        ]);
        var student = recipe.Students.First(student => student.Taught);
        var alone = recipe with { Method = new SupervisedOptions(), Expert = null, Students = [student] };
        var error = Assert.Throws<NonFiniteLossException>(() => alone.Run(folder, stop: Stop));
        Assert.Contains("lower training.optimizer.learningRate", error.Message);
    }

    [Fact]
    public void A_diverging_training_is_a_user_error_in_the_step_and_in_the_evaluation()
    {
        using var folder = new TemporaryFolder();
        // With one step per epoch, the evaluation after it finds the weights that are not finite.
        var options = TinyRecipe.Supervised.Training with
        {
            Epochs = 60,
            BatchSize = 64,
            Optimizer = new SgdOptions { LearningRate = 1e3, WeightDecay = 0.5 },
            Schedule = new MultiStepSchedule { Milestones = [] },
        };
        Assert.ThrowsAny<UserErrorException>(() => (TinyRecipe.Supervised with { Training = options }).Run(folder, stop: Stop));
        Assert.All(new RunFolder(folder["run"]).ReadEpochs(), epoch => Assert.True(double.IsFinite(epoch.HeldOut["student"].CrossEntropy)));
    }
}
