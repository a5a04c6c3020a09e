using System.CommandLine;
using Pupil.Cli.Arguments;
using Pupil.Cli.Display;
using Pupil.Cli.Hosting;
using Pupil.Experiments.Exporting;
using Pupil.Experiments.Runs;
using Pupil.Images;
using Pupil.Images.Formats.Pictures;
using Pupil.Interop.PyTorch;
using Pupil.Interop.Students;
using Pupil.Training;

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
              pupil export runs/mine/students/student.safetensors --precision int8 --tune
              pupil export runs/mine/students/student.safetensors --reject-pictures other-things --false-accept 0.05
              pupil export runs/mine/students/student.safetensors --reject-classes
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
        var softmax = new Option<bool>("--softmax", "--probabilities")
        {
            Description = "Return probabilities instead of logits: a softmax or, with several labels a picture, a sigmoid.",
        };
        var precision = new Option<OnnxPrecision>("--precision")
        {
            Description = "Type of the weights: float32; float16, half the size; int8, a quarter, computed in 8 bits, "
                + "calibrated on 1,000 training images.",
            HelpName = "float32|float16|int8",
        };
        var calibrate = new Option<string?>("--calibrate")
        {
            Description = "Fit the temperature of the probabilities on these images, which it was not trained on. "
                + "Default: the temperature of a run with a held-out part.",
            HelpName = "PATH",
        };
        var others = new Option<string?>("--reject-pictures")
        {
            Description = "Pictures of other things, in a folder: 'pupil predict' then answers \"none of these\" for their like.",
            HelpName = "FOLDER",
        };
        var unknown = new Option<bool>("--reject-classes")
        {
            Description = "The same with the pictures of the classes that the run left out: data.source.unknownClasses of its recipe.",
        };
        var falseAccept = NumberOption.Share("--false-accept",
            "The share of these other pictures that may still be taken for one of a class. Default: 0.05.");
        command.Arguments.Add(file);
        foreach (var option in new Option[] { format, target, pictures, softmax, precision })
            command.Options.Add(option);
        var tuning = new TuningArguments(command);
        foreach (var option in new Option[] { calibrate, others, unknown, falseAccept })
            command.Options.Add(option);
        var images = new StudentImages(command);
        command.SetAction(parsed =>
        {
            string student = parsed.GetValue(file)!;
            var card = StudentFile.ReadCard(student);
            var tuned = tuning.Read(parsed, parsed.GetValue(format) == "onnx" ? parsed.GetValue(precision) : OnnxPrecision.Float32);
            if (parsed.GetValue(format) == "safetensors")
                return Weights(student, parsed.GetValue(target));
            var recipe = images.Read(parsed, student);
            if (parsed.GetValue(falseAccept) is not null && parsed.GetValue(others) is null && !parsed.GetValue(unknown))
            {
                throw new UserErrorException("--false-accept: is a share of the pictures of --reject-pictures or --reject-classes; "
                    + "give one of them, too.");
            }
            var training = images.Read(parsed, student, null).Data;
            string path = parsed.GetValue(target) ?? Path.ChangeExtension(student, ".onnx");
            var options = new OnnxOptions
            {
                TakesPictures = parsed.GetValue(pictures),
                GivesProbabilities = parsed.GetValue(softmax),
                Precision = parsed.GetValue(precision),
                OtherPictures = parsed.GetValue(others) is { } place ? Others(place) : [],
                Unknown = parsed.GetValue(unknown) ? WithUnknownClasses(training.Source) : null,
                FalseAccept = parsed.GetValue(falseAccept) ?? new OnnxOptions().FalseAccept,
            };
            var fitted = parsed.GetValue(calibrate) is { } data ? images.Read(parsed, student, data).Data : null;
            return Interruption.Run(stop =>
            {
                var context = new LoadContext { Progress = new LoadDisplay(), Stop = stop };
                var calibrating = fitted is null ? null
                    : MeasuredImages.Load(
                        fitted, card.Classes, () => TrainingImages.Load(training, card.Images, context), context, card.Labelling);
                var data = recipe.Data.Prepare(context);
                using var better = tuned is null ? null : Tune(new IntegerTuning(student, recipe, data, tuned), stop);
                Show(OnnxExport.Write(
                    path, student, options with { Calibrating = calibrating, Tuned = better }, recipe.Data.Source, data),
                    options.Precision == OnnxPrecision.Int8);
                return ExitCode.Done;
            });
        });
        return command;
    }

    private static TunedStudent Tune(IntegerTuning tuning, CancellationToken stop)
    {
        RunDisplay.FromOptions(quiet: false).Show(tuning.Run(stop));
        return tuning.Result ?? throw new OperationCanceledException(stop);
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

    private static string[] Others(string place)
    {
        string[] files = [.. PictureFiles.At(place)];
        return files.Length > 0 ? files : throw PictureFiles.Missing(place);
    }

    private static PictureSource WithUnknownClasses(DataSource source) =>
        source is PictureSource { UnknownClasses.Count: > 0 } pictures ? pictures
            : throw new UserErrorException("--reject-classes: the recipe leaves no class out, expected names in "
                + "data.source.unknownClasses of a set of pictures; train with them, or give other pictures by --reject-pictures.");

    private static void Show(OnnxExportResult result, bool isInteger)
    {
        string name = result.ScoreName == "accuracy" ? "top-1" : result.ScoreName;
        Output.Line($"Checked on {result.Images:N0} test images: {Output.Percent(result.Agreement)} of the classes as the network's, "
            + $"logits of up to {result.LargestLogit:0.0} differ by at most {result.Difference:0.0e+0}; "
            + $"{name} {Output.Percent(result.ModelScore)}, the network's {Output.Percent(result.NetworkScore)}.");
        if (result.Tuning is { } tuning)
            Output.Line(Texts.Of(tuning));
        if (result.NetworkScore - result.ModelScore > MostLost)
        {
            bool canTune = isInteger && result is { Tuning: null, ScoreName: "accuracy" };
            Output.Aside($"That costs {100 * (result.NetworkScore - result.ModelScore):0.00} points of {result.ScoreName}."
                + (canTune ? " Fine-tuning in 8 bits (--tune) may regain them." : ""));
        }
        if (result.Calibration is { } calibration)
        {
            Output.Line($"Probabilities: temperature {calibration.Temperature:0.00}, fitted on {calibration.Images:N0} images; expected "
                + $"calibration error of the test images {Output.Percent(calibration.ErrorAfter)}, "
                + $"without it {Output.Percent(calibration.ErrorBefore)}.");
        }
        if (result.Rejection is { } rejection)
        {
            var interval = ShareInterval.Of(rejection.Accepted, rejection.OtherPictures);
            Output.Line($"None of these: up to a probability of {Output.Percent(rejection.Threshold)}. That accepts "
                + $"{Output.Percent(rejection.Accepted)} of {rejection.OtherPictures:N0} other pictures (95 % interval "
                + $"{Output.Percent(interval.Low)} to {Output.Percent(interval.High)}) and rejects "
                + $"{Output.Percent(rejection.FalseReject)} of the test images.");
        }
        Output.Line($"File: {result.Path} ({result.Bytes / 1e3:N0} kB)");
    }
}
