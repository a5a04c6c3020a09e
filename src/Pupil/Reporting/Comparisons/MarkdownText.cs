using System.Text;

namespace Pupil.Reporting.Comparisons;

/// <summary>A report as Markdown.</summary>
internal static class MarkdownText
{
    private const string Special = "\\`*_{}[]<>#|~!&$";

    /// <summary>The report as Markdown, with a line break at its end.</summary>
    public static string Of(ComparisonText text)
    {
        var result = new StringBuilder($"# {Escape(text.Title)}\n\n{string.Join("\n\n", text.About.Select(Escape))}\n");
        foreach (var table in text.Tables)
        {
            result.Append($"\n## {Escape(table.Title)}\n\n| {string.Join(" | ", table.Columns.Select(Escape))} |\n");
            result.Append($"|---|{string.Concat(table.Columns.Skip(1).Select(_ => "---:|"))}\n");
            foreach (var line in table.Lines)
                result.Append($"| {(line.IsPart ? "↳ " : "")}{string.Join(" | ", line.Cells.Select(Cell))} |\n");
        }
        result.Append('\n');
        foreach (var note in text.Notes)
            result.Append($"- {(note.Mark.Length > 0 ? $"\\[{note.Mark}\\] " : "")}{Escape(note.Text)}\n");
        return result.ToString();
    }

    /// <summary>A text that stands for itself, in one line.</summary>
    internal static string Escape(string text)
    {
        var result = new StringBuilder();
        foreach (char character in text.ReplaceLineEndings(" "))
            result.Append(Special.Contains(character) ? $"\\{character}" : character.ToString());
        return result.ToString();
    }

    private static string Cell(TextCell cell) => cell.IsMarked ? $"**{Escape(cell.Text)}**" : Escape(cell.Text);
}
