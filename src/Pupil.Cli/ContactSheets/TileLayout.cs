using SkiaSharp;

namespace Pupil.Cli.ContactSheets;

/// <summary>The places of the parts of a tile, in pixels from its upper left corner. All tiles of a sheet have the same layout.</summary>
internal sealed class TileLayout
{
    private const int Narrowest = 96, LabelGap = 5, MostLabelLines = 2;

    private readonly int _height, _stored, _seen, _seenColumns;

    public TileLayout(IReadOnlyList<ContactTile> tiles, SheetStyle style, int widest)
    {
        SKSizeI stored = Largest(tiles.Select(tile => tile.Picture)), seen = Largest(tiles.SelectMany(tile => tile.AsSeen));
        (_stored, _seen, _height) = (stored.Width, seen.Width, Math.Max(stored.Height, seen.Height));
        int most = tiles.Max(tile => tile.AsSeen.Count), rows = 1, pictures = _stored;
        if (most > 0)
        {
            int fit = (widest - SeenLeft + SheetStyle.PictureGap) / (_seen + SheetStyle.PictureGap);
            rows = (most + fit - 1) / fit;
            _seenColumns = (most + rows - 1) / rows;
            pictures = SeenLeft + Along(_seenColumns, _seen);
        }
        Width = Math.Max(Narrowest, pictures);
        StoredBarTop = _height + SheetStyle.BarDistance;
        SeenBarTop = Along(rows, _height) + SheetStyle.BarDistance;
        LabelTop = SeenBarTop + (most > 0 ? SheetStyle.BarHeight : 0) + LabelGap;
        Labels = [.. tiles.Select(tile => style.Label.Break(tile.Label, Width, MostLabelLines))];
        Height = LabelTop + Labels.Max(lines => lines.Count) * style.Label.LineHeight;
    }

    public int Width { get; }

    public int Height { get; }

    public int StoredBarTop { get; }

    public int SeenBarTop { get; }

    public int LabelTop { get; }

    /// <summary>The lines of each tile's label.</summary>
    public IReadOnlyList<List<string>> Labels { get; }

    /// <summary>The left edge of the network inputs.</summary>
    public int SeenLeft => _stored + SheetStyle.GroupGap;

    /// <summary>Returns the right edge of the network inputs of a tile.</summary>
    public int SeenWidth(int count) => Along(Math.Min(count, _seenColumns), _seen);

    /// <summary>The right edge of the stored picture's place.</summary>
    public int StoredWidth => _stored;

    /// <summary>Returns the place of the stored picture.</summary>
    public SKRectI Stored(TilePicture picture) => Centred(picture, 0, 0, new(_stored, _height));

    /// <summary>Returns the place of a network input.</summary>
    public SKRectI Seen(TilePicture picture, int index) => Centred(picture,
        SeenLeft + index % _seenColumns * (_seen + SheetStyle.PictureGap), index / _seenColumns * (_height + SheetStyle.PictureGap),
        new(_seen, _height));

    private static int Along(int count, int length) => count * (length + SheetStyle.PictureGap) - SheetStyle.PictureGap;

    private static SKRectI Centred(TilePicture picture, int left, int top, SKSizeI cell)
    {
        SKSizeI size = ShownPicture.SizeOf(picture);
        return SKRectI.Create(left + (cell.Width - size.Width) / 2, top + (cell.Height - size.Height) / 2, size.Width, size.Height);
    }

    private static SKSizeI Largest(IEnumerable<TilePicture> pictures)
    {
        var largest = SKSizeI.Empty;
        foreach (TilePicture picture in pictures)
        {
            SKSizeI size = ShownPicture.SizeOf(picture);
            largest = new(Math.Max(largest.Width, size.Width), Math.Max(largest.Height, size.Height));
        }
        return largest;
    }
}
