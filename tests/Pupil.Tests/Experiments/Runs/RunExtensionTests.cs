using Pupil.Experiments.Runs;
using static TorchSharp.torch;

namespace Pupil.Tests.Experiments.Runs;

public sealed class RunExtensionTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public void A_finished_run_is_extended_and_keeps_what_it_had()
    {
        using var folder = new TemporaryFolder();
        TinyRecipe.Supervised.Run(folder, stop: Stop);
        var run = new RunFolder(folder["run"]);
        string recipe = File.ReadAllText(run.RecipeFile), summary = File.ReadAllText(run.SummaryFile);
        float[] weights = TinyRecipe.Weights(run.LastStudentFile("student"));
        var before = run.ReadEpochs();

        var events = Extend(folder, 5);
        var extended = Assert.IsType<RunExtended>(events[0]);
        Assert.Equal((3, 5), (extended.Before, extended.Epochs));
        // Half a cosine over five epochs: after three of them, cos²(0.3·π) of the rate.
        Assert.Equal(0.05 * Math.Pow(Math.Cos(0.3 * Math.PI), 2), extended.NextRate, 12);
        Assert.IsType<TrainingFinished>(events[^1]);
        Assert.Equal(5, run.ReadSummary()!.Epochs);
        Assert.Equal(5, run.ReadRecipe().Training.Epochs);
        var after = run.ReadEpochs();
        Assert.Equal([1, 2, 3, 4, 5], after.Select(epoch => epoch.Epoch));
        Assert.Equal(before.Select(epoch => epoch.Terms.Values), after.Take(3).Select(epoch => epoch.Terms.Values));
        Assert.Equal(recipe, File.ReadAllText(run.EarlierRecipeFile(3)));
        Assert.Equal(summary, File.ReadAllText(run.EarlierSummaryFile(3)));
        Assert.Equal(weights, TinyRecipe.Weights(run.SnapshotFile("student", 3)));
        Assert.NotEqual(weights, TinyRecipe.Weights(run.LastStudentFile("student")));
        // And again.
        Assert.IsType<TrainingFinished>(Extend(folder, 6)[^1]);
        Assert.Equal(6, run.ReadEpochs().Count);
    }

    [Fact]
    public void An_extension_that_was_stopped_resumes_as_if_undisturbed()
    {
        using var undisturbed = new TemporaryFolder();
        using var folder = new TemporaryFolder();
        TinyRecipe.Ctkd.Run(undisturbed, stop: Stop);
        TinyRecipe.Ctkd.Run(folder, stop: Stop);
        Extend(undisturbed, 4);
        using (var stop = new CancellationTokenSource())
        {
            foreach (var step in Experiment.Extend(folder["run"], 4, folder["experts"], CPU).Run(stop.Token))
            {
                if (step is Progressed)
                    stop.Cancel();
            }
        }
        Assert.False(new RunFolder(folder["run"]).IsFinished);
        Assert.IsType<TrainingFinished>(TinyRecipe.Resume(folder, stop: Stop)[^1]);
        TinyRecipe.AssertSame(new(undisturbed["run"]), new(folder["run"]));
    }

    [Fact]
    public void A_run_with_as_many_epochs_or_unfinished_is_refused_unchanged()
    {
        using var folder = new TemporaryFolder();
        TinyRecipe.RunFor(folder, TinyRecipe.Supervised, 4);
        Assert.Contains("not finished", Assert.Throws<UserErrorException>(() => Extend(folder, 9)).Message);
        TinyRecipe.Resume(folder, stop: Stop);
        string[] files = [.. TinyRecipe.Files(folder["run"])];
        Assert.Contains("more than the 3", Assert.Throws<UserErrorException>(() => Extend(folder, 3)).Message);
        Assert.Equal(files, TinyRecipe.Files(folder["run"]));
    }

    // The process is ended after each of the steps that prepare the folder.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_half_prepared_extension_is_a_run_that_resumes(bool withoutSummary)
    {
        using var folder = new TemporaryFolder();
        TinyRecipe.Supervised.Run(folder, stop: Stop);
        var run = new RunFolder(folder["run"]);
        float[] weights = TinyRecipe.Weights(run.LastStudentFile("student"));
        File.Copy(run.RecipeFile, run.EarlierRecipeFile(3));
        File.Copy(run.SummaryFile, run.EarlierSummaryFile(3));
        if (withoutSummary)
        {
            File.Delete(run.SummaryFile);
            Assert.IsType<TrainingFinished>(TinyRecipe.Resume(folder, stop: Stop)[^1]);
            Assert.Equal(weights, TinyRecipe.Weights(run.LastStudentFile("student")));
        }
        Assert.IsType<TrainingFinished>(Extend(folder, 4)[^1]);
        Assert.Equal(4, run.ReadEpochs().Count);
    }

    private static List<RunEvent> Extend(TemporaryFolder folder, int epochs) =>
        [.. Experiment.Extend(folder["run"], epochs, folder["experts"], CPU).Run(Stop)];
}
