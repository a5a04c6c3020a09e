using System.CommandLine;
using System.Text.Encodings.Web;
using System.Text.Json;
using Pupil.Cli.Arguments;
using Pupil.Cli.Display;
using Pupil.Cli.Hosting;
using Pupil.Inference;
using Pupil.Inference.Pictures;

namespace Pupil.Cli.Commands;

/// <summary><c>pupil predict</c>: classifies pictures with an exported model, without libtorch.</summary>
internal static class PredictCommand
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static Command Create()
    {
        var command = new Command("predict",
            """
            Classifies pictures with an exported model: the most probable classes, one
            line for each picture, as text or JSON. A broken picture is named; the others
            are still classified.

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
            return Predict(classifier, parsed.GetValue(pictures)!.SelectMany(Files), parsed.GetValue(top)!.Value, parsed.GetValue(json));
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
                var found = classifier.Classify(picture, top);
                var shares = found.Select(prediction => $"{prediction.Class} {Output.Percent(prediction.Probability)}");
                Output.Line(json
                    ? JsonSerializer.Serialize(new { picture, predictions = found }, Json)
                    : $"{picture}  {string.Join("  ", shares)}");
            }
            catch (UserErrorException broken)
            {
                Output.Aside(broken.Message);
                code = ExitCode.UserError;
            }
        }
        return count > 0 ? code
            : throw new UserErrorException($"There is no picture in these folders; expected files ending in "
                + $"{string.Join(", ", PictureFile.Endings)}, or files without an extension that are pictures by their content.");
    }

    private static IEnumerable<string> Files(string place)
    {
        if (!Directory.Exists(place))
            return [place];
        try
        {
            // .NET replaces other bytes in names, and would pass over the folder without a word.
            string? unread = Directory.EnumerateDirectories(place, "*", SearchOption.AllDirectories)
                .FirstOrDefault(folder => folder.Contains('\ufffd') && !Directory.Exists(folder));
            if (unread is not null)
                throw new UserErrorException($"{unread}: the name of a folder is not UTF-8, expected names in UTF-8; rename it.");
            return [.. Directory.EnumerateFiles(place, "*", SearchOption.AllDirectories)
                .Where(IsPicture)
                .Order(StringComparer.Ordinal)];
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"{place}: a folder in it cannot be read ({failure.Message}); expected permission to read all "
                + "of it, and names in UTF-8.", failure);
        }
    }

    // A picture in a format that cannot be read is one, too: it is named as broken. A pipe or a device without an extension is left alone,
    // and so is what may not be read.
    private static bool IsPicture(string file)
    {
        if (!PictureFile.HasNoEnding(file))
            return PictureFile.HasPictureEnding(file) || PictureFile.UnreadFormat(file) is not null;
        try
        {
            using var content = RegularFile.OpenRead(file, buffer: 0);
            byte[] head = PictureFile.HeadOf(content);
            return PictureFile.IsPicture(head) || PictureFile.UnreadFormat(head) is not null;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or UserErrorException)
        {
            return false;
        }
    }
}
