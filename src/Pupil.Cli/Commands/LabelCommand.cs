using System.CommandLine;
using Pupil.Cli.Arguments;
using Pupil.Cli.Display;
using Pupil.Cli.Hosting;
using Pupil.Experiments.Recipes;
using Pupil.Experiments.Runs;
using Pupil.Images;
using Pupil.Images.Formats.Csv;
using Pupil.Images.Formats.Folder;
using Pupil.Images.Formats.Pictures;
using Pupil.Images.Transforms;
using Pupil.Interop.Onnx;
using Pupil.Interop.Students;
using Pupil.Networks;
using TorchSharp;

namespace Pupil.Cli.Commands;

/// <summary><c>pupil label</c>: labels pictures by an expert, as a CSV list that Pupil reads.</summary>
internal static class LabelCommand
{
    private const double DefaultConfidence = 0.8;

    public static Command Create()
    {
        var command = new Command("label",
            """
            Labels pictures by an expert: a CSV list of path, label and confidence, which
            'pupil distill --data' reads. Pictures below the confidence are left out: a
            second list has them with the expert's guess, and a contact sheet shows them,
            the least sure first, to be mended by hand.

            Examples:
              pupil label student.safetensors pile --out labels.csv --min-confidence 0.9
              pupil label resnet.onnx pile --classes names.txt --normalization imagenet
              pupil label clip-image.onnx pile --words texts.json --normalization 0.48,0.46,0.41/0.27,0.26,0.28
            """);
        var file = new Argument<string>("model") { Description = "A student file (safetensors) or an ONNX model." };
        var pictures = new Argument<string>("pictures") { Description = "A folder of pictures in any order, or a CSV list." };
        var target = new Option<string>("--out", "-o")
        {
            Description = "The list to write.",
            HelpName = "FILE",
            DefaultValueFactory = _ => "labels.csv",
        };
        var least = NumberOption.Share("--min-confidence", "The least probability of a label that is kept. Default: 0.8.");
        var names = new Option<string?>("--classes")
        {
            Description = "A text file with the class names of an ONNX model, one in each line, in the order of its logits. "
                + "Default: those in the file.",
            HelpName = "FILE",
        };
        var words = new Option<string?>("--words")
        {
            Description = "Text embeddings of the class names for an image tower such as CLIP's: JSON, or .npy with --classes.",
            HelpName = "FILE",
        };
        var size = NumberOption.Whole("--size", "Side of the images of an ONNX model that takes any size, in pixels.", "PIXELS", 8, 4096);
        var normalization = new NormalizationOption("Only for an ONNX model. Default: that of a file that Pupil exported.");
        command.Arguments.Add(file);
        command.Arguments.Add(pictures);
        foreach (var option in new Option[] { target, least, names, words, size, normalization.Option })
            command.Options.Add(option);
        var compute = new ComputeOptions(command);
        command.SetAction(parsed =>
        {
            var options = new ExpertOptions { File = parsed.GetValue(file)! };
            if (options.IsOnnx)
            {
                options = options with
                {
                    Onnx = new OnnxExpertOptions
                    {
                        Normalization = normalization.Read(parsed),
                        Size = parsed.GetValue(size),
                        Words = parsed.GetValue(words) is { } embeddings ? new ClassWordsOptions { File = embeddings } : null,
                    },
                };
            }
            else if (new Option[] { names, words, normalization.Option }
                .FirstOrDefault(option => parsed.GetResult(option) is not null) is { } one)
            {
                throw new UserErrorException($"{one.Name}: is for an ONNX model, but {options.File} is a student file, which has all that; "
                    + "leave it out.");
            }
            string list = parsed.GetValue(target)!, given = parsed.GetValue(pictures)!;
            if (File.Exists(list) && Path.GetFullPath(list) == Path.GetFullPath(given))
                throw new UserErrorException($"{list}: would be overwritten, but it lists the pictures; give another name by --out.");
            var classes = parsed.GetValue(names) is { } text ? ReadNames(text) : null;
            return Interruption.Run(stop =>
            {
                Label(options, classes, given, list, parsed.GetValue(least) ?? DefaultConfidence,
                    compute.Prepare(parsed), stop);
                return ExitCode.Done;
            });
        });
        return command;
    }

    private static void Label(ExpertOptions options, IReadOnlyList<string>? given, string pictures, string target, double least,
        torch.Device device, CancellationToken stop)
    {
        string path = options.File!;
        var card = options.IsOnnx ? null : StudentFile.ReadCard(path);
        var onnx = options.IsOnnx ? OnnxFile.Read(path) : null;
        var classes = given ?? ExpertFile.ClassesOf(options)
            ?? throw new UserErrorException($"{path}: does not give the names of its classes; give them by --classes, a text file with one "
                + "in each line.");
        var own = card is null ? InputOf(onnx!, options) : card.Input;
        if (File.Exists(pictures) && !Path.GetExtension(pictures).Equals(".csv", StringComparison.OrdinalIgnoreCase))
        {
            throw new UserErrorException($"{pictures}: found a file, expected a folder of pictures or a CSV list: a list names "
                + "files, which an archive has none of. Unpack it first.");
        }
        PictureSource source = Path.GetExtension(pictures).Equals(".csv", StringComparison.OrdinalIgnoreCase)
            ? new CsvSource { Path = pictures } : new FolderSource { Path = pictures };
        source = source with { Size = own.Height, Grey = own.Channels == 1, SkipBroken = true };
        var set = source.LoadUnlabelled(new LoadContext { Progress = new LoadDisplay(), Stop = stop });
        set = set.WithClasses(classes, ImageLabels.OfOne(new int[set.Count]));
        var all = ImageSubset.All(set);
        var plain = new Normalization { Mean = new double[own.Channels], Deviation = [.. Enumerable.Repeat(1.0, own.Channels)] };
        var data = new PreparedData(new DataSplits(set.Name, set, set), all, null, all, plain);
        var expert = ExpertFile.Open(options, path, data, device);
        using var network = expert.Network;
        if (!network.HasLogits)
        {
            throw new UserErrorException($"{path}: has no output of {classes.Count} numbers, one for each class; expected a classifier "
                + "with these classes.");
        }
        if (set.Files is null)
        {
            throw new UserErrorException(
                $"{pictures}: has too many broken pictures to name the others, expected mostly whole ones; mend them.");
        }
        if (ExpertLabels.Of(expert, data, null, card?.Calibration?.Temperature ?? 1, device, stop) is { } labels)
            new LabelLists(set, pictures, target).Write(labels, least);
        else
            Output.Line("Stopped; nothing is written.");
    }

    private static ImageShape InputOf(OnnxFile file, ExpertOptions options)
    {
        var input = file.Input;
        if (input.Height == 0 && options.Onnx!.Size is null && file.Card is null)
            throw new UserErrorException($"{file.Path}: takes images of any size; say which by --size, such as 224.");
        int side = options.Onnx!.Size ?? file.Card?.Size ?? input.Height;
        return OnnxNetwork.InputOf(file, options.Onnx, new(input.Channels > 0 ? input.Channels : 3, side, side));
    }

    private static string[] ReadNames(string path)
    {
        string[] names;
        try
        {
            names = [.. RegularFile.ReadAllText(path).Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0)];
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"{path}: cannot be read ({failure.Message.TrimEnd('.')}), expected class names, one in each "
                + "line; check the path.", failure);
        }
        return names.Length > 1 && names.Distinct(StringComparer.Ordinal).Count() == names.Length ? names
            : throw new UserErrorException($"{path}: found {names.Length} names, expected at least two, each once, one in each line.");
    }
}
