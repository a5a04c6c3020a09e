namespace Pupil.Reporting.Page;

/// <summary>A table that readers can sort by its columns.</summary>
internal static class HtmlTable
{
    /// <summary>Makes a table.</summary>
    /// <param name="title">The caption.</param>
    /// <param name="columns">The column titles; the first column names the rows.</param>
    /// <param name="rows">The rows, with a piece for each column.</param>
    public static Html OfRows(string title, IEnumerable<string> columns, IEnumerable<IEnumerable<Html>> rows) => Html.Format($"""
        <div class="scroll" tabindex="0" role="group" aria-label="{title}"><table class="sortable">
        <caption>{title}</caption>
        <thead><tr>{columns.Select(Head)}</tr></thead>
        <tbody>
        {rows.Select(row => Html.Format($"<tr>{row.Select(Cell)}</tr>\n"))}</tbody>
        </table></div>

        """);

    private static Html Head(string column)
    {
        string words = column.Length == 0 ? "name" : column;
        return Html.Format($"<th scope=\"col\" aria-sort=\"none\"><button type=\"button\">{words}</button></th>");
    }

    private static Html Cell(Html cell, int column) =>
        column == 0 ? Html.Format($"<th scope=\"row\" dir=\"auto\">{cell}</th>") : Html.Format($"<td>{cell}</td>");
}
