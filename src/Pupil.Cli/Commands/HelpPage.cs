using System.CommandLine;
using System.CommandLine.Invocation;
using System.Text;
using Pupil.Cli.Hosting;

namespace Pupil.Cli.Commands;

/// <summary>The help of the root, on one screen of 24 lines by 80 columns; a command has the help that the parser writes.</summary>
/// <param name="helpOfCommand">Writes the help of a command.</param>
internal sealed class HelpPage(SynchronousCommandLineAction helpOfCommand) : SynchronousCommandLineAction
{
    /// <summary>Help is printed even if the rest of the command line is wrong.</summary>
    public override bool ClearsParseErrors => true;

    /// <summary>Returns the page of the root: one line for each command.</summary>
    public static string Text
    {
        get
        {
            var page = new StringBuilder("Pupil trains small image classifiers under large ones (knowledge distillation).\n");
            page.Append("Usage: pupil COMMAND [options]   (pupil COMMAND --help: options and examples)\n");
            foreach (var group in CommandList.All.GroupBy(command => command.Group))
            {
                page.Append($"{group.Key}:\n");
                foreach (var command in group)
                    page.Append($"  {command.Name,-9} {command.Summary}\n");
            }
            page.Append("Exit codes: 0 done, 1 a defect of Pupil, 2 an error that the message says how to\n");
            page.Append("correct, 3 over a limit of 'measure', 130 stopped by Ctrl-C. Version: --version\n");
            return page.ToString();
        }
    }

    public override int Invoke(ParseResult parsed)
    {
        if (parsed.CommandResult.Parent is not null)
            return helpOfCommand.Invoke(parsed);
        parsed.InvocationConfiguration.Output.Write(Text);
        return ExitCode.Done;
    }
}
