using System.Globalization;
using System.Text.Json;

namespace Pupil.Benchmarks;

/// <summary>Options, medians and the JSON record of a benchmark.</summary>
internal sealed class BenchmarkRun(string[] arguments)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public string Text(string name, string fallback) =>
        Array.IndexOf(arguments, name) is >= 0 and var at && at + 1 < arguments.Length ? arguments[at + 1] : fallback;

    public int Number(string name, int fallback) =>
        Text(name, "") is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : fallback;

    /// <summary>Prints the record, and writes it to the file of <c>--out</c>.</summary>
    public void Record(object result)
    {
        string json = JsonSerializer.Serialize(result, Json);
        Console.WriteLine(json);
        if (Text("--out", "") is { Length: > 0 } file)
            File.WriteAllText(file, json + "\n");
    }

    public static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
