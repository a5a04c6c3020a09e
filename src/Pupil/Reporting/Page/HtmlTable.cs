namespace Pupil.Reporting.Page;

/// <summary>A table whose columns a reader can sort by.</summary>
internal static class HtmlTable
{
    /// <summary>A table.</summary>
    /// <param name="title">What it shows.</param>
    /// <param name="columns">Its columns; the first names its rows.</param>
    /// <param name="rows">Its rows, a piece for each column.</param>
    public static Html OfRows(string title, IEnumerable<string> columns, IEnumerable<IEnumerable<Html>> rows) => Html.Format($"""
        <div class="scroll" tabindex="0" role="group" aria-label="{title}"><table class="sortable">
        <caption>{title}</caption>
        <thead><tr>{columns.Select(column => Html.Format($"<th scope=\"col\" aria-sort=\"none\"><button type=\"button\">{(column.Length == 0 ? "name" : column)}</button></th>"))}</tr></thead>
        <tbody>
        {rows.Select(row => Html.Format($"<tr>{row.Select((cell, i) => i == 0 ? Html.Format($"<th scope=\"row\" dir=\"auto\">{cell}</th>") : Html.Format($"<td>{cell}</td>"))}</tr>\n"))}</tbody>
        </table></div>

        """);
}
