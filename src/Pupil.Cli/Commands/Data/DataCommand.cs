using System.CommandLine;

namespace Pupil.Cli.Commands.Data;

/// <summary><c>pupil data</c>: downloads, inspects, previews and converts image sets.</summary>
internal static class DataCommand
{
    public static Command Create() => new("data", "Downloads, inspects, previews and converts image sets.")
    {
        DataGetCommand.Create(),
        DataInfoCommand.Create(),
        DataPreviewCommand.Create(),
        DataConvertCommand.Create(),
    };
}
