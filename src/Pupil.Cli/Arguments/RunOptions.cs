using System.CommandLine;
using Pupil.Cli.Display;
using Pupil.Cli.Hosting;
using Pupil.Experiments.Planning;
using Pupil.Experiments.Recipes;
using Pupil.Experiments.Runs;
using Pupil.Processes;
using Pupil.Settings;
using TorchSharp;

namespace Pupil.Cli.Arguments;

/// <summary>The options of the commands that train; runs an experiment until it ends or Ctrl-C stops it.</summary>
internal sealed class RunOptions
{
    private readonly RecipeArguments _recipe;
    private readonly PlanArguments _plan;
    private readonly WeightOptions _weights;
    private readonly ComputeOptions _compute;

    private readonly Option<string?> _out = new("--out", "-o")
    {
        Description = "The run folder, new or empty. Default: runs/NAME-DATE-TIME.",
        HelpName = "FOLDER",
    };

    private readonly Option<string?> _resume = new("--resume")
    {
        Description = "Resume a stopped run by the recipe in its folder; the result is that of a run without a stop. With --epochs: extend "
            + "a finished one.",
        HelpName = "FOLDER",
    };

    private readonly Option<int?> _epochs = NumberOption.Whole(
        "--epochs", "With --resume: the number of epochs that a finished run is extended to.", "N", 1, 100_000);

    private readonly Option<string?> _experts = new("--experts")
    {
        Description = "Folder of trained experts. Default: runs/experts; for --resume, the same as before.",
        HelpName = "FOLDER",
    };

    private readonly Option<bool> _quiet = new("--quiet", "-q") { Description = "Print only errors and, at the end, the run folder." };

    private readonly Option<bool> _tensorBoard = new("--tensorboard")
    {
        Description = "Also write event files for TensorBoard to the run folder.",
    };

    public RunOptions(Command command)
    {
        _recipe = new RecipeArguments(command);
        _plan = new PlanArguments(command);
        _weights = new WeightOptions(command);
        foreach (var option in new Option[] { _out, _resume, _epochs, _experts, _tensorBoard, _quiet })
            command.Options.Add(option);
        _compute = new ComputeOptions(command);
    }

    /// <summary>Starts or resumes a run, depending on the command line.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="change">The command's change of the recipe before the start.</param>
    /// <param name="teaches">Whether a recipe that is chosen from the data has teachers.</param>
    public int Run(ParseResult parsed, Func<Recipe, Recipe> change, bool teaches)
    {
        if (parsed.GetValue(_resume) is string folder)
            return Resume(parsed, folder);
        if (parsed.GetValue(_epochs) is not null)
        {
            throw new UserErrorException("--epochs: found without --resume, expected the folder of a finished run there; for a new run, "
                + "--set training.epochs=N.");
        }
        if (!teaches && _weights.HasExpert(parsed))
        {
            throw new UserErrorException($"{WeightOptions.ExpertName}: found in a training without a teacher; expected "
                + $"{WeightOptions.StudentName}, or --expert beside it.");
        }
        var (options, read) = Settings(parsed);
        if (parsed.GetValue(_out) is string target)
            new RunFolder(target).CheckFree();
        var device = _compute.Prepare(parsed);
        return Show(parsed, stop => options is null
            ? Run(read!, null, stop)
            : Planned(options with { Teaches = teaches }, plan => Run(plan.Recipe, plan, stop), device, stop));

        IEnumerable<RunEvent> Run(Recipe recipe, Plan? plan, CancellationToken stop) =>
            Start(parsed, change(recipe), plan, device).Run(stop);
    }

    /// <summary>Trains the expert of the recipe alone.</summary>
    public int MakeExpert(ParseResult parsed)
    {
        var (options, read) = Settings(parsed);
        var device = _compute.Prepare(parsed);
        return Show(parsed, stop => options is null
            ? Experiment.MakeExpert(read!, Experts(parsed), device, stop)
            : Planned(options, plan => Experiment.MakeExpert(plan.Recipe, Experts(parsed), device, stop), device, stop));
    }

