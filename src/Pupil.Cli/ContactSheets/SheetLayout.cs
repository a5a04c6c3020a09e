namespace Pupil.Cli.ContactSheets;

/// <summary>The layout of a sheet below its header, with the number of columns that gives a good shape.</summary>
internal sealed class SheetLayout
{
    /// <summary>The largest width and height of a sheet, in pixels, since image viewers fail with more.</summary>
    public const int Widest = 1600, Highest = 16_000;

    // Room for a title and the legend, even with a single small picture.
    private const int Narrowest = 480, HeaderGap = 20;

    // The preferred ratio of width to height, and the weight of empty places in the last row against it.
    private const double Shape = 1.4, EmptyWeight = 0.3;

    private readonly int _top, _gap;

    public SheetLayout(ContactSheetContent content, SheetStyle style)
    {
        int inner = Widest - 2 * SheetStyle.Margin, count = content.Tiles.Count;
        Tile = new TileLayout(content.Tiles, style, inner);
        // The gap between tiles with many pictures is larger than the gap between their pictures.
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
            $"A contact sheet of {count:N0} pictures needs {Height:N0} pixels of height, expected at most {Highest:N0}; {advice}.");
    }

    public TileLayout Tile { get; }

    public SheetHeader Header { get; }

    public int Columns { get; }

    public int Width { get; }

    public int Height { get; }

    /// <summary>Returns the upper left corner of a tile.</summary>
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
