using System.CommandLine;
using System.Text.Encodings.Web;
using System.Text.Json;
using Pupil.Cli.Display;
using Pupil.Cli.Hosting;
using Pupil.Cli.Inspection;
using Pupil.Images;

namespace Pupil.Cli.Commands.Data;

/// <summary><c>pupil data info</c>: prints the contents of a data set, and warnings about it.</summary>
internal static class DataInfoCommand
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static Command Create()
    {
        var command = new Command("info",
            """
            Describes a data set: splits, images of each class, sizes, channel
            statistics, boxes. Lists what looks wrong: broken files, empty classes,
            copies, the same picture in train and test. Broken pictures are left out and
            listed.

            Examples:
              pupil data info my-pictures
              pupil data info data/cifar-10-binary.tar.gz
              pupil data info my-pictures.csv --set data.source.size=32 --json
              pupil data info --recipe tiny-imagenet/quick data
            """);
        var arguments = new DataArguments(command);
        var json = new Option<bool>("--json") { Description = "Print everything as JSON." };
        command.Options.Add(json);
        command.SetAction(parsed => Interruption.Run(stop =>
        {
            var options = arguments.Read(parsed, skipBroken: true);
            var splits = options.Source.Load(new LoadContext { Progress = parsed.GetValue(json) ? null : new LoadDisplay(), Stop = stop });
            var findings = DataInspection.Inspect(splits);
            if (parsed.GetValue(json))
                Output.Raw($"{JsonSerializer.Serialize(findings, Json)}\n");
            else
                DataFindingsText.Show(findings);
            return ExitCode.Done;
        }));
        return command;
    }
}
