using Pupil.Experiments.Comparisons;
using Pupil.Experiments.Recipes;
using Pupil.LibTorch;
using Pupil.Reporting.Comparisons;
using Spectre.Console;

namespace Pupil.Cli.Display;

/// <summary>Prints the results of a comparison, or its plan.</summary>
internal static class ComparisonView
{
    /// <summary>Writes the tables of a folder anew from its records, and prints them.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="quiet">Whether only the folder is printed.</param>
    public static void Renew(ComparisonFolder folder, bool quiet = false)
    {
        var table = ComparisonTable.FromFolder(folder);
        table.Write(folder);
        if (quiet)
            Output.Line(Output.PathFromHere(folder.Path));
        else
            Show(table, folder);
    }

    /// <summary>Prints the tables, their notes and their folder.</summary>
    public static void Show(ComparisonTable table, ComparisonFolder folder)
    {
        string place = Output.PathFromHere(folder.Path);
        Show(table.ToText(), $"Folder: {place} (comparison.md, .tex and .csv, cells.csv; the cells' run folders in cells/)");
    }

    /// <summary>Prints tables, their notes and where they are.</summary>
    public static void Show(ComparisonText text, string place)
    {
        Output.Line("");
        Output.Line($"{text.Title}: {string.Join(" ", text.About)}");
        foreach (var shown in text.Tables)
        {
            Output.Line("");
            Output.Line(shown.Title);
            Output.Console.Write(Table(shown));
        }
        foreach (var note in text.Notes)
            Output.Line($"{(note.Mark.Length > 0 ? $"[{note.Mark}]" : "·")} {note.Text}");
        Output.Line("");
        Output.Line(place);
    }

    /// <summary>Prints the cells and their progress.</summary>
    public static void ShowPlan(ComparisonFolder folder, ComparisonPlan plan, Func<ComparisonCell, bool> only)
    {
        if (folder.Exists)
            folder.CheckCells(plan);
        var states = plan.Cells.Where(only).Select(folder.StateOf).ToList();
        int done = states.Count(state => state.Summary is not null);
        Output.Line($"{plan.Comparison.Name}: {states.Count} cells in {Output.PathFromHere(folder.Path)}, {done} of them finished.");
        foreach (var state in states)
            Output.Line($"{state.Cell,-48} {(state.Summary is null ? state.Words : "finished")}");
    }

    /// <summary>Prints the failed cells with their errors on standard error; cells with the same error together.</summary>
    /// <param name="failures">The failed cells.</param>
    /// <param name="messageOf">Returns the message of a user error, with advice.</param>
    public static void ShowFailures(IReadOnlyList<CellFailed> failures, Func<UserErrorException, string> messageOf)
    {
        foreach (var same in failures.GroupBy(failed => ComparisonTexts.Reason(failed.Error, messageOf)))
        {
            Output.Aside($"Failed: {string.Join(", ", same.Select(failed => failed.Cell))}: {same.Key}");
            if (IsDefect(same.First()))
                Output.Asides($"Please report it with the command and what follows.\n{same.First().Error}");
        }
        if (failures.Count > 0)
            Output.Aside("The same command tries them again.");
    }

    /// <summary>Whether a cell failed by a defect of Pupil rather than a user error.</summary>
    public static bool IsDefect(CellFailed failed) => NativeLibraries.FindUserError(failed.Error) is null;

    private static Table Table(TextTable text)
    {
        var table = new Table().Border(TableBorder.Rounded).AddColumn(Markup.Escape(text.Columns[0]));
        foreach (string column in text.Columns.Skip(1))
            table.AddColumn(new TableColumn(Markup.Escape(column)).RightAligned());
        foreach (var line in text.Lines)
            table.AddRow(line.Cells.Select((cell, i) => new Markup($"{(line.IsPart && i == 0 ? "  " : "")}{Cell(cell)}")));
        return table;
    }

    private static string Cell(TextCell cell) => cell.IsMarked ? $"[bold]{Markup.Escape(cell.Text)} *[/]" : Markup.Escape(cell.Text);
}
