using SkiaSharp;

namespace Pupil.Cli.ContactSheets;

/// <summary>The header of a sheet: title, subtitle, and legend.</summary>
internal sealed class SheetHeader
{
    private const int SwatchWidth = 20, SwatchGap = 8, EntryGap = 24, BoxSide = 8;

    private readonly SheetStyle _style;
    private readonly List<string> _title, _subtitle;
    private readonly List<(Sign Sign, string Text, int Left, int Line)> _legend = [];

    public SheetHeader(ContactSheetContent content, SheetStyle style, int width)
    {
        _style = style;
        _title = style.Title.Break(content.Title, width, 1);
        _subtitle = style.Subtitle.Break(content.Subtitle, width, 3);
        bool seen = content.Tiles.Any(tile => tile.AsSeen.Count > 0), boxes = content.Tiles.Any(tile => tile.Box is not null);
        (int left, int line) = (0, 0);
        List<(Sign, string)> entries = seen ? [(Sign.Stored, "as stored"), (Sign.Seen, "network input")] : [];
        if (boxes)
            entries.Add((Sign.Box, "object"));
        foreach (var (sign, text) in entries)
        {
            int entry = SwatchWidth + SwatchGap + (int)Math.Ceiling(style.Legend.Width(text));
            if (left > 0 && left + entry > width)
                (left, line) = (0, line + 1);
            _legend.Add((sign, text, left, line));
            left += entry + EntryGap;
        }
        SubtitleTop = _title.Count * style.Title.LineHeight + 4;
        LegendTop = SubtitleTop + _subtitle.Count * style.Subtitle.LineHeight + 8;
        Height = _legend.Count > 0 ? LegendTop + (line + 1) * LegendLine : LegendTop - 8;
    }

    private enum Sign { Stored, Seen, Box }

    /// <summary>The height of the header, in pixels.</summary>
    public int Height { get; }

    private int SubtitleTop { get; }

    private int LegendTop { get; }

    private int LegendLine => _style.Legend.LineHeight + 4;

    /// <summary>Draws the header with its upper left corner at a point.</summary>
    public void Draw(SKCanvas canvas, int left, int top)
    {
        foreach (string line in _title)
            _style.Title.Draw(canvas, line, left, top);
        for (int i = 0; i < _subtitle.Count; i++)
            _style.Subtitle.Draw(canvas, _subtitle[i], left, top + SubtitleTop + i * _style.Subtitle.LineHeight);
        foreach (var (sign, text, across, line) in _legend)
        {
            int x = left + across, y = top + LegendTop + line * LegendLine, middle = y + _style.Legend.LineHeight / 2;
            if (sign == Sign.Box)
                SheetStyle.Outline(canvas, SKRectI.Create(x + (SwatchWidth - BoxSide) / 2, middle - BoxSide / 2, BoxSide, BoxSide));
            else
            {
                SheetStyle.Fill(canvas, SKRectI.Create(x, middle - 1, SwatchWidth, SheetStyle.BarHeight),
                    sign == Sign.Stored ? SheetStyle.Stored : SheetStyle.Seen);
            }
            _style.Legend.Draw(canvas, text, x + SwatchWidth + SwatchGap, y);
        }
    }
}