    // What a recipe is chosen for, or else the recipe.
    private (PlanOptions? Plan, Recipe? Recipe) Settings(ParseResult parsed)
    {
        if (_recipe.ToPlan(parsed, _weights) is { } options)
            return (_plan.Complete(options, parsed), null);
        return _plan.AreGiven(parsed)
            ? throw new UserErrorException("--budget, --quality: found a recipe, whose settings are complete, or no --data; "
                + "expected --data without a recipe, for which the settings are chosen.")
            : (null, _recipe.Read(parsed, _weights));
    }

    private int Resume(ParseResult parsed, string folder)
    {
        if (_recipe.AreGiven(parsed) || _plan.AreGiven(parsed) || _weights.AreGiven(parsed)
            || parsed.GetValue(_out) is not null)
        {
            throw new UserErrorException("--resume: takes the recipe of the run folder; leave out the recipe, --set, --seed, "
                + $"--data, --skip-broken, --budget, --quality, {WeightOptions.StudentName}, {WeightOptions.ExpertName} and --out.");
        }
        // The same threads give the same bits.
        int? threads = new RunFolder(folder).ReadEnvironments() is [.., { Processes: null } last] && ProcessGroups.Current.Size == 1
            ? last.Threads : null;
        var device = _compute.Prepare(parsed, threads);
        string? experts = parsed.GetValue(_experts);
        return Show(parsed, stop => (parsed.GetValue(_epochs) is int epochs
            ? Experiment.Extend(folder, epochs, experts, device)
            : Experiment.Resume(folder, experts, device)).Run(stop));
    }

    private Experiment Start(ParseResult parsed, Recipe recipe, Plan? plan, torch.Device device) =>
        parsed.GetValue(_out) is string target
            ? Experiment.Start(recipe, plan, target, Experts(parsed), device)
            : Experiment.StartInFirst(recipe, plan, NewFolders(recipe), Experts(parsed), device);

    private static IEnumerable<RunEvent> Planned(
        PlanOptions options, Func<Plan, IEnumerable<RunEvent>> run, torch.Device device, CancellationToken stop)
    {
        var group = ProcessGroups.Current;
        Plan? plan = null;
        if (group.Writes())
        {
            // The first process chooses by itself: each would measure other times, and choose other settings.
            using var alone = ProcessGroups.Use(OneProcess.Instance);
            var planner = new Planner(options, device);
            foreach (var step in planner.Run(stop))
                yield return step;
            plan = planner.Result;
        }
        string recipe = group.FromFirst(() => plan is null ? "" : SettingsWriter.Write(plan.Recipe));
        if (recipe.Length == 0)
            yield break;
        plan ??= new Plan([], 0, 0, 0) { Recipe = SettingsReader.Read<Recipe>(recipe, "the chosen recipe") };
        foreach (var step in run(plan))
            yield return step;
    }

    private int Show(ParseResult parsed, Func<CancellationToken, IEnumerable<RunEvent>> start)
    {
        // A second signal loses only the steps since the last checkpoint.
        return Interruption.Run(stop =>
        {
            if (!ProcessGroups.Current.Writes())
                return RunDisplay.ReadSilently(start(stop)) ? ExitCode.Done : ExitCode.Stopped;
            var events = parsed.GetValue(_tensorBoard) ? TensorBoardLog.Beside(start(stop)) : start(stop);
            return RunDisplay.FromOptions(parsed.GetValue(_quiet)).Show(events) ? ExitCode.Done : ExitCode.Stopped;
        });
    }

    private string Experts(ParseResult parsed) => parsed.GetValue(_experts) ?? Path.Combine("runs", "experts");

    private static IEnumerable<string> NewFolders(Recipe recipe)
    {
        string name = Path.Combine("runs", $"{recipe.Name}-{DateTime.Now:yyyyMMdd-HHmmss}");
        return Enumerable.Range(2, int.MaxValue - 2).Select(i => $"{name}-{i}").Prepend(name);
    }
}
