using Pupil.Distillation.Methods;
using Pupil.Experiments.Recipes;
using Pupil.Experiments.Runs;
using Pupil.Interop.Students;
using Pupil.Networks;
using Pupil.Tests.Training;
using Pupil.Training;
using static TorchSharp.torch;

namespace Pupil.Tests.Experiments.Runs;

/// <summary>Tests of experts with teachers of their own, several experts, and experts with snapshots.</summary>
public sealed class SeveralExpertsTests
{
    private static readonly TrainingOptions Short = TinyRecipe.Ctkd.Training with { Epochs = 1 };

    private static readonly Recipe Kd = TinyRecipe.Ctkd with { Method = new KdOptions(), Training = Short };

    // The expert "professor" teaches the expert "assistant", which teaches the student.
    private static readonly Recipe Chain = Kd with
    {
        Expert = Kd.Expert! with { Method = new KdOptions(), Expert = Kd.Expert with { Name = "professor", Seed = 9 } },
    };

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public void Parts_of_a_combination_name_their_experts()
    {
        using var folder = new TemporaryFolder();
        var method = new CombinationOptions { Parts = [new(), new() { Method = new AtOptions(), Expert = "other" }] };
        var recipe = Kd with { Method = method, OtherExperts = [Kd.Expert! with { Name = "other", Seed = 5 }] };
        var events = recipe.Run(folder, stop: Stop);
        var run = new RunFolder(folder["run"]);
        var summary = run.ReadSummary()!;

        Assert.Equal(["expert", "other"], events.OfType<ExpertReady>().Select(ready => ready.Expert.Network.Name));
        Assert.Equal(2, Directory.GetDirectories(folder["experts"]).Length);
        Assert.Equal(("combination", "expert", "other"),
            (summary.Method, summary.Expert!.Network.Name, Assert.Single(summary.OtherExperts).Network.Name));
        Assert.NotEqual(summary.Expert.File, summary.OtherExperts[0].File);
        Assert.Equal(["student/at/attention", "student/cross-entropy", "student/kd/softened"], run.ReadEpochs()[0].TermNames());
        Assert.Contains("\"otherExperts\"", File.ReadAllText(run.SummaryFile));

        TinyRecipe.RunFor(folder, recipe, 7, "stopped"); // data, two experts, the start, steps
        TinyRecipe.Resume(folder, "stopped", Stop);
        TinyRecipe.AssertSame(run, new(folder["stopped"]));
    }

    [Fact]
    public void A_recipe_with_only_other_experts_has_no_expert_of_its_own()
    {
        using var folder = new TemporaryFolder();
        var method = new CombinationOptions
        {
            Parts = [new() { Expert = "other" }, new() { Method = new MseLogitsOptions(), Expert = "other" }],
        };
        var events = (Kd with { Method = method, OtherExperts = [Kd.Expert! with { Name = "other" }] }).Run(folder, stop: Stop);

        Assert.Single(events.OfType<ExpertReady>());
        var summary = new RunFolder(folder["run"]).ReadSummary()!;
        Assert.Null(summary.Expert);
        Assert.Single(summary.OtherExperts);
    }

    [Fact]
    public void An_assistant_is_trained_first_and_both_experts_are_reused()
    {
        using var folder = new TemporaryFolder();
        var events = Chain.Run(folder, "one", Stop);
        Assert.Equal(["professor", "expert"], events.OfType<ExpertReady>().Select(ready => ready.Expert.Network.Name));
        Assert.Equal(2, events.OfType<TrainingStarted>().Count(started => started.IsExpert));
        var ready = events.OfType<ExpertReady>().Last();
        var assistant = new RunFolder(Path.Combine(folder["one"], Path.GetDirectoryName(ready.Expert.File)!, ".."));
        var summary = assistant.ReadSummary()!;
        Assert.Equal(("kd", "professor"), (summary.Method, summary.Expert!.Network.Name));
        Assert.True(File.Exists(Path.Combine(assistant.Path, summary.Expert.File)));
        Assert.Equal(["expert/cross-entropy", "expert/softened"], assistant.ReadEpochs()[0].TermNames());

        var again = (Chain with { Seed = 8 }).Run(folder, "two", Stop);
        Assert.True(Assert.Single(again.OfType<ExpertReady>()).Reused);
        Assert.DoesNotContain(again.OfType<TrainingStarted>(), started => started.IsExpert);
        Assert.Equal(2, Directory.GetDirectories(folder["experts"]).Length);
    }

