using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Pupil.Tests;

/// <summary>
/// Texts with computed numbers. Processors round differently, so digits are never compared as text. The words and the number of
/// decimals must be as expected; each number with decimals may differ by one unit of its last digit.
/// </summary>
internal static partial class NumbersInText
{
    /// <summary>Returns the first number after some words.</summary>
    public static double After(string words, string text)
    {
        int at = text.IndexOf(words, StringComparison.Ordinal);
        Assert.True(at >= 0, $"'{words}' is not in:\n{text}");
        var found = Number().Match(text, at + words.Length);
        Assert.True(found.Success, $"no number follows '{words}' in:\n{text}");
        return Value(found);
    }

    /// <summary>Checks that the whole text is the expected one.</summary>
    public static void AssertNear(string expected, string found) =>
        Assert.True(IsIn(expected, found, @"\A", @"\z"), $"expected, but for the last digits:\n{expected}\nfound:\n{found}");

    /// <summary>Checks that the other text contains the expected one.</summary>
    public static void AssertContains(string expected, string text) =>
        Assert.True(IsIn(expected, text, "", ""), $"expected, but for the last digits:\n{expected}\nin:\n{text}");

    private static bool IsIn(string expected, string text, string start, string end)
    {
        MatchCollection wanted = Decimals().Matches(expected);
        var pattern = new StringBuilder(start);
        int from = 0;
        foreach (Match number in wanted)
        {
            pattern.Append(Regex.Escape(expected[from..number.Index]))
                .Append($@"([+−-]?)((?<!\d)\d[\d,]*\.\d{{{number.Groups["places"].Length}}})(?!\d)");
            from = number.Index + number.Length;
        }
        pattern.Append(Regex.Escape(expected[from..])).Append(end);
        return Regex.Matches(text, pattern.ToString()).Any(found =>
            wanted.Index().All(pair => IsNear(pair.Item, found.Groups[2 * pair.Index + 1].Value, found.Groups[2 * pair.Index + 2].Value)));
    }

    private static bool IsNear(Match wanted, string sign, string digits)
    {
        double one = Value(wanted), other = Parse(sign, digits), unit = Math.Pow(10, -wanted.Groups["places"].Length);
        return Math.Abs(one - other) < 1.5 * unit && (wanted.Groups["sign"].Value == sign || Math.Abs(one) < 1.5 * unit);
    }

    private static double Value(Match number) => Parse(number.Groups["sign"].Value, number.Groups["digits"].Value);

    private static double Parse(string sign, string digits) =>
        (sign is "-" or "−" ? -1 : 1) * double.Parse(digits, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"(?<sign>[+−-]?)(?<digits>(?<!\d)\d[\d,]*\.(?<places>\d+))(?!\d)")]
    private static partial Regex Decimals();

    [GeneratedRegex(@"(?<sign>[+−-]?)(?<digits>\d[\d,]*(\.\d+)?)")]
    private static partial Regex Number();
}
