using System.CommandLine;
using Pupil.Cli.Display;
using Pupil.Cli.Hosting;
using Pupil.Images;
using Pupil.Images.Formats.Packed;
using Pupil.Images.Formats.Pictures;

namespace Pupil.Cli.Commands.Data;

/// <summary><c>pupil data convert</c>: writes any data set as one packed file, or as shards.</summary>
internal static class DataConvertCommand
{
    // About a thousand of them hold ImageNet at 256 pixels.
    private const int DefaultShard = 256;

    public static Command Create()
    {
        var command = new Command("convert",
            """
            Writes a data set as one packed file (safetensors: pixels, labels, boxes)
            that is mapped into memory, whatever its size. Use it with --data FILE, or
            read it from Python with the safetensors library.

            With --shards, a folder with an index file and shards of the pixels, for large
            sets. Use it with --data FOLDER. Of a packed set of more than 1 GiB, training
            reads small blocks in random order and shuffles the images of many together,
            so that a set larger than memory is read from the disk in large parts.

            Examples:
              pupil data convert my-pictures --out my-pictures.safetensors --set data.source.size=96
              pupil data convert data/cifar-10-binary.tar.gz --out cifar10.safetensors
              pupil data convert data/imagenet --out imagenet-256 --shards
            """);
        var arguments = new DataArguments(command);
        var target = new Option<string>("--out", "-o")
        {
            Description = "The file to write, NAME.safetensors; with --shards a new folder.",
            HelpName = "FILE",
            Required = true,
        };
        var shards = new Option<int?>("--shards")
        {
            Description = $"Write shards of at most this size, in MB of pixels, 1…100000. Default: {DefaultShard}.",
            HelpName = "MB",
            Arity = ArgumentArity.ZeroOrOne,
        };
        command.Options.Add(target);
        command.Options.Add(shards);
        command.SetAction(parsed => Interruption.Run(stop =>
        {
            string path = parsed.GetValue(target)!;
            var packed = parsed.GetResult(shards) is null ? OneFile(path) : Shards(path, parsed.GetValue(shards) ?? DefaultShard);
            var setting = new LoadContext { Progress = new LoadDisplay(), Stop = stop };
            var source = arguments.Read(parsed).Source;
            if (source is PictureSource pictures)
                pictures.Pack(packed, setting);
            else
                PackedFile.Write(packed, source.Load(setting), setting);
            var splits = PackedFile.Open(path, verifies: false);
            Output.Line($"{path}: {string.Join(", ", splits.Parts.Select(part => $"{part.Images.Count:N0} {part.Part}"))} images of "
                + $"{splits.Train.Height}×{splits.Train.Width}×{splits.Train.Channels}, {splits.Train.Classes.Count} classes, "
                + $"{Bytes(path) / 1e6:N1} MB.{Texts.LeftOut(splits)}");
            return ExitCode.Done;
        }));
        return command;
    }

    private static PackedTarget OneFile(string path) => path.EndsWith(".safetensors", StringComparison.OrdinalIgnoreCase)
        ? PackedTarget.File(path)
        : throw new UserErrorException($"--out {path}: expected a name that ends in .safetensors, by which the file is recognised; "
            + "or --shards for a folder.");

    private static PackedTarget Shards(string path, int megabytes) => megabytes is >= 1 and <= 100_000
        ? PackedTarget.Folder(path, megabytes * 1_000_000L)
        : throw new UserErrorException($"--shards {megabytes}: expected the size of a shard in MB, 1…100000; "
            + $"the default is {DefaultShard}.");

    private static long Bytes(string path) => File.Exists(path) ? new FileInfo(path).Length
        : Directory.EnumerateFiles(path).Sum(file => new FileInfo(file).Length);
}
