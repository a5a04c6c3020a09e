using Pupil.Experiments.Runs;
using Pupil.Settings;

namespace Pupil.Tests.Experiments.Runs;

public sealed class KilledProcessTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    // tests/Pupil.Kills does it at single events on files.
    [Fact(Explicit = true)]
    public async Task A_run_killed_repeatedly_ends_like_an_undisturbed_one()
    {
        using var folder = new TemporaryFolder();
        var recipe = TinyRecipe.Ctkd with { Training = TinyRecipe.Ctkd.Training with { Epochs = 12 } };
        File.WriteAllText(folder["recipe.json"], SettingsWriter.Write(recipe));
        using (var undisturbed = Start(
            "distill", folder["recipe.json"], "--out", folder["undisturbed"], "--experts", folder["experts of the undisturbed"]))
            await undisturbed.Finish(Stop);

        var run = new RunFolder(folder["run"]);
        // The first is killed while the expert trains; the others, milliseconds after a new epoch's line or checkpoint.
        using (var first = Start("distill", folder["recipe.json"], "--out", run.Path, "--experts", folder["experts"]))
        {
            await first.WaitFor(
                () => Directory.Exists(folder["experts"])
                    && TinyRecipe.Files(folder["experts"]).Any(file => file.EndsWith("environment.json", StringComparison.Ordinal)), Stop);
            await first.Kill(Stop);
        }
        foreach (int delay in new[] { 0, 7, 24 })
        {
            int before = LinesOf(run.EpochsFile);
            using var next = Start("distill", "--resume", run.Path, "--experts", folder["experts"]);
            if (!await next.WaitUntil(() => LinesOf(run.EpochsFile) > before, Stop))
                break; // on a busy machine, the process may have ended before
            Assert.Null(run.TryLock());
            await Task.Delay(delay, Stop);
            await next.Kill(Stop);
        }
        if (!run.IsFinished)
        {
            using var last = Start("distill", "--resume", run.Path, "--experts", folder["experts"]);
            await last.Finish(Stop);
        }
        TinyRecipe.AssertSame(new(folder["undisturbed"]), run);
    }

    // The file may be replaced, or incomplete, while it is read.
    private static int LinesOf(string file)
    {
        try
        {
            return File.ReadAllText(file).Count(character => character == '\n');
        }
        catch (IOException)
        {
            return 0;
        }
    }

    private static PupilProcess Start(params string[] arguments) => new([.. arguments, "--threads", "1", "--quiet"]);
}
