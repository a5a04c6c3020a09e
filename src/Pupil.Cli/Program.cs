using System.CommandLine;
using System.CommandLine.Help;
using Pupil.Cli.Commands;
using Pupil.Cli.Commands.Data;
using Pupil.Cli.Hosting;
using Pupil.LibTorch;

// Not a RootCommand: that one is called by the name of its file, and people call this one pupil.
var root = new Command("pupil",
    """
    Pupil teaches small image classifiers with big ones: collaborative teaching knowledge distillation and its neighbours.

    Exit codes: 0 done; 1 a defect of Pupil (please report it); 2 something in the command, recipe, files or machine to put right;
    3 a model is over a limit of 'pupil measure';
    130 stopped by Ctrl-C after a checkpoint ('pupil distill --resume FOLDER' goes on), in a comparison or a download (the same command goes on).
    """)
{
    new HelpOption { Recursive = true },
    new VersionOption(),
};
// Only the command that is asked for: to build them all takes longer than to look at a picture.
(string Name, Func<Command> Create)[] commands =
[
    ("distill", DistillCommand.Create),
    ("train", TrainCommand.Create),
    ("compare", CompareCommand.Create),
    ("import", ImportCommand.Create),
    ("evaluate", EvaluateCommand.Create),
    ("export", ExportCommand.Create),
    ("predict", PredictCommand.Create),
    ("measure", MeasureCommand.Create),
    ("report", ReportCommand.Create),
    ("watch", WatchCommand.Create),
    ("describe", DescribeCommand.Create),
    ("info", InfoCommand.Create),
    ("data", DataCommand.Create),
    ("recipe", RecipeCommand.Create),
];
bool isNamed = args.Length > 0 && commands.Any(command => command.Name == args[0]);
foreach (var (_, create) in commands.Where(command => !isNamed || command.Name == args[0]))
    root.Subcommands.Add(create());

var parsed = root.Parse(args);
if (parsed.Errors.Count > 0)
{
    foreach (var error in parsed.Errors)
        Console.Error.WriteLine(error.Message);
    Console.Error.WriteLine($"See 'pupil {string.Join(' ', CommandPath.Of(parsed))}--help'.");
    return ExitCode.UserError;
}
try
{
    // Ctrl-C is ours: the training ends after its step, with a checkpoint.
    return await parsed.InvokeAsync(new() { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
}
catch (Exception error) when (NativeLibraries.FindUserError(error) is { } found)
{
    Console.Error.WriteLine(Advice.MessageOf(found));
    return ExitCode.UserError;
}
catch (Exception error)
{
    Console.Error.WriteLine("This is a defect of Pupil; please report it with the command and what follows.");
    Console.Error.WriteLine(error);
    return ExitCode.Defect;
}
