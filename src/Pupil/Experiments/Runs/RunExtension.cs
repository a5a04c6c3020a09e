using Pupil.Core;
using Pupil.Settings;

namespace Pupil.Experiments.Runs;

/// <summary>
/// Gives a finished run more epochs. Its recipe and summary stay beside the new ones as <c>recipe.epochs-N.json</c> and
/// <c>run.epochs-N.json</c>, its last weights as snapshots. It does not stop early any more. Whenever the process is ended, the folder
/// holds a run that can be resumed.
/// </summary>
internal static class RunExtension
{
    /// <summary>Prepares the locked folder; resuming the run then trains the further epochs.</summary>
    /// <param name="folder">The folder of a finished run.</param>
    /// <param name="epochs">The new number of epochs, without those of the method's own phase.</param>
    /// <exception cref="UserErrorException">The run is not finished, or has as many epochs.</exception>
    public static RunExtended Apply(RunFolder folder, int epochs)
    {
        var recipe = folder.ReadRecipe();
        var summary = folder.ReadSummary() ?? throw new UserErrorException($"{folder.Path}: the run is not finished, expected a finished "
            + "one to extend; resume it first.")
        { Cause = new UnfinishedRun(folder.Path) };
        int before = summary.Epochs;
        if (epochs <= before)
            throw new UserErrorException($"{folder.Path}: found {epochs} epochs, expected more than the {before} that are trained.");
        if (!File.Exists(folder.CheckpointFile))
            throw new UserErrorException($"{folder.CheckpointFile}: is missing, expected the checkpoint that the run wrote at its end.");
        var longer = recipe with { Training = recipe.Training with { Epochs = epochs, EarlyStopping = null } };
        longer.Check();
        foreach (var result in summary.Networks)
        {
            string name = result.Network.Name;
            string last = File.Exists(folder.LastStudentFile(name)) ? folder.LastStudentFile(name) : folder.StudentFile(name);
            Copy(last, folder.SnapshotFile(name, result.Last.Epoch));
        }
        // The summary moves before the recipe changes: without it, the run counts as one that was stopped after its last epoch.
        Copy(folder.RecipeFile, folder.EarlierRecipeFile(before));
        Copy(folder.SummaryFile, folder.EarlierSummaryFile(before));
        File.Delete(folder.SummaryFile);
        AtomicFile.WriteText(folder.RecipeFile, SettingsWriter.Write(longer));
        return new RunExtended(folder, before, epochs, RateIn(before, recipe), RateIn(before + 1, longer));
    }

    // Of the first of many steps of an epoch.
    private static double RateIn(int epoch, Recipes.Recipe recipe) =>
        recipe.Training.Optimizer.LearningRate * recipe.Training.Schedule.Factor(epoch, 0, 1000, recipe.Training.Epochs);

    private static void Copy(string from, string to) => AtomicFile.Write(to, target =>
    {
        using var source = RegularFile.OpenRead(from);
        source.CopyTo(target);
    });
}
