using System.Globalization;
using Pupil.Lettering;
using ScottPlot;
using SkiaSharp;

namespace Pupil.Reporting.Charts;

/// <summary>Draws charts as SVG, whose colours a page can change, and as PNG.</summary>
internal static class ChartDrawing
{
    /// <summary>Width of a chart, in pixels.</summary>
    public const int Width = 640;

    /// <summary>Height of a chart, in pixels.</summary>
    public const int Height = 400;

    private const string FontName = "Pupil Sans";

    /// <summary>Colours for light and dark backgrounds, distinct without red and green. The last, grey, is for frozen networks.</summary>
    public static readonly IReadOnlyList<string> Palette =
        ["#2878B5", "#D9661F", "#2E9E6B", "#B554A0", "#8A7A1E", "#6C63C7", "#C8385A", "#4C8C99", "#996633", "#7A7A7A"];

    // The dash patterns in SVG's notation, one for each round through the palette. Companions of a student are dashed.
    private static readonly string[] Whole = ["", "2 3", "9 3 2 3", "9 3 2 3 2 3"], Dashed = ["6 3", "11 4", "6 2 2 2 2 2", "16 4"];

    // Placeholders that the page's own colours replace; they are no colours of the palette.
    private static readonly string Ink = "#010203", Faint = "#8E8F91";

    static ChartDrawing() => Fonts.FontResolvers.Insert(0, new OwnFont());

    /// <summary>Draws the chart as an SVG element with the text colour and background of the page around it.</summary>
    public static string ToPageSvg(Chart chart)
    {
        string svg = Finished(chart, Plot(chart, legend: false, isSvg: true).GetSvgXml(Width, Height));
        svg = svg[svg.IndexOf("<svg", StringComparison.Ordinal)..];
        // A page holds many charts, and the names of clip paths must be unique in it.
        svg = svg.Replace("\"cl_", $"\"{chart.Name}-cl_", StringComparison.Ordinal)
            .Replace("url(#cl_", $"url(#{chart.Name}-cl_", StringComparison.Ordinal);
        svg = svg.Replace($"\"{Ink}\"", "\"currentColor\"", StringComparison.Ordinal)
            .Replace(FontName, "inherit", StringComparison.Ordinal);
        string size = $"width=\"{Width}\" height=\"{Height}\"";
        int at = svg.IndexOf(size, StringComparison.Ordinal);
        return svg.Remove(at, size.Length).Insert(at, $"viewBox=\"0 0 {Width} {Height}\" aria-hidden=\"true\"");
    }

    /// <summary>Draws the chart as an SVG file, black on white, with its legend.</summary>
    public static string ToSvg(Chart chart) =>
        Finished(chart, Plot(chart, legend: true, isSvg: true).GetSvgXml(Width, Height))
            .Replace(FontName, "DejaVu Sans, sans-serif", StringComparison.Ordinal);

    /// <summary>Draws the chart as a PNG file, black on white, with its legend.</summary>
    public static byte[] ToPng(Chart chart)
    {
        const int Scale = 2;
        var plot = Plot(chart, legend: true, isSvg: false);
        plot.ScaleFactor = Scale;
        return plot.GetImageBytes(Scale * Width, Scale * Height, ImageFormat.Png);
    }

    /// <summary>Returns the colour of a chart's line as <c>#rrggbb</c>.</summary>
    public static string ColourOf(Chart chart, int series) =>
        TintOf(chart, series) is >= 0 and var tint ? Palette[tint % Colours] : Palette[^1];

    /// <summary>Returns the dash pattern of a chart's line in SVG's notation; empty for a solid line.</summary>
    public static string DashesOf(Chart chart, int series)
    {
        string[] patterns = chart.Series[series].IsDashed ? Dashed : Whole;
        return patterns[Math.Max(0, TintOf(chart, series)) / Colours % patterns.Length];
    }

    private static int Colours => Palette.Count - 1;

