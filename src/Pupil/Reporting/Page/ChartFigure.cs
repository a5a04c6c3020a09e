using Pupil.Reporting.Charts;

namespace Pupil.Reporting.Page;

/// <summary>A chart in a page: the drawing, a legend in words and colours with where each line begins and ends, and the same in words for those who do not see it.</summary>
internal static class ChartFigure
{
    /// <summary>The figure.</summary>
    public static Html OfChart(Chart chart)
    {
        var keys = chart.Series.Select((series, i) => Html.Format($"""
            <li><svg class="key" viewBox="0 0 28 8" aria-hidden="true"><path d="M0 4H28" stroke="{ChartDrawing.ColourOf(chart, i)}" stroke-width="3" stroke-dasharray="{ChartDrawing.DashesOf(chart, i)}"/></svg> <span dir="auto">{series.Label}</span><span class="last"> {Last(series)}</span></li>

            """));
        return Html.Format($"""
            <figure id="chart-{chart.Name}">
            <figcaption dir="auto">{chart.Title}</figcaption>
            <div class="chart" role="img" aria-label="{chart.Title}: {chart.YLabel} against {chart.XLabel}; {string.Join("; ", chart.Series.Take(12).Select(series => $"{series.Label} {Last(series)}"))}">
            {Html.Markup(ChartDrawing.ToPageSvg(chart))}
            </div>
            <ul class="legend">
            {keys}</ul>
            {(chart.Note.Length == 0 ? Html.Empty : Html.Format($"<p class=\"note\">{chart.Note}</p>\n"))}</figure>

            """);
    }

    private static string Last(ChartSeries series) => series.X.Length == 1 || series.IsMarked ? ""
        : FormattableString.Invariant($"{series.Y[0]:G4} → {series.Y[^1]:G4}");
}
