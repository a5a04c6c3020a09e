using System.CommandLine;
using System.CommandLine.Help;
using Pupil.Cli.Commands;
using Pupil.Cli.Hosting;
using Pupil.LibTorch;

// Not a RootCommand, whose name is that of its file: the help must print 'pupil'.
var root = new Command("pupil", "Trains small image classifiers under large ones.")
{
    new HelpOption { Recursive = true, Action = new HelpPage(new HelpAction()) },
    new VersionOption(),
};
// Only the called command is built: building all of them takes longer than classifying a picture.
bool isNamed = args.Length > 0 && CommandList.All.Any(command => command.Name == args[0]);
foreach (var command in CommandList.All.Where(command => !isNamed || command.Name == args[0]))
    root.Subcommands.Add(command.Create());

var parsed = root.Parse(args);
if (parsed.Errors.Count > 0)
{
    foreach (var error in parsed.Errors)
        Console.Error.WriteLine($"{error.Message}{Suggestion.For(error.Message, parsed)}");
    Console.Error.WriteLine($"See 'pupil {string.Join(' ', CommandPath.Of(parsed))}--help'.");
    return ExitCode.UserError;
}
try
{
    // Ctrl-C is handled by the commands: training ends after a step, with a checkpoint.
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
