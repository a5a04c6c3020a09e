using System.CommandLine;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Pupil.Cli.Arguments;
using Pupil.Cli.Display;
using Pupil.Cli.Hosting;
using Pupil.Inference;

namespace Pupil.Cli.Commands;

/// <summary><c>pupil predict</c>: classifies pictures with an exported model, without libtorch.</summary>
internal static class PredictCommand
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    public static Command Create()
    {
        var command = new Command("predict",
            """
            Classifies pictures with an exported model: the most probable classes, one
            line for each picture, as text or JSON. A broken picture is named; the others
            are still classified. "None of these" marks pictures that probably show no
            class, for a model that was exported with --reject-pictures. A model of several
            labels a picture prints all labels that reach their thresholds.

            Examples:
              pupil predict student.onnx cat.jpg
              pupil predict student.onnx pictures --top 1 --json
            """);
        var file = new Argument<string>("model") { Description = "A model that 'pupil export' wrote." };
        var pictures = new Argument<string[]>("picture")
        {
            Description = "Pictures (JPEG, PNG, WebP, BMP, GIF), or folders of them.",
            Arity = ArgumentArity.OneOrMore,
        };
        var top = NumberOption.Whole("--top", "Number of classes for each picture.", "K", 1, 1000, 3);
        var json = new Option<bool>("--json") { Description = "Print one line of JSON for each picture." };
        var threads = NumberOption.Whole("--threads", "Number of threads. Default: one for each core.", "N", 1, 1024);
        command.Arguments.Add(file);
        command.Arguments.Add(pictures);
        foreach (var option in new Option[] { top, json, threads })
            command.Options.Add(option);
        command.SetAction(parsed =>
        {
            using var classifier = new PictureClassifier(parsed.GetValue(file)!, parsed.GetValue(threads) ?? 0);
            var files = parsed.GetValue(pictures)!.SelectMany(PictureFiles.At);
            return Predict(classifier, files, parsed.GetValue(top)!.Value, parsed.GetValue(json));
        });
        return command;
    }

    private static int Predict(PictureClassifier classifier, IEnumerable<string> pictures, int top, bool json)
    {
        int code = ExitCode.Done, count = 0;
        foreach (string picture in pictures)
        {
            count++;
            try
            {
                var found = classifier.Classify(picture, classifier.Card.Classes.Count);
                var shown = found.Take(top);
                // A model without a threshold judges nothing.
                bool? noneOfThese = classifier.Card.RejectionThreshold is null ? null : classifier.IsNoneOfThese(found);
                var labels = classifier.Card.SeveralLabels ? classifier.LabelsAmong(found) : null;
                Output.Line(json
                    ? JsonSerializer.Serialize(new { picture, noneOfThese, labels, predictions = shown }, Json)
                    : $"{picture}  {(noneOfThese == true ? "none of these: " : "")}{(labels is null ? Listed(shown) : Labels(labels))}");
            }
            catch (UserErrorException broken)
            {
                Output.Aside(broken.Message);
                code = ExitCode.UserError;
            }
        }
        return count > 0 ? code : throw PictureFiles.Missing("these folders");
    }

    private static string Labels(IReadOnlyList<Prediction> labels) => labels.Count == 0 ? "no label" : Listed(labels);

    private static string Listed(IEnumerable<Prediction> predictions) =>
        string.Join("  ", predictions.Select(prediction => $"{prediction.Class} {Output.Percent(prediction.Probability)}"));
}
