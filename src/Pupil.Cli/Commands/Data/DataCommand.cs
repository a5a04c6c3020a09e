using System.CommandLine;

namespace Pupil.Cli.Commands.Data;

/// <summary><c>pupil data</c>: getting image sets, and looking at them.</summary>
internal static class DataCommand
{
    public static Command Create() => new("data", "Gets image sets, tells what they hold, shows them, and packs them.")
    {
        DataGetCommand.Create(),
        DataInfoCommand.Create(),
        DataPreviewCommand.Create(),
        DataConvertCommand.Create(),
    };
}
