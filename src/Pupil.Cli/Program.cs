using System.CommandLine;
using System.CommandLine.Help;
using Pupil.Cli.Commands;
using Pupil.Cli.Hosting;
using Pupil.Core;
using Pupil.LibTorch;

// Not a RootCommand, whose name is that of its file: the help must print 'pupil'.
var root = new Command("pupil", "Trains small image classifiers under large ones.")
{
    new HelpOption { Recursive = true, Action = new HelpPage(new HelpAction()) },
    new VersionOption(),
};
// Only a named command is built: building all of them takes longer than classifying a picture. The others have their names.
foreach (var command in CommandList.All)
    root.Subcommands.Add(args.Contains(command.Name) ? command.Create() : new Command(command.Name, command.Summary));

var parsed = root.Parse(args);
if (parsed.Errors.Count > 0)
{
    string errors = string.Join('\n', parsed.Errors.Select(error => error.Message + Suggestion.For(error.Message, parsed)));
    return Ending.With(ExitCode.UserError, $"{errors}\nSee 'pupil {string.Join(' ', CommandPath.NamesOf(parsed))}--help'.");
}
try
{
    // Ctrl-C is handled by the commands: training ends after a step, with a checkpoint.
    return await parsed.InvokeAsync(new() { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
}
catch (Exception error) when (NativeLibraries.FindUserError(error) is { } found)
{
    return Ending.With(ExitCode.UserError, Advice.MessageOf(found));
}
catch (Exception error) when (StorageFailure.FindReason(error) is { } reason)
{
    return Ending.With(ExitCode.UserError, $"Writing failed: {reason}.");
}
catch (Exception error)
{
    return Ending.With(ExitCode.Defect, $"This is a defect of Pupil; please report it with the command and what follows.\n{error}");
}
