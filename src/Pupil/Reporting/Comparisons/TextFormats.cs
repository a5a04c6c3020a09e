using System.Text;

namespace Pupil.Reporting.Comparisons;

/// <summary>Writes a comparison's tables as Markdown.</summary>
internal static class MarkdownText
{
    private const string Special = "\\`*_{}[]<>#|~!&$";

    /// <summary>Returns the tables as Markdown that ends with a line break.</summary>
    public static string Write(ComparisonText text)
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

    /// <summary>Escapes a text, in one line.</summary>
    internal static string Escape(string text)
    {
        var result = new StringBuilder();
        foreach (char character in text.ReplaceLineEndings(" "))
            result.Append(Special.Contains(character) ? $"\\{character}" : character.ToString());
        return result.ToString();
    }

    private static string Cell(TextCell cell) => cell.IsMarked ? $"**{Escape(cell.Text)}**" : Escape(cell.Text);
}

/// <summary>Writes a comparison's tables as LaTeX for the package booktabs.</summary>
internal static class LatexText
{
    /// <summary>Returns the tables as LaTeX for <c>\input</c>.</summary>
    public static string Write(ComparisonText text)
    {
        var result = new StringBuilder($"% {Comment(text.Title)}; needs \\usepackage{{booktabs}} and a document in UTF-8.\n");
        foreach (var table in text.Tables)
        {
            result.Append($"\\begin{{table}}\n\\centering\n\\caption{{{Escape(table.Title)}}}\n");
            result.Append($"\\begin{{tabular}}{{l{new string('r', table.Columns.Count - 1)}}}\n\\toprule\n");
            result.Append($"{string.Join(" & ", table.Columns.Select(Escape))} \\\\\n\\midrule\n");
            foreach (var line in table.Lines)
                result.Append($"{(line.IsPart ? "\\quad " : "")}{string.Join(" & ", line.Cells.Select(Cell))} \\\\\n");
            result.Append("\\bottomrule\n\\end{tabular}\n\\end{table}\n");
        }
        foreach (var note in text.Notes)
            result.Append($"\n{{\\footnotesize\\noindent {(note.Mark.Length > 0 ? $"[{note.Mark}] " : "")}{Escape(note.Text)}\\par}}\n");
        return result.ToString();
    }

    /// <summary>Escapes a text, in one line.</summary>
    internal static string Escape(string text) =>
        string.Concat(text.ReplaceLineEndings(" ").EnumerateRunes().Select(rune => Escaped(rune.ToString())));

    private static string Escaped(string character) => character switch
    {
        "\\" => @"\textbackslash{}",
        "~" => @"\textasciitilde{}",
        "^" => @"\textasciicircum{}",
        "&" or "%" or "$" or "#" or "_" or "{" or "}" => $"\\{character}",
        "<" or ">" or "|" or "−" or "×" or "±" or "≥" or "≤" => $"${Mathematical(character)}$",
        "α" or "β" or "γ" or "λ" or "τ" => $"$\\{Greek(character)}$",
        "[" or "]" => $"{{{character}}}", // otherwise options of the preceding command
        "–" => "--",
        "…" => @"\dots{}",
        _ => character,
    };

    private static string Mathematical(string character) => character switch
    {
        "−" => "-",
        "×" => @"\times",
        "±" => @"\pm",
        "≥" => @"\geq",
        "≤" => @"\leq",
        _ => character,
    };

    private static string Greek(string letter) => letter switch
    {
        "α" => "alpha",
        "β" => "beta",
        "γ" => "gamma",
        "λ" => "lambda",
        _ => "tau",
    };

    private static string Comment(string text) => text.ReplaceLineEndings(" ");

    private static string Cell(TextCell cell) => cell.IsMarked ? $"\\textbf{{{Escape(cell.Text)}}}" : Escape(cell.Text);
}