    [Fact]
    public void A_stopped_chain_resumes_as_if_undisturbed()
    {
        using var folder = new TemporaryFolder();
        Chain.Run(folder, "whole", Stop);
        Directory.Delete(folder["experts"], recursive: true);
        int sessions = 0;
        for (; !new RunFolder(folder["run"]).IsFinished; sessions++)
        {
            Assert.InRange(sessions, 0, 20);
            TinyRecipe.RunFor(folder, Chain, 9);
        }
        Assert.InRange(sessions, 3, 8);
        TinyRecipe.AssertSame(new(folder["whole"]), new(folder["run"]));
    }

    [Fact]
    public void An_assistant_depends_on_its_teacher_and_not_on_the_teacher_s_tests()
    {
        var chain = Chain.Expert!;
        string folder = FolderOf(chain);
        Assert.NotEqual(folder, FolderOf(Kd.Expert!));
        Assert.NotEqual(folder, FolderOf(With(professor => professor with { Seed = 10 })));
        Assert.NotEqual(folder, FolderOf(With(professor => professor with { Network = new NetworkSpec { Architecture = "resnet-8" } })));
        Assert.NotEqual(folder, FolderOf(chain with { Method = new KdOptions { Alpha = 0.5 } }));
        Assert.Equal(folder, FolderOf(
            With(professor => professor with { Name = "doctor", Training = professor.Training with { TestEvery = 7 } })));

        ExpertOptions With(Func<ExpertOptions, ExpertOptions> change) => chain with { Expert = change(chain.Expert!) };
    }

    [Fact]
    public void An_expert_trained_alone_has_its_teacher()
    {
        using var folder = new TemporaryFolder();
        var made = Experiment.MakeExpert(Chain, folder["experts"], CPU, Stop).OfType<ExpertReady>().ToList();
        Assert.Equal(["professor", "expert"], made.Select(ready => ready.Expert.Network.Name));
        Assert.All(Chain.Run(folder, stop: Stop).OfType<ExpertReady>(), ready => Assert.True(ready.Reused));
    }

    [Fact]
    public void A_student_learns_from_snapshots_of_the_expert()
    {
        using var folder = new TemporaryFolder();
        var recipe = Kd with
        {
            Method = new RcoOptions { Anchors = 3 },
            Expert = Kd.Expert! with { Training = Short with { Epochs = 3, Snapshots = 3 } },
            Training = Short with { Epochs = 3 },
        };
        recipe.Run(folder, stop: Stop);
        string expert = Directory.GetDirectories(folder["experts"]).Single();
        string[] files = [.. Enumerable.Range(1, 3).Select(epoch => new RunFolder(expert).SnapshotFile("expert", epoch))];
        Assert.Equal([1, 2, 3], files.Select(file => StudentFile.ReadCard(file).Epoch));
        Assert.Equal(TinyRecipe.Weights(new RunFolder(expert).LastStudentFile("expert")), TinyRecipe.Weights(files[2]));

        // With the first snapshot in place of the others, the first epoch stays the same, and later ones differ.
        File.Copy(files[0], files[1], overwrite: true);
        File.Copy(files[0], files[2], overwrite: true);
        recipe.Run(folder, "first", Stop);
        var (one, other) = (Softened("run"), Softened("first"));
        Assert.Equal(one[0], other[0]);
        Assert.NotEqual(one[1], other[1]);

        File.Delete(files[1]);
        string message = Assert.Throws<UserErrorException>(() => recipe.Run(folder, "few", Stop)).Message;
        Assert.Contains("has 2 snapshots beside it, but method 'rco' needs 3", message);

        List<double> Softened(string run) => [.. new RunFolder(folder[run]).ReadEpochs().Select(epoch => epoch.Term("student/softened"))];
    }

    private static string FolderOf(ExpertOptions expert) =>
        new Experts("experts").FolderOf(Experts.RecipeOf(Chain, expert), Chain.Data.Prepare()).Path;
}
