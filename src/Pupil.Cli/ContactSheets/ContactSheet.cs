using Pupil.Core;
using SkiaSharp;

namespace Pupil.Cli.ContactSheets;

/// <summary>
/// Draws a contact sheet: pictures with their labels and object boxes, each beside the network's input made of it. A person can check
/// whether the data are read correctly. Small pictures are enlarged by whole numbers; large ones are reduced to 160 pixels.
/// </summary>
internal static class ContactSheet
{
    /// <summary>Draws a sheet.</summary>
    /// <param name="content">The title and pictures.</param>
    /// <returns>A PNG file, at most 1,600 pixels wide; the same bytes for the same content on a machine with the same fonts.</returns>
    /// <exception cref="ArgumentException">There are no pictures.</exception>
    /// <exception cref="UserErrorException">The sheet would be more than 16,000 pixels high.</exception>
    public static byte[] Draw(ContactSheetContent content)
    {
        if (content.Tiles.Count == 0)
            throw new ArgumentException("There are no pictures to show.", nameof(content));
        var style = new SheetStyle();
        var layout = new SheetLayout(content, style);
        using SKBitmap sheet = SheetStyle.NewSheet(layout.Width, layout.Height);
        using (var canvas = new SKCanvas(sheet))
        {
            layout.Header.Draw(canvas, SheetStyle.Margin, SheetStyle.Margin);
            for (int i = 0; i < content.Tiles.Count; i++)
            {
                var (left, top) = layout.Place(i);
                canvas.Save();
                canvas.Translate(left, top);
                DrawTile(canvas, content.Tiles[i], layout.Tile, layout.Tile.Labels[i], style);
                canvas.Restore();
            }
        }
        using SKData file = sheet.Encode(SKEncodedImageFormat.Png, 100);
        return file.ToArray();
    }

    /// <summary>Draws a sheet into a PNG file, and replaces a file of that name.</summary>
    /// <param name="content">The title and pictures.</param>
    /// <param name="path">The file; its folder must exist.</param>
    /// <exception cref="ArgumentException">There are no pictures.</exception>
    /// <exception cref="UserErrorException">The sheet would be more than 16,000 pixels high, or the file cannot be written.</exception>
    public static void WritePng(ContactSheetContent content, string path)
    {
        byte[] file = Draw(content);
        AtomicFile.Write(path, stream => stream.Write(file));
    }

    private static void DrawTile(SKCanvas canvas, ContactTile tile, TileLayout layout, List<string> label, SheetStyle style)
    {
        SKRectI stored = layout.Stored(tile.Picture);
        DrawPicture(canvas, tile.Picture, stored);
        for (int i = 0; i < tile.AsSeen.Count; i++)
            DrawPicture(canvas, tile.AsSeen[i], layout.Seen(tile.AsSeen[i], i));
        if (tile.AsSeen.Count > 0)
        {
            SheetStyle.Fill(canvas, SKRectI.Create(0, layout.StoredBarTop, layout.StoredWidth, SheetStyle.BarHeight), SheetStyle.Stored);
            int width = layout.SeenWidth(tile.AsSeen.Count);
            SheetStyle.Fill(canvas, SKRectI.Create(layout.SeenLeft, layout.SeenBarTop, width, SheetStyle.BarHeight), SheetStyle.Seen);
        }
        if (tile.Box is { } given && ShownPicture.Map(given, tile.Picture) is { } box)
        {
            box.Offset(stored.Left, stored.Top);
            SheetStyle.Outline(canvas, box);
        }
        for (int i = 0; i < label.Count; i++)
            style.Label.Draw(canvas, label[i], 0, layout.LabelTop + i * style.Label.LineHeight);
    }

    private static void DrawPicture(SKCanvas canvas, TilePicture picture, SKRectI place)
    {
        // A thin outline, so that a light picture has an edge on white paper.
        SheetStyle.Fill(canvas, SKRectI.Inflate(place, 1, 1), SheetStyle.Frame);
        using SKBitmap shown = ShownPicture.Of(picture);
        canvas.DrawBitmap(shown, place.Left, place.Top);
    }
}
