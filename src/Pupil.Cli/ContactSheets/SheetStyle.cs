using Pupil.Lettering;
using SkiaSharp;

namespace Pupil.Cli.ContactSheets;

/// <summary>The colours, distances and fonts of a sheet. Distances are in pixels.</summary>
internal sealed class SheetStyle
{
    public const int Margin = 24, TileGapDown = 20;

    /// <summary>The gap between the pictures of a tile; a box may extend by three pixels.</summary>
    public const int GroupGap = 12, PictureGap = 6;

    /// <summary>The height of the bar beneath a picture that shows its kind.</summary>
    public const int BarDistance = 5, BarHeight = 3;

    public static readonly SKColor Ink = new(0x1F, 0x23, 0x28), Quiet = new(0x59, 0x63, 0x6E), Frame = new(0xD1, 0xD9, 0xE0);
    public static readonly SKColor Stored = Quiet, Seen = new(0x09, 0x69, 0xDA), BoxLight = new(0xFF, 0xD3, 0x3D), BoxDark = Ink;

    private static readonly SKColor Paper = SKColors.White;

    public SheetStyle()
    {
        var shaper = new TextShaper(new SheetFonts());
        Title = new(shaper, 22, Ink);
        Subtitle = new(shaper, 14, Quiet);
        Legend = new(shaper, 13, Quiet);
        Label = new(shaper, 13, Ink);
    }

    public TextStyle Title { get; }

    public TextStyle Subtitle { get; }

    public TextStyle Legend { get; }

    public TextStyle Label { get; }

    public static SKBitmap NewSheet(int width, int height)
    {
        var sheet = new SKBitmap(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Opaque));
        sheet.Erase(Paper);
        return sheet;
    }

    /// <summary>Fills a rectangle with sharp edges.</summary>
    public static void Fill(SKCanvas canvas, SKRectI place, SKColor colour)
    {
        using var paint = new SKPaint { Color = colour, IsAntialias = false };
        canvas.DrawRect(place, paint);
    }

    /// <summary>Outlines a box outside its edge: a light line and a dark one around it, visible on any picture.</summary>
    public static void Outline(SKCanvas canvas, SKRectI box)
    {
        foreach (var (distance, thickness, colour) in new[] { (3, 1, BoxDark), (2, 2, BoxLight) })
        {
            SKRectI ring = SKRectI.Inflate(box, distance, distance);
            Fill(canvas, new(ring.Left, ring.Top, ring.Right, ring.Top + thickness), colour);
            Fill(canvas, new(ring.Left, ring.Bottom - thickness, ring.Right, ring.Bottom), colour);
            Fill(canvas, new(ring.Left, ring.Top, ring.Left + thickness, ring.Bottom), colour);
            Fill(canvas, new(ring.Right - thickness, ring.Top, ring.Right, ring.Bottom), colour);
        }
    }
}
