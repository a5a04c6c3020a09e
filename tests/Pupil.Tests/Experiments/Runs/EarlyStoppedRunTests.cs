using Pupil.Experiments.Recipes;
using Pupil.Experiments.Runs;
using Pupil.Reporting.Content;

namespace Pupil.Tests.Experiments.Runs;

/// <summary>Twenty held-out images allow at most 21 improvements, so that 30 epochs always see an epoch without one.</summary>
public sealed class EarlyStoppedRunTests
{
    private static readonly Recipe Stopping = TinyRecipe.Supervised with
    {
        Training = TinyRecipe.Supervised.Training with { Epochs = 30, EarlyStopping = new() { Patience = 1 }, Snapshots = 2 },
    };

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public void A_run_that_ended_early_is_finished_and_says_so()
    {
        using var folder = new TemporaryFolder();
        Assert.IsType<TrainingFinished>(Stopping.Run(folder, stop: Stop)[^1]);
        var run = new RunFolder(folder["run"]);
        var (summary, epochs) = (run.ReadSummary()!, run.ReadEpochs());
        Assert.True(summary.StoppedEarly);
        Assert.InRange(summary.Epochs, 2, 22);
        Assert.Equal(summary.Epochs, epochs.Count);
        Assert.Equal(summary.Epochs, summary.Networks[0].Last.Epoch);
        Assert.True(File.Exists(run.SnapshotFile("student", summary.Epochs)));
        Assert.True(File.Exists(Path.Combine(run.PathFolder, $"step-{3 * summary.Epochs:000000000}.safetensors")));
        Assert.Contains("finished", Assert.Throws<UserErrorException>(() => TinyRecipe.Resume(folder, stop: Stop)).Message);
        var shown = ReportRun.FromFolder(run);
        Assert.Empty(shown.Problems);
        Assert.NotNull(shown.Summary);

        // Killed before its summary, or asked to stop after its last epoch: the run is finished without further training.
        File.Delete(run.SummaryFile);
        Assert.DoesNotContain(TinyRecipe.Resume(folder, stop: Stop), found => found is Progressed);
        Assert.Equal(summary.Epochs, run.ReadSummary()!.Epochs);
        int events = 2 + 4 * summary.Epochs; // data, start, and for each epoch three steps and its end
        Assert.IsType<TrainingFinished>(TinyRecipe.RunFor(folder, Stopping, events, "stopped")[^1]);
        Assert.IsType<TrainingStopped>(TinyRecipe.RunFor(folder, Stopping, events - 1, "resumed")[^1]);
        TinyRecipe.Resume(folder, "resumed", Stop);
        TinyRecipe.AssertSame(run, new(folder["stopped"]));
        TinyRecipe.AssertSame(run, new(folder["resumed"]));
    }

    [Fact]
    public void Early_stopping_without_held_out_images_is_refused_before_anything_is_written()
    {
        using var folder = new TemporaryFolder();
        var noneHeldOut = TinyRecipe.Ctkd.Data with { HeldOut = 0 };
        AssertRefused("training.earlyStopping: ", Stopping with { Data = noneHeldOut });
        var expert = TinyRecipe.Ctkd.Expert! with { Training = Stopping.Training with { Snapshots = 0 } };
        AssertRefused("expert.training.earlyStopping: ", TinyRecipe.Ctkd with { Data = noneHeldOut, Expert = expert });

        void AssertRefused(string start, Recipe recipe)
        {
            var error = Assert.Throws<UserErrorException>(() => recipe.Run(folder, stop: Stop));
            Assert.StartsWith(start, error.Message);
            Assert.DoesNotContain(TinyRecipe.Files(folder.FullPath), file => !file.EndsWith(".lock", StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Snapshots_of_an_expert_that_may_stop_early_are_refused()
    {
        var recipe = TinyRecipe.Ctkd with
        {
            Method = new Pupil.Distillation.Methods.RcoOptions { Anchors = 2 },
            Expert = TinyRecipe.Ctkd.Expert! with { Training = Stopping.Training },
        };
        var error = Assert.Throws<UserErrorException>(recipe.Check);
        Assert.StartsWith("expert.training.snapshots: ", error.Message);
        Assert.Contains("earlyStopping", error.Message);
    }

    [Fact]
    public void A_summary_with_more_epochs_than_the_recipe_belongs_to_another_run()
    {
        using var folder = new TemporaryFolder();
        TinyRecipe.Supervised.Run(folder, stop: Stop);
        var summary = new RunFolder(folder["run"]).ReadSummary()!;
        Assert.Null(RecordCheck.FaultBetween(summary, TinyRecipe.Supervised));
        Assert.Null(RecordCheck.FaultBetween(summary with { Epochs = 2, StoppedEarly = true }, TinyRecipe.Supervised));
        Assert.Contains("4 epochs", RecordCheck.FaultBetween(summary with { Epochs = 4 }, TinyRecipe.Supervised));
    }
}
