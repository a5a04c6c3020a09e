using System.CommandLine;
using Pupil.Cli.Arguments;
using Pupil.Cli.Display;
using Pupil.Cli.Hosting;
using Pupil.Experiments.Comparisons;
using Pupil.Experiments.Searching;
using Pupil.Reporting.Comparisons;

namespace Pupil.Cli.Commands;

/// <summary><c>pupil search</c>: tries values of a recipe on the held-out images, and writes a comparison with the best ones.</summary>
internal sealed class SearchCommand
{
    private readonly CompareArguments _what;
    private readonly ComputeOptions _compute;

    private readonly Option<string[]> _try = new("--try")
    {
        Description = "Values to try in every row: --try method.beta=100,1000,10000, or a range to draw from: "
            + "--try method.beta=100..10000. May be repeated: all combinations are tried.",
        HelpName = "PATH=VALUE,VALUE…",
        AllowMultipleArgumentsPerToken = false,
        DefaultValueFactory = _ => [],
    };

    private readonly Option<int?> _random =
        NumberOption.Whole("--random", "Try so many combinations of each row, drawn at random. Default: all.", "N", 1, 10_000);

    private readonly Option<int?> _randomSeed =
        NumberOption.Whole("--random-seed", "The seed of that draw. Default 0.", "N", 0, int.MaxValue);

    private readonly Option<string?> _out = new("--out", "-o")
    {
        Description = "Folder of the search: new, empty, or with this search or a part of it. Default: runs/NAME-search.",
        HelpName = "FOLDER",
    };

    private readonly Option<bool> _plan = new("--plan") { Description = "Check everything and print what would run; runs nothing." };

    private readonly Option<string?> _experts = new("--experts")
    {
        Description = "Folder of trained experts. Default: the one that the folder's cells used, or runs/experts.",
        HelpName = "FOLDER",
    };

    private readonly Option<bool> _quiet = new("--quiet", "-q") { Description = "Print only errors and, at the end, the folder." };

    private SearchCommand(Command command)
    {
        _what = new CompareArguments(command, isSearch: true);
        foreach (var option in new Option[] { _try, _random, _randomSeed, _out, _plan, _experts, _quiet })
            command.Options.Add(option);
        _compute = new ComputeOptions(command);
    }

    public static Command Create()
    {
        var command = new Command("search",
            """
            Chooses values of a recipe, such as a method's weight or the learning rate, by
            the held-out images. No student is measured on the test images.

            Of a recipe, its own method is searched (--methods for others), and always the
            student alone. Of a comparison, every row is searched: each row's "try", and
            the "try" of the comparison in all rows. Every combination of the values is a
            cell, trained with the first seed (--seeds for others).

            The folder has search.md, search.csv and, when all cells are finished,
            chosen.json: the comparison with the best values of each row, which
            `pupil compare` runs on the test images. Values of --set hold for the search
            alone.

            The same command resumes. It also adds values. A second process on the same
            folder shares the work.

            Examples:
              pupil search cifar10/quick --try method.beta=100,1000,10000 --data data
              pupil search cifar10/quick --methods kd,at --try training.optimizer.learningRate=0.02..0.2 --random 8 --data data
              pupil search compare/claim --set training.epochs=30 --set training.schedule.milestones=[9,18,24] --data data
              pupil compare runs/compare-claim-search/chosen.json --data data
            """);
        var search = new SearchCommand(command);
        command.SetAction(search.Run);
        return command;
    }

    private int Run(ParseResult parsed)
    {
        var recipe = _what.Read(parsed);
        var search = Search.Of(recipe, parsed.GetValue(_try)!, _what.SetIn(parsed), _what.SeedsIn(parsed) ?? [recipe.Comparison.Seeds[0]],
            parsed.GetValue(_random), parsed.GetValue(_randomSeed) ?? 0);
        var folder = new ComparisonFolder(parsed.GetValue(_out) ?? Path.Combine("runs", search.NameWith("search")));
        search = search.AddedTo(folder, recipe);
        var plan = search.Plan(recipe);
        if (parsed.GetValue(_plan))
        {
            ComparisonView.ShowPlan(folder, plan, _ => true);
            return ExitCode.Done;
        }
        var before = folder.Exists ? folder.Setting(folder.ReadPlan()) : null;
        var device = _compute.Prepare(parsed, before?.Threads);
        string experts = parsed.GetValue(_experts) ?? before?.Experts ?? Path.Combine("runs", "experts");
        return Interruption.Run(stop =>
        {
            var job = ComparisonJob.Open(folder, plan, experts, device);
            search.Write(folder);
            return Run(job, folder, parsed.GetValue(_quiet), stop);
        });
    }

    private static int Run(ComparisonJob job, ComparisonFolder folder, bool quiet, CancellationToken stop)
    {
        new ComparisonDisplay(quiet, Advice.MessageOf).Show(SearchText.WriteBeside(folder, job.Run(stop)));
        string place = Output.PathFromHere(folder.Path);
        if (quiet)
            Output.Line(place);
        else if (!stop.IsCancellationRequested)
            Show(folder, place);
        ComparisonView.ShowFailures(job.Failures, Advice.MessageOf);
        if (stop.IsCancellationRequested && !quiet)
            Output.Line("Stopped; everything is kept. The same command resumes.");
        return stop.IsCancellationRequested ? ExitCode.Stopped : CompareCommand.ExitCodeOf(job);
    }

    private static void Show(ComparisonFolder folder, string place)
    {
        var results = SearchResults.FromFolder(folder);
        ComparisonView.Show(SearchText.Of(results), $"Folder: {place} (search.md, search.csv; the cells' run folders in cells/)");
        Output.Line(results.Chosen is null ? "No values are chosen, because cells are missing: the same command goes on."
            : $"Chosen values: pupil compare {Output.PathFromHere(SearchResults.ChosenFile(folder))}");
    }
}
