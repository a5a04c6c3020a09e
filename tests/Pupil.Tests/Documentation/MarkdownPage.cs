using System.Text;
using System.Text.RegularExpressions;

namespace Pupil.Tests.Documentation;

/// <summary>The targets of the links and the anchors of the headings of a Markdown file.</summary>
internal sealed partial class MarkdownPage
{
    private MarkdownPage(string text)
    {
        string prose = CodeSpan().Replace(WithoutBlocksOfCode(text), "");
        Targets = [.. Link().Matches(prose).Select(link => link.Groups["target"].Value)];
        Anchors = AnchorsOf(text);
    }

    /// <summary>The targets of all links and images.</summary>
    public IReadOnlyList<string> Targets { get; }

    /// <summary>The anchors that a renderer gives the headings: <c>## Exit codes</c> is <c>exit-codes</c>.</summary>
    public IReadOnlySet<string> Anchors { get; }

    public static MarkdownPage Read(string file) => new(File.ReadAllText(file));

    public static MarkdownPage Parse(string text) => new(text);

    private static HashSet<string> AnchorsOf(string text)
    {
        var anchors = new HashSet<string>(StringComparer.Ordinal);
        bool isCode = false;
        foreach (string line in text.Split('\n'))
        {
            if (IsFence(line))
                isCode = !isCode;
            if (isCode || Heading().Match(line) is not { Success: true } heading)
                continue;
            string anchor = Anchor(heading.Groups["title"].Value);
            string unique = anchor;
            for (int i = 1; !anchors.Add(unique); i++)
                unique = $"{anchor}-{i}";
        }
        return anchors;
    }

    private static string Anchor(string title)
    {
        var anchor = new StringBuilder();
        foreach (var rune in title.Trim().EnumerateRunes())
        {
            if (Rune.IsLetterOrDigit(rune) || rune.Value is '-' or '_')
                anchor.Append(Rune.ToLowerInvariant(rune));
            else if (rune.Value == ' ')
                anchor.Append('-');
        }
        return anchor.ToString();
    }

    private static string WithoutBlocksOfCode(string text)
    {
        var prose = new StringBuilder();
        bool isFenced = false, isIndented = false, wasBlank = true;
        foreach (string line in text.Split('\n'))
        {
            bool isFence = IsFence(line), isBlank = string.IsNullOrWhiteSpace(line);
            isIndented = line.StartsWith("    ", StringComparison.Ordinal) ? isIndented || wasBlank : isIndented && isBlank;
            if (isFence)
                isFenced = !isFenced;
            if (!isFence && !isFenced && !isIndented)
                prose.Append(line).Append('\n');
            wasBlank = isBlank;
        }
        return prose.ToString();
    }

    private static bool IsFence(string line) => line.StartsWith("```", StringComparison.Ordinal);

    [GeneratedRegex("`[^`\n]*`")]
    private static partial Regex CodeSpan();

    [GeneratedRegex(@"^#{1,6} (?<title>.+?)\r?$")]
    private static partial Regex Heading();

    // The text of a link may hold brackets, and span lines.
    [GeneratedRegex(@"\[(?:[^\[\]]|\[[^\[\]]*\])*\]\((?<target>[^()\s]+)\)")]
    private static partial Regex Link();
}
