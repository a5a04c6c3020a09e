using System.CommandLine;

namespace Pupil.Cli.Hosting;

/// <summary>Finds the command of a command line.</summary>
internal static class CommandPath
{
    /// <summary>Returns the names of the parsed subcommands, from the root on, with a space after the last.</summary>
    public static IEnumerable<string> NamesOf(ParseResult parsed)
    {
        var names = new List<string> { "" };
        for (var command = parsed.CommandResult; command.Parent is System.CommandLine.Parsing.CommandResult parent; command = parent)
            names.Insert(0, command.Command.Name);
        return names;
    }
}
