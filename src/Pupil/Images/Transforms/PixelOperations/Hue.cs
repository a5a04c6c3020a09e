namespace Pupil.Images.Transforms.PixelOperations;

/// <summary>Shifts hues with Pillow's conversion to HSV bytes and back.</summary>
internal static class Hue
{
    /// <summary>Adds to the hue of every pixel in place. Images of one channel stay unchanged.</summary>
    /// <param name="image">The image.</param>
    /// <param name="turns">The shift in turns of the hue circle, −½…½; the added byte is 255·turns, truncated.</param>
    public static void Shift(Raster image, double turns)
    {
        if (image.Channels != 3)
            return;
        byte shift = unchecked((byte)(int)(turns * 255));
        var pixels = image.Pixels;
        for (int at = 0; at < pixels.Length; at += 3)
        {
            var (hue, saturation, value) = FromRgb(pixels[at], pixels[at + 1], pixels[at + 2]);
            (pixels[at], pixels[at + 1], pixels[at + 2]) = ToRgb(unchecked((byte)(hue + shift)), saturation, value);
        }
    }

    private static (byte Hue, byte Saturation, byte Value) FromRgb(byte red, byte green, byte blue)
    {
        byte most = Math.Max(red, Math.Max(green, blue)), least = Math.Min(red, Math.Min(green, blue));
        if (most == least)
            return (0, 0, most);
        float range = most - least, fromRed = (most - red) / range, fromGreen = (most - green) / range, fromBlue = (most - blue) / range;
        float hue = most == red ? fromBlue - fromGreen
            : most == green ? (float)(2.0 + fromRed - fromBlue)
            : (float)(4.0 + fromGreen - fromRed);
        hue = (float)((hue / 6.0 + 1.0) % 1.0);
        return ((byte)(int)(hue * 255.0), (byte)(int)(range / most * 255.0), most);
    }

    private static (byte Red, byte Green, byte Blue) ToRgb(byte hue, byte saturation, byte value)
    {
        if (saturation == 0)
            return (value, value, value);
        int sector = (int)Math.Floor((float)hue * 6.0 / 255.0);
        float rest = (float)((float)hue * 6.0 / 255.0 - sector), share = (float)(saturation / 255.0);
        byte low = Rounded(value * (1.0 - share)), falling = Rounded(value * (1.0 - share * rest));
        byte rising = Rounded(value * (1.0 - share * (1.0 - rest)));
        return (sector % 6) switch
        {
            0 => (value, rising, low),
            1 => (falling, value, low),
            2 => (low, value, rising),
            3 => (low, falling, value),
            4 => (rising, low, value),
            _ => (value, low, falling),
        };
    }

    private static byte Rounded(double value) => (byte)Math.Clamp(Math.Round(value, MidpointRounding.AwayFromZero), 0, 255);
}
