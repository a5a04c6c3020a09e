using System.CommandLine;
using System.Diagnostics;
using System.Text.Json;
using Pupil.Cli.Arguments;
using Pupil.Cli.Display;
using Pupil.Cli.Hosting;
using Pupil.Cli.Inspection;
using Pupil.Core;
using Pupil.Training;
using Spectre.Console;

namespace Pupil.Cli.Commands;

/// <summary><c>pupil measure</c>: measures models on this machine, each in a process of its own.</summary>
internal static class MeasureCommand
{
    public static Command Create()
    {
        var command = new Command("measure",
            """
            Measures models (student files, ONNX files), each in a process of its own:
            parameters, multiply-adds, size, milliseconds for 1 and 32 images with one
            thread and with all (median and 95th percentile of 30), and peak memory.
            Measure on an idle machine. Exit code 3 if a model is over a limit.

            Examples:
              pupil measure student.safetensors student.onnx small.onnx
              pupil measure student.onnx --max-latency 5 --max-size 500
            """);
        var models = new Argument<string[]>("model")
        {
            Description = "Student files (safetensors) and ONNX files.",
            Arity = ArgumentArity.OneOrMore,
        };
        var latency = NumberOption.OverZero("--max-latency", "Limit of the median milliseconds for one image with one thread.", "MS");
        var size = NumberOption.OverZero("--max-size", "Limit of the file size in kilobytes (1,000 bytes).", "KB");
        var json = new Option<bool>("--json") { Description = "Print one line of JSON for each model." };
        var alone = new Option<bool>("--alone") { Description = "Measure one model in this process.", Hidden = true };
        command.Arguments.Add(models);
        foreach (var option in new Option[] { latency, size, json, alone })
            command.Options.Add(option);
        command.SetAction(parsed =>
        {
            string[] files = parsed.GetValue(models)!;
            if (parsed.GetValue(alone))
            {
                Output.Line(JsonSerializer.Serialize(ModelMeasure.OfFile(files[0])));
                return ExitCode.Done;
            }
            var measures = files.Select(InProcessOfItsOwn).ToList();
            if (parsed.GetValue(json))
                measures.ForEach(measure => Output.Line(JsonSerializer.Serialize(measure)));
            else
                Show(measures);
            return Over(measures, parsed.GetValue(latency), parsed.GetValue(size));
        });
        return command;
    }

    private static ModelMeasure InProcessOfItsOwn(string file)
    {
        string host = Environment.ProcessPath ?? throw new InvalidOperationException("This process has no path.");
        bool isHost = Path.GetFileNameWithoutExtension(host) == "dotnet";
        string[] self = isHost ? [Environment.GetCommandLineArgs()[0]] : [];
        var start = new ProcessStartInfo(host, [.. self, "measure", file, "--alone"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        string answer = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode switch
        {
            ExitCode.Done => JsonSerializer.Deserialize<ModelMeasure>(answer)!,
            ExitCode.UserError => throw new UserErrorException(errors.Result.Trim()),
            _ => throw new InvalidOperationException($"{file}: its process ended with {process.ExitCode}: {errors.Result}"),
        };
    }

    // One column per model: there are more rows of measures than models.
    private static void Show(List<ModelMeasure> measures)
    {
        var table = new Table().RoundedBorder().AddColumn("");
        foreach (var measure in measures)
            table.AddColumn(new TableColumn(new Text(Path.GetFileName(measure.File))).RightAligned());
        Row("network", measure => measure.Network);
        Row("kind", measure => measure.Kind);
        Row("parameters", measure => Number(measure.Parameters));
        Row("multiply-adds an image", measure => Number(measure.MultiplyAdds));
        Row("file, kB", measure => $"{measure.Bytes / 1e3:N0}");
        Row("test accuracy, before export", measure => measure.TestTop1 is double top1 ? Output.Percent(top1) : "–");
        if (measures.Any(measure => measure.TestMeanAveragePrecision is not null))
        {
            Row("test mAP, before export",
                measure => measure.TestMeanAveragePrecision is double precision ? Output.Percent(precision) : "–");
        }
        Row("1 image, 1 thread, ms", measure => Time(measure.OneThread[0]));
        Row($"1 image, {measures[0].Threads} threads, ms", measure => Time(measure.AllThreads[0]));
        Row("32 images, 1 thread, ms", measure => Time(measure.OneThread[1]));
        Row($"32 images, {measures[0].Threads} threads, ms", measure => Time(measure.AllThreads[1]));
        Row("peak memory, MB", measure => $"{measure.PeakMemory / 1e6:N0}");
        Output.Console.Write(table);
        Output.Line("Milliseconds: median / 95th percentile of 30.");

        void Row(string title, Func<ModelMeasure, string> cell) =>
            table.AddRow([new Text(title), .. measures.Select(measure => new Text(cell(measure)))]);

        static string Number(long number) => number == 0 ? "–" : ShortNumber.Format(number);

        static string Time(Latency latency) => $"{latency.Median:0.00} / {latency.Percentile95:0.00}";
    }

    private static int Over(List<ModelMeasure> measures, double? latency, double? size)
    {
        var slow = measures.Where(measure => latency is double most && !(measure.OneThread[0].Median <= most))
            .Select(measure => $"{measure.File}: {measure.OneThread[0].Median:0.00} ms an image, over {latency} ms.");
        var large = measures.Where(measure => size is double most && !(measure.Bytes / 1e3 <= most))
            .Select(measure => $"{measure.File}: {measure.Bytes / 1e3:N1} kB, over {size} kB.");
        string[] over = [.. slow, .. large];
        foreach (string line in over)
            Output.Aside(line);
        return over.Length > 0 ? ExitCode.OverLimit : ExitCode.Done;
    }
}
