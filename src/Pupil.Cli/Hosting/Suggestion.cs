using System.CommandLine;
using Pupil.Settings;

namespace Pupil.Cli.Hosting;

/// <summary>Adds the nearest command or option to the messages about unknown ones.</summary>
internal static class Suggestion
{
    /// <summary>Returns the message about an unknown option.</summary>
    /// <param name="option">The option as given.</param>
    /// <param name="command">The command that lacks it.</param>
    public static string UnknownOption(string option, Command command) =>
        $"{option}: there is no such option.{NearestName.Hint(option.Split('=')[0], NamesOf(command.Options))}";

    /// <summary>Returns what to add to an error of the command line: the name nearest to one that its message quotes.</summary>
    /// <param name="message">The parser's message.</param>
    /// <param name="parsed">The command line.</param>
    public static string For(string message, ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        string? unknown = parsed.UnmatchedTokens.FirstOrDefault(token => message.Contains($"'{token}'", StringComparison.Ordinal));
        if (unknown is null)
            return "";
        return NearestName.Hint(unknown.Split('=')[0],
            unknown.StartsWith('-') ? NamesOf(command.Options) : command.Subcommands.Select(known => known.Name));
    }

    private static IEnumerable<string> NamesOf(IEnumerable<Option> options) =>
        options.SelectMany(option => option.Aliases.Prepend(option.Name));
}
