using System.CommandLine;

namespace Pupil.Cli.Commands.Data;

/// <summary><c>pupil data</c>: getting image sets.</summary>
internal static class DataCommand
{
    public static Command Create() => new("data", "Gets image sets.") { DataGetCommand.Create() };
}
