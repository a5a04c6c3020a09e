using System.CommandLine;
using Pupil.Cli.Display;
using Pupil.Cli.Hosting;
using Pupil.Experiments.Exporting;
using Pupil.Images;
using Pupil.Interop.PyTorch;
using Pupil.Interop.Students;

namespace Pupil.Cli.Commands;

/// <summary><c>pupil export</c>: writes a student as one ONNX file.</summary>
internal static class ExportCommand
{
    private const double MostLost = 0.01;

    public static Command Create()
    {
        var command = new Command("export",
            """
            Writes a student as one ONNX file for ONNX Runtime 1.16 and later. Compares
            the outputs of file and network on the test images; a float32 file that
            differs is not written.

            Examples:
              pupil export runs/mine/students/student.safetensors
              pupil export runs/mine/students/student.safetensors --pictures --softmax --out student.onnx
              pupil export runs/mine/students/student.safetensors --precision int8 --out small.onnx
              pupil export runs/mine/students/student.safetensors --format safetensors --out for-pytorch.safetensors
            """);
        var file = new Argument<string>("student") { Description = "A student file (safetensors)." };
        var format = new Option<string>("--format")
        {
            Description = "onnx, or safetensors with PyTorch's names (docs/pytorch.md has modules that load it).",
            HelpName = "onnx|safetensors",
            DefaultValueFactory = _ => "onnx",
        };
        format.AcceptOnlyFromAmong("onnx", "safetensors");
        var target = new Option<string?>("--out", "-o")
        {
            Description = "The file to write. Default: the student's name with .onnx, beside it.",
            HelpName = "FILE",
        };
        var pictures = new Option<bool>("--pictures")
        {
            Description = "Prepare pictures within the model: its input is N×H×W×C bytes of any height and width. "
                + "Otherwise: N×C×H×W prepared numbers.",
        };
        var softmax = new Option<bool>("--softmax") { Description = "Return probabilities instead of logits." };
        var precision = new Option<OnnxPrecision>("--precision")
        {
            Description = "Type of the weights: float32; float16, half the size; int8, a quarter, computed in 8 bits, "
                + "calibrated on 1,000 training images.",
            HelpName = "float32|float16|int8",
        };
        command.Arguments.Add(file);
        foreach (var option in new Option[] { format, target, pictures, softmax, precision })
            command.Options.Add(option);
        var images = new StudentImages(command);
        command.SetAction(parsed =>
        {
            string student = parsed.GetValue(file)!;
            StudentFile.ReadCard(student);
            if (parsed.GetValue(format) == "safetensors")
                return Weights(student, parsed.GetValue(target));
            var recipe = images.Read(parsed, student);
            string path = parsed.GetValue(target) ?? Path.ChangeExtension(student, ".onnx");
            var options = new OnnxOptions
            {
                TakesPictures = parsed.GetValue(pictures),
                GivesProbabilities = parsed.GetValue(softmax),
                Precision = parsed.GetValue(precision),
            };
            return Interruption.Run(stop =>
            {
                var data = recipe.Data.Prepare(new LoadContext { Progress = new LoadDisplay(), Stop = stop });
                Show(OnnxExport.Write(path, student, options, recipe.Data.Source, data));
                return ExitCode.Done;
            });
        });
        return command;
    }

    private static int Weights(string student, string? target)
    {
        string path = target ?? Path.ChangeExtension(student, ".pytorch.safetensors");
        if (Path.GetFullPath(path) == Path.GetFullPath(student))
            throw new UserErrorException($"{student}: would be overwritten; give another name by --out.");
        int count = PyTorchWeights.Write(path, student);
        Output.Line($"File: {path} ({count} tensors)");
        return ExitCode.Done;
    }

    private static void Show(OnnxExportResult result)
    {
        Output.Line($"Checked on {result.Images:N0} test images: {Output.Percent(result.Agreement)} of the classes as the network's, "
            + $"logits of up to {result.LargestLogit:0.0} differ by at most {result.Difference:0.0e+0}; "
            + $"top-1 {Output.Percent(result.ModelTop1)}, the network's {Output.Percent(result.NetworkTop1)}.");
        if (result.NetworkTop1 - result.ModelTop1 > MostLost)
            Output.Aside($"That costs {100 * (result.NetworkTop1 - result.ModelTop1):0.00} points of accuracy.");
        Output.Line($"File: {result.Path} ({result.Bytes / 1e3:N0} kB)");
    }
}
