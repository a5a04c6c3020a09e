using Pupil.Reporting.Charts;

namespace Pupil.Reporting.Page;

/// <summary>A chart in a page: the drawing, a legend with each line's first and last value, and a text alternative.</summary>
internal static class ChartFigure
{
    /// <summary>Makes the figure of a chart.</summary>
    public static Html OfChart(Chart chart)
    {
        var keys = chart.Series.Select((series, i) =>
            Html.Format($"<li>{Key(chart, i)} <span dir=\"auto\">{series.Label}</span>{Ends(series)}</li>\n"));
        string summary = string.Join("; ", chart.Series.Take(12).Select(series => $"{series.Label} {Last(series)}"));
        return Html.Format($"""
            <figure id="chart-{chart.Name}">
            <figcaption dir="auto">{chart.Title}</figcaption>
            <div class="chart" role="img" aria-label="{chart.Title}: {chart.YLabel} against {chart.XLabel}; {summary}">
            {Html.Markup(ChartDrawing.ToPageSvg(chart))}
            </div>
            <ul class="legend">
            {keys}</ul>
            {(chart.Note.Length == 0 ? Html.Empty : Html.Format($"<p class=\"note\">{chart.Note}</p>\n"))}</figure>

            """);
    }

    private static Html Key(Chart chart, int series)
    {
        string colour = ChartDrawing.ColourOf(chart, series), dashes = ChartDrawing.DashesOf(chart, series);
        var path = Html.Format($"<path d=\"M0 4H28\" stroke=\"{colour}\" stroke-width=\"3\" stroke-dasharray=\"{dashes}\"/>");
        return Html.Format($"<svg class=\"key\" viewBox=\"0 0 28 8\" aria-hidden=\"true\">{path}</svg>");
    }

    private static Html Ends(ChartSeries series) => Html.Format($"<span class=\"last\"> {Last(series)}</span>");

    private static string Last(ChartSeries series) => series.X.Length == 1 || series.IsMarked ? ""
        : FormattableString.Invariant($"{series.Y[0]:G4} → {series.Y[^1]:G4}");
}
