using Pupil.Experiments.Comparisons;
using Pupil.Experiments.Recipes;
using Pupil.Experiments.Runs;
using Pupil.Networks;
using Pupil.Settings;
using Pupil.Tests.Experiments.Runs;
using Pupil.Training;
using static TorchSharp.torch;

namespace Pupil.Tests.Experiments.Comparisons;

/// <summary>Comparisons that take seconds: the recipe of <see cref="TinyRecipe"/> with one epoch, or cells with invented records.</summary>
internal sealed class TinyComparison : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public TinyComparison() => WriteRecipe(TinyRecipe.Ctkd);

    /// <summary>The folder of the comparison.</summary>
    public ComparisonFolder Folder => new(_folder["comparison"]);

    /// <summary>The folder of the experts.</summary>
    public string Experts => _folder["experts"];

    /// <summary>The comparison's file.</summary>
    public string File => _folder["comparison.jsonc"];

    /// <summary>A path beside these.</summary>
    public string this[string name] => _folder[name];

    /// <summary>Replaces the recipe, or writes another.</summary>
    public void WriteRecipe(Recipe recipe, string name = "tiny") =>
        System.IO.File.WriteAllText(_folder[$"{name}.jsonc"], SettingsWriter.Write(recipe));

    /// <summary>Writes the comparison's file and reads it; all but the parts are JSON lists.</summary>
    public ComparisonPlan Plan(string rows = "[\"kd\"]", string seeds = "[0, 1]", string set = "[\"training.epochs=1\"]",
        string recipes = "[\"tiny.jsonc\"]", string contrasts = "[]", string parts = "null", string tried = "[]")
    {
        System.IO.File.WriteAllText(File, $$"""
            { "name": "compared", "recipes": {{recipes}}, "seeds": {{seeds}}, "set": {{set}}, "rows": {{rows}},
              "contrasts": {{contrasts}}, "parts": {{parts}}, "try": {{tried}} }
            """);
        return ComparisonBook.Read(File);
    }

    /// <summary>Opens a job on the comparison.</summary>
    public ComparisonJob Open(ComparisonPlan plan, Func<ComparisonCell, bool>? only = null, int together = int.MaxValue) =>
        ComparisonJob.Open(Folder, plan, Experts, CPU, only, together);

    /// <summary>Runs the comparison to its end.</summary>
    public List<RunEvent> Run(ComparisonPlan plan, CancellationToken stop, int together = int.MaxValue) =>
        [.. Open(plan, null, together).Run(stop)];

    /// <summary>Runs the comparison, and stops it after a number of events.</summary>
    public List<RunEvent> RunFor(ComparisonPlan plan, int events)
    {
        using var stop = new CancellationTokenSource();
        var found = new List<RunEvent>();
        foreach (var happened in Open(plan).Run(stop.Token))
        {
            found.Add(happened);
            if (found.Count == events)
                stop.Cancel();
        }
        return found;
    }

    /// <summary>Returns the run folder of a cell, by its path.</summary>
    public RunFolder Cell(string path) => new(Path.Combine(Folder.Path, "cells", path));

    /// <summary>Returns the time of the last write of each file of cells and experts.</summary>
    public Dictionary<string, DateTime> Times() => new[] { Path.Combine(Folder.Path, "cells"), Experts }.Where(Directory.Exists)
        .SelectMany(folder => TinyRecipe.Files(folder).Select(file => Path.Combine(folder, file)))
        .ToDictionary(file => file, System.IO.File.GetLastWriteTimeUtc);

    /// <summary>Writes invented records of a finished cell.</summary>
    /// <param name="cell">The cell.</param>
    /// <param name="last">Test accuracy of its student with the last weights, of 10,000 images.</param>
    /// <param name="best">Test accuracy with the held-out-best weights; null without a held-out part.</param>
    /// <param name="expert">The accuracy of its expert; null without one.</param>
    /// <param name="trainImages">The number of training images.</param>
    /// <param name="heldOut">The accuracy on held-out images; null for no such measurement.</param>
    public void MakeUp(ComparisonCell cell, double last, double? best, double? expert, int trainImages = 40, double? heldOut = null)
    {
        var run = Folder.FolderOf(cell);
        Directory.CreateDirectory(run.StudentsFolder);
        System.IO.File.WriteAllText(run.RecipeFile, SettingsWriter.Write(cell.Settings));
        var cost = new NetworkCost(1000, 20_000);
        var student = cell.Settings.Students[0];
        List<NetworkResult> networks =
            [new(new(student.Name, NetworkRole.Student, student.Network.Architecture, cost), Result(last), ResultOrNone(best))];
        if (cell.Settings.Method.MethodName == "ctkd")
            networks.Add(new(new("scratch-teacher", NetworkRole.Companion, "wrn-40-1", cost), Result(last + 0.1),
                ResultOrNone(best + 0.2)));
        run.Write(new RunSummary
        {
            Name = cell.RecipeName,
            Method = cell.Settings.Method.MethodName,
            Data = "made|up_1%",
            Seed = cell.Settings.Seed,
            Finished = default,
            Epochs = cell.Settings.Training.Epochs,
            Images = new(trainImages, 20, 10_000),
            TrainingSeconds = 10 + cell.Settings.Seed,
            EvaluationSeconds = 1,
            PeakMemory = 1,
            Expert = expert is double accuracy && cell.Settings.Expert is { } options
                ? new("expert.safetensors", new("expert", NetworkRole.Expert, options.Network.Architecture, cost), Result(accuracy).Test)
                : null,
            Networks = networks,
        });

        EpochResult? ResultOrNone(double? top1) => top1 is double found ? Result(found) : null;

        EpochResult Result(double top1) =>
            new(1, heldOut is double held ? new Accuracy(held, 1, 1, 20) : null, new(top1, 1, 1, 10_000));
    }

    public void Dispose() => _folder.Dispose();
}