    // Skia writes no dash patterns into SVG. Each line is drawn in a placeholder colour, which identifies it here.
    private static string Finished(Chart chart, string svg)
    {
        for (int i = 0; i < chart.Series.Count; i++)
        {
            string line = $"stroke=\"{StandIn(i)}\" stroke-width=\"2\"";
            string dashed = DashesOf(chart, i) is { Length: > 0 } dashes ? $"{line} stroke-dasharray=\"{dashes}\"" : line;
            svg = svg.Replace(line, dashed, StringComparison.Ordinal).Replace(StandIn(i), ColourOf(chart, i), StringComparison.Ordinal);
        }
        return svg;
    }

    private static string StandIn(int series) => $"#03{series % 256:X2}F1";

    private static int TintOf(Chart chart, int series) => chart.Series[series].Tint ?? series;

    private static Plot Plot(Chart chart, bool legend, bool isSvg)
    {
        var plot = new Plot();
        if (legend)
            plot.Title(Words(chart.Title));
        plot.FigureBackground.Color = legend ? Colors.White : Colors.Transparent;
        plot.DataBackground.Color = Colors.Transparent;
        plot.Axes.Color(Color.FromHex(Ink));
        plot.Grid.MajorLineColor = Color.FromHex(Faint).WithAlpha(60);
        for (int i = 0; i < chart.Series.Count; i++)
            Add(plot, chart, i, isSvg);
        if (chart.HasWholeX)
            plot.Axes.Bottom.TickGenerator = new ScottPlot.TickGenerators.NumericAutomatic { IntegerTicksOnly = true };
        plot.XLabel(Words(chart.XLabel), 13);
        plot.YLabel(Words(chart.YLabel), 13);
        plot.Font.Set(FontName);
        if (chart.IsSquare)
            plot.Axes.SquareUnits();
        plot.Axes.AutoScale();
        if (legend)
            plot.ShowLegend(Edge.Bottom);
        else
            plot.HideLegend();
        return plot;
    }

    private static void Add(Plot plot, Chart chart, int i, bool isSvg)
    {
        var series = chart.Series[i];
        var colour = Color.FromHex(isSvg ? StandIn(i) : ColourOf(chart, i));
        if (series.Deviation is { } deviation && !series.IsPoint)
        {
            double[] low = [.. series.Y.Zip(deviation, (y, d) => y - d)], high = [.. series.Y.Zip(deviation, (y, d) => y + d)];
            var band = plot.Add.FillY(series.X, low, high);
            band.FillColor = colour.WithAlpha(40);
            band.LineWidth = 0;
            band.MarkerSize = 0;
        }
        var line = plot.Add.Scatter(series.X, series.Y);
        line.Color = colour;
        line.LineWidth = 2;
        if (!isSvg)
            line.LinePattern = DashesOf(chart, i) is { Length: > 0 } dashes ? Pattern(dashes) : LinePattern.Solid;
        line.MarkerSize = series.IsPoint ? 11 : series.IsMarked ? 4 : 0;
        line.LegendText = Words(series.Label);
        if (series.IsMarked && !series.IsPoint)
        {
            Mark(series.X[0], series.Y[0], MarkerShape.OpenCircle);
            Mark(series.X[^1], series.Y[^1], MarkerShape.FilledDiamond);
        }

        void Mark(double x, double y, MarkerShape shape)
        {
            var marker = plot.Add.Marker(x, y, shape, 11);
            marker.Color = colour;
        }
    }

    private static LinePattern Pattern(string dashes) =>
        new([.. dashes.Split(' ').Select(length => float.Parse(length, CultureInfo.InvariantCulture))], 0, dashes);

    // XML does not allow control characters and unpaired surrogates, and a legend has no room for long texts.
    private static string Words(string text) => string.Concat(WrittenText.Characters(text).Take(120));

    // A minimal system has no fonts installed.
    private sealed class OwnFont : IFontResolver
    {
        public SKTypeface? CreateTypeface(string fontName, bool bold, bool italic) => Load(fontName);

        public SKTypeface? CreateTypeface(string fontName, FontWeight weight, FontSlant slant, FontSpacing spacing) => Load(fontName);

        private static SKTypeface? Load(string fontName) => fontName == FontName ? SheetFonts.Load() : null;
    }
}
