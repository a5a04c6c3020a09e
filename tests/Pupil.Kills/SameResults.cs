using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Pupil.Kills;

/// <summary>Compares the folders of a killed and of an undisturbed job: all bytes, apart from times and the memory of a process.</summary>
internal static partial class SameResults
{
    private static readonly string[] Measured =
        ["finished", "trainingSeconds", "evaluationSeconds", "imagesPerSecond", "peakMemory", "latency"];

    /// <summary>Returns the first difference; null if there is none.</summary>
    /// <param name="expected">The folder of the undisturbed job.</param>
    /// <param name="found">The folder of the killed job.</param>
    public static string? Difference(string expected, string found)
    {
        string[] wanted = [.. FolderFiles.In(expected)], present = [.. FolderFiles.In(found).Where(file => !FolderFiles.IsLock(file))];
        return present.Except(wanted).FirstOrDefault() is { } more ? $"{more} stayed behind"
            : wanted.Except(present).FirstOrDefault() is { } missing ? $"{missing} is missing"
            : wanted.FirstOrDefault(file => !IsSame(Path.Combine(expected, file), Path.Combine(found, file))) is { } other
                ? $"{other} differs from that of the undisturbed job" : null;
    }

    private static bool IsSame(string expected, string found) => Path.GetFileName(expected) switch
    {
        // An entry for each start.
        "environment.json" => JsonNode.Parse(File.ReadAllText(found)) is JsonArray { Count: > 0 },
        "run.json" => Untimed(File.ReadAllText(expected)) == Untimed(File.ReadAllText(found)),
        "epochs.jsonl" => File.ReadLines(expected).Select(Untimed).SequenceEqual(File.ReadLines(found).Select(Untimed)),
        "comparison.csv" or "cells.csv" => Columns(expected).SequenceEqual(Columns(found)),
        "comparison.md" or "comparison.tex" =>
            LastTwoCells().Replace(File.ReadAllText(expected), "") == LastTwoCells().Replace(File.ReadAllText(found), ""),
        _ => File.ReadAllBytes(expected).AsSpan().SequenceEqual(File.ReadAllBytes(found)),
    };

    private static string Untimed(string json)
    {
        var record = JsonNode.Parse(json)!;
        Remove(record);
        return record.ToJsonString();

        static void Remove(JsonNode? node)
        {
            if (node is JsonObject fields)
            {
                foreach (string name in Measured)
                    fields.Remove(name);
            }
            foreach (var inner in node is JsonObject some ? some.Select(field => field.Value) : node as IEnumerable<JsonNode?> ?? [])
                Remove(inner);
        }
    }

    private static IEnumerable<string> Columns(string csv)
    {
        string[][] lines = [.. File.ReadLines(csv).Select(line => line.Split(','))];
        int[] kept =
        [
            .. Enumerable.Range(0, lines[0].Length).Where(i => !lines[0][i].EndsWith("_seconds", StringComparison.Ordinal)
                && lines[0][i] is not "images_per_second" and not "process_peak_memory_bytes"),
        ];
        return lines.Select(line => string.Join(',', kept.Select(i => line[i])));
    }

    // Seconds and images per second, in the rows of Markdown and LaTeX.
    [GeneratedRegex(@"(\|[^|\n]*\|[^|\n]*\|$)|(&[^&\n]*&[^&\n]*\\\\)", RegexOptions.Multiline)]
    private static partial Regex LastTwoCells();
}
