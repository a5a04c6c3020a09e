namespace Pupil.Images.Transforms.PixelOperations;

/// <summary>
/// An affine map from a target pixel (x, y) to its source (A·x + B·y + C, D·x + E·y + F). It takes the nearest source pixel, and black
/// outside the image. It matches Pillow's <c>Image.transform(AFFINE, NEAREST)</c> in fixed-point numbers; the maps are torchvision's.
/// </summary>
internal readonly record struct AffineMap(double A, double B, double C, double D, double E, double F)
{
    /// <summary>Returns a shear of the rows to the left, by <paramref name="shift"/> pixels per row downwards.</summary>
    public static AffineMap ShearX(double shift) => new(1, shift, 0, 0, 1, 0);

    /// <summary>Returns a shear of the columns upwards, by <paramref name="shift"/> pixels per column to the right.</summary>
    public static AffineMap ShearY(double shift) => new(1, 0, 0, shift, 1, 0);

    /// <summary>Returns a translation to the right and down, in whole pixels.</summary>
    public static AffineMap Translation(int right, int down) => new(1, 0, -right, 0, 1, -down);

    /// <summary>Returns a counter-clockwise rotation about the centre of an image of H×W pixels.</summary>
    public static AffineMap Rotation(double degrees, int height, int width)
    {
        double angle = -(((degrees % 360 + 360) % 360) * (Math.PI / 180));
        double cosine = Math.Round(Math.Cos(angle), 15), sine = Math.Round(Math.Sin(angle), 15);
        double x = width / 2.0, y = height / 2.0;
        return new(cosine, sine, x - cosine * x - sine * y, -sine, cosine, y + sine * x - cosine * y);
    }

    /// <summary>Applies the map to an image in place.</summary>
    public void Apply(Raster image)
    {
        var source = image.Copy();
        int channels = image.Channels, at = 0;
        int acrossX = Fixed(A), acrossY = Fixed(D), downX = Fixed(B), downY = Fixed(E);
        int startX = Fixed(C + A * 0.5 + B * 0.5), startY = Fixed(F + D * 0.5 + E * 0.5);
        image.Pixels.Clear();
        for (int row = 0; row < image.Height; row++)
        {
            var (x, y) = (startX, startY);
            for (int column = 0; column < image.Width; column++)
            {
                int fromColumn = x >> 16, fromRow = y >> 16;
                if ((uint)fromColumn < (uint)image.Width && (uint)fromRow < (uint)image.Height)
                    source.Slice((fromRow * image.Width + fromColumn) * channels, channels).CopyTo(image.Pixels[at..]);
                at += channels;
                (x, y) = (x + acrossX, y + acrossY);
            }
            (startX, startY) = (startX + downX, startY + downY);
        }
    }

    private static int Fixed(double value) => (int)Math.Floor(value * 65536 + 0.5);
}
