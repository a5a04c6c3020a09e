namespace Pupil.Cli.ContactSheets;

/// <summary>How a sheet is laid out: so many columns that it gets a pleasant shape, beneath the header.</summary>
internal sealed class SheetLayout
{
    /// <summary>The greatest width and height of a sheet, in pixels; what shows pictures has trouble with more.</summary>
    public const int Widest = 1600, Highest = 16_000;

    // Room for a title and the legend, even over a single small picture.
    private const int Narrowest = 480, HeaderGap = 20;

    // Width to height that is pleasant to look at on a screen, and how little empty places in the last row weigh against it.
    private const double Shape = 1.4, EmptyWeight = 0.3;

    private readonly int _top, _gap;

    public SheetLayout(ContactSheetContent content, SheetStyle style)
    {
        int inner = Widest - 2 * SheetStyle.Margin, count = content.Tiles.Count;
        Tile = new TileLayout(content.Tiles, style, inner);
        // Where a tile has many pictures, more must lie between it and the next than between these.
        _gap = content.Tiles.Any(tile => tile.AsSeen.Count > 0) ? 30 : 14;
        int most = Math.Max(1, (inner + _gap) / (Tile.Width + _gap));
        Columns = Enumerable.Range(1, Math.Min(most, count)).MinBy(columns => Displeasure(count, columns));
        int width = Math.Max(Narrowest, Across(Columns));
        Header = new SheetHeader(content, style, width);
        _top = SheetStyle.Margin + Header.Height + HeaderGap;
        Width = width + 2 * SheetStyle.Margin;
        Height = _top + Down(Rows(count, Columns)) + SheetStyle.Margin;
        if (Height <= Highest)
            return;
        int fit = (Highest - _top - SheetStyle.Margin + SheetStyle.TileGapDown) / (Tile.Height + SheetStyle.TileGapDown) * most;
        string advice = fit > 0 ? $"show at most {fit:N0} of them, or fewer versions of each" : "show fewer versions of each";
        throw new UserErrorException(
            $"A contact sheet of {count:N0} pictures gets {Height:N0} pixels high, expected at most {Highest:N0}; {advice}.");
    }

    public TileLayout Tile { get; }

    public SheetHeader Header { get; }

    public int Columns { get; }

    public int Width { get; }

    public int Height { get; }

    /// <summary>The upper left corner of a tile.</summary>
    public (int Left, int Top) Place(int index) => (
        SheetStyle.Margin + index % Columns * (Tile.Width + _gap),
        _top + index / Columns * (Tile.Height + SheetStyle.TileGapDown));

    private double Displeasure(int count, int columns)
    {
        int rows = Rows(count, columns);
        double shape = (double)Across(columns) / Down(rows);
        return Math.Abs(Math.Log(shape / Shape)) + EmptyWeight * (columns * rows - count) / columns;
    }

    private static int Rows(int count, int columns) => (count + columns - 1) / columns;

    private int Across(int columns) => columns * (Tile.Width + _gap) - _gap;

    private int Down(int rows) => rows * (Tile.Height + SheetStyle.TileGapDown) - SheetStyle.TileGapDown;
}
