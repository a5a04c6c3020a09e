namespace Pupil.Tests.House;

/// <summary>Lines fit on a screen: 140 characters of C#, 120 of prose.</summary>
public sealed class LineLengthTests
{
    private const int Code = 140, Prose = 120;

    [Fact]
    public void Lines_of_code_have_at_most_140_characters() =>
        Assert.Empty(new[] { "src", "tests", "fuzz", "benchmarks", "samples" }
            .SelectMany(folder => Files(folder, "*.cs", SearchOption.AllDirectories))
            .SelectMany(file => LongLines(file, File.ReadAllLines(file), Code)).Take(20));

    [Fact]
    public void Lines_of_prose_have_at_most_120_characters() =>
        Assert.Empty(Files(".", "*.md", SearchOption.TopDirectoryOnly).Concat(Files("docs", "*.md", SearchOption.TopDirectoryOnly))
            .SelectMany(file => LongLines(file, ProseOf(File.ReadAllLines(file)), Prose)).Take(20));

    private static IEnumerable<string> Files(string folder, string pattern, SearchOption depth)
    {
        Assert.SkipWhen(RealData.RepositoryFolder is null, "The source code is not here.");
        return Directory.EnumerateFiles(Path.Combine(RealData.RepositoryFolder!, folder), pattern, depth)
            .Where(file => !file.Contains("/obj/", StringComparison.Ordinal) && !file.Contains("/bin/", StringComparison.Ordinal));
    }

    private static IEnumerable<(string File, int Line, string Text)> LongLines(string file, IEnumerable<string> lines, int longest) =>
        lines.Select((text, i) => (file, i + 1, text)).Where(line => line.text.EnumerateRunes().Count() > longest);

    // Rows of tables, pictures and blocks of code keep their lines.
    private static IEnumerable<string> ProseOf(IEnumerable<string> lines)
    {
        bool isCode = false;
        foreach (string line in lines)
        {
            isCode ^= line.StartsWith("```", StringComparison.Ordinal);
            bool isKept = isCode || new[] { "|", "    ", "![" }.Any(start => line.StartsWith(start, StringComparison.Ordinal));
            yield return isKept ? "" : line;
        }
    }
}
