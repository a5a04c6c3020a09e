using System.CommandLine;
using Pupil.Cli.Display;
using Pupil.Cli.Hosting;
using Pupil.Images;
using Pupil.Images.Formats.Packed;

namespace Pupil.Cli.Commands.Data;

/// <summary><c>pupil data convert</c>: writes any data set as one packed file.</summary>
internal static class DataConvertCommand
{
    public static Command Create()
    {
        var command = new Command("convert",
            """
            Writes a data set as one packed file (safetensors: pixels, labels, boxes)
            that is mapped into memory, whatever its size. Use it with --data FILE, or
            read it from Python with the safetensors library.

            Examples:
              pupil data convert my-pictures --out my-pictures.safetensors --set data.source.size=96
              pupil data convert data/cifar-10-binary.tar.gz --out cifar10.safetensors
            """);
        var arguments = new DataArguments(command);
        var target = new Option<string>("--out", "-o")
        {
            Description = "The file to write, NAME.safetensors.",
            HelpName = "FILE",
            Required = true,
        };
        command.Options.Add(target);
        command.SetAction(parsed => Interruption.Run(stop =>
        {
            string file = parsed.GetValue(target)!;
            if (!file.EndsWith(".safetensors", StringComparison.OrdinalIgnoreCase))
                throw new UserErrorException($"--out {file}: expected a name that ends in .safetensors, by which the file is recognised.");
            var setting = new LoadContext { Progress = new LoadDisplay(), Stop = stop };
            var splits = arguments.Read(parsed).Source.Load(setting);
            PackedFile.Write(file, splits, setting);
            Output.Line($"{file}: {string.Join(", ", splits.Parts.Select(part => $"{part.Images.Count:N0} {part.Part}"))} images of "
                + $"{splits.Train.Height}×{splits.Train.Width}×{splits.Train.Channels}, {splits.Train.Classes.Count} classes, "
                + $"{new FileInfo(file).Length / 1e6:N1} MB.{Texts.LeftOut(splits)}");
            return ExitCode.Done;
        }));
        return command;
    }
}
