using System.Globalization;
using Pupil.Core;

namespace Pupil.Experiments.Recipes;

/// <summary>
/// Values of one entry of a recipe that a search tries: <c>PATH=VALUE,VALUE,…</c>, or <c>PATH=FROM..TO</c> for numbers that are drawn
/// from a range, on a logarithmic scale where both ends are above 0.
/// </summary>
/// <param name="Path">The path of the entry.</param>
/// <param name="Values">The values, each JSON or text; empty for a range.</param>
/// <param name="Range">The ends of a range; null for values.</param>
internal sealed record TriedValues(string Path, IReadOnlyList<string> Values, (double From, double To)? Range)
{
    private const string To = "..";

    /// <summary>Whether whole numbers are drawn from the range; set where the entry takes no others.</summary>
    public bool IsWhole { get; init; }

    /// <summary>Reads values from text.</summary>
    /// <exception cref="UserErrorException">The text has another form.</exception>
    public static TriedValues Parse(string text)
    {
        int equals = text.IndexOf('=', StringComparison.Ordinal);
        string path = equals < 0 ? "" : text[..equals].Trim();
        List<string> values = equals < 0 ? [] : [.. Split(text[(equals + 1)..])];
        if (path.Length == 0 || values.Count == 0 || values.Contains("") || values.Distinct().Count() < values.Count)
        {
            throw new UserErrorException($"found '{text}', expected a path with different values, as in "
                + "\"method.beta=100,1000,10000\", or with a range, as in \"method.beta=100..10000\".");
        }
        return values is [var only] && RangeOf(only) is { } range ? new(path, [], range) : new(path, values, null);
    }

    /// <summary>Returns a value: one of the list, or a number of the range with three digits, whole numbers with all.</summary>
    public string Draw(StreamRandom random)
    {
        if (Range is not var (from, to))
            return Values[random.Next(Values.Count)];
        double share = random.NextDouble();
        double drawn = from > 0 && to > 0 ? from * Math.Pow(to / from, share) : from + share * (to - from);
        return IsWhole
            ? Math.Clamp(Math.Round(drawn), Math.Ceiling(from), Math.Floor(to)).ToString("F0", CultureInfo.InvariantCulture)
            : drawn.ToString("G3", CultureInfo.InvariantCulture);
    }

    private static (double, double)? RangeOf(string text)
    {
        int at = text.IndexOf(To, StringComparison.Ordinal);
        return at > 0 && Number(text[..at]) is double from && Number(text[(at + To.Length)..]) is double to && from < to
            ? (from, to) : null;

        static double? Number(string text) =>
            double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double found) ? found : null;
    }

    // Commas within brackets and quotes belong to a value.
    private static IEnumerable<string> Split(string text)
    {
        int from = 0, depth = 0;
        bool quoted = false;
        for (int i = 0; i < text.Length; i++)
        {
            quoted ^= text[i] == '"' && (i == 0 || text[i - 1] != '\\');
            depth += quoted ? 0 : text[i] is '[' or '{' ? 1 : text[i] is ']' or '}' ? -1 : 0;
            if (text[i] == ',' && depth == 0 && !quoted)
            {
                yield return text[from..i].Trim();
                from = i + 1;
            }
        }
        yield return text[from..].Trim();
    }
}
