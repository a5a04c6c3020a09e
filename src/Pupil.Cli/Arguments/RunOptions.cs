using System.CommandLine;
using Pupil.Cli.Display;
using Pupil.Cli.Hosting;
using Pupil.Experiments.Recipes;
using Pupil.Experiments.Runs;

namespace Pupil.Cli.Arguments;

/// <summary>The options of the commands that train; runs an experiment until it ends or Ctrl-C stops it.</summary>
internal sealed class RunOptions
{
    private readonly RecipeArguments _recipe;
    private readonly ComputeOptions _compute;

    private readonly Option<string?> _out = new("--out", "-o")
    {
        Description = "The run folder, new or empty. Default: runs/NAME-DATE-TIME.",
        HelpName = "FOLDER",
    };

    private readonly Option<string?> _resume = new("--resume")
    {
        Description = "Resume a stopped run by the recipe in its folder; the result is that of a run without a stop.",
        HelpName = "FOLDER",
    };

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
        foreach (var option in new Option[] { _out, _resume, _experts, _tensorBoard, _quiet })
            command.Options.Add(option);
        _compute = new ComputeOptions(command);
    }

    /// <summary>Starts or resumes a run, depending on the command line.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="change">The command's change of the recipe before the start.</param>
    public int Run(ParseResult parsed, Func<Recipe, Recipe> change)
    {
        if (parsed.GetValue(_resume) is string folder)
        {
            if (_recipe.AreGiven(parsed) || parsed.GetValue(_out) is not null)
            {
                throw new UserErrorException("--resume: takes the recipe of the run folder; leave out the recipe, --set, --seed, "
                    + "--data, --skip-broken and --out.");
            }
            // The same threads give the same bits.
            int? threads = new RunFolder(folder).ReadEnvironments() is [.., var last] ? last.Threads : null;
            var resumed = _compute.Prepare(parsed, threads);
            return Show(parsed, stop => Experiment.Resume(folder, parsed.GetValue(_experts), resumed).Run(stop));
        }
        var recipe = change(_recipe.Read(parsed));
        var device = _compute.Prepare(parsed);
        var started = parsed.GetValue(_out) is string target
            ? Experiment.Start(recipe, target, Experts(parsed), device)
            : Experiment.StartInFirst(recipe, NewFolders(recipe), Experts(parsed), device);
        return Show(parsed, started.Run);
    }

    /// <summary>Trains the expert of the recipe alone.</summary>
    public int MakeExpert(ParseResult parsed)
    {
        var recipe = _recipe.Read(parsed);
        var device = _compute.Prepare(parsed);
        return Show(parsed, stop => Experiment.MakeExpert(recipe, Experts(parsed), device, stop));
    }

    private int Show(ParseResult parsed, Func<CancellationToken, IEnumerable<RunEvent>> start)
    {
        // A second signal loses only the steps since the last checkpoint.
        return Interruption.Run(stop =>
        {
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
