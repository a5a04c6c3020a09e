using SkiaSharp;

namespace Pupil.Tests.Cli.ContactSheets;

/// <summary>A sheet's file, decoded again.</summary>
internal sealed class ReadSheet
{
    private readonly SKColor[] _pixels;

    public ReadSheet(byte[] file)
    {
        using SKBitmap bitmap = SKBitmap.Decode(file);
        (Width, Height, _pixels) = (bitmap.Width, bitmap.Height, bitmap.Pixels);
        Assert.All(_pixels.Take(Width), pixel => Assert.Equal(255, pixel.Alpha));
    }

    public int Width { get; }

    public int Height { get; }

    public (byte Red, byte Green, byte Blue) this[int x, int y]
    {
        get
        {
            Assert.True(x >= 0 && x < Width && y >= 0 && y < Height, $"({x}, {y}) lies outside the sheet");
            SKColor colour = _pixels[y * Width + x];
            return (colour.Red, colour.Green, colour.Blue);
        }
    }

    /// <summary>The least rectangle, right and bottom just outside, that holds all pixels of a colour.</summary>
    public (int Left, int Top, int Right, int Bottom) Find((byte Red, byte Green, byte Blue) colour)
    {
        var wanted = new SKColor(colour.Red, colour.Green, colour.Blue);
        var (left, top, right, bottom) = (int.MaxValue, int.MaxValue, 0, 0);
        for (int at = 0; at < _pixels.Length; at++)
        {
            if (_pixels[at] != wanted)
                continue;
            var (x, y) = (at % Width, at / Width);
            (left, top, right, bottom) = (Math.Min(left, x), Math.Min(top, y), Math.Max(right, x + 1), Math.Max(bottom, y + 1));
        }
        Assert.True(right > 0, $"no pixel is {colour}");
        return (left, top, right, bottom);
    }

    /// <summary>The places in a part of the sheet that are not white, from its upper left corner.</summary>
    public HashSet<(int X, int Y)> Marks(int left, int top, int right, int bottom)
    {
        var marks = new HashSet<(int, int)>();
        for (int y = top; y < bottom; y++)
        {
            for (int x = left; x < right; x++)
            {
                if (this[x, y] != (255, 255, 255))
                    marks.Add((x - left, y - top));
            }
        }
        return marks;
    }
}
