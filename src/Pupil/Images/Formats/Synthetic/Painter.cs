
namespace Pupil.Images.Formats.Synthetic;

/// <summary>Paints images one after another on the same canvas. One painter per thread.</summary>
/// <remarks>
/// The difficulty was tuned by training: low accuracy for the smallest wide residual network, high accuracy for a deeper one with
/// more epochs. The object's brightness above its background makes the images easy. Free rotation, small objects, and bars and
/// lines as bright as the object make them hard.
/// </remarks>
internal sealed class Painter(int size)
{
    private const double SmallestRadius = 0.16, LargestRadius = 0.32, Narrowest = 0.75;
    private const double DarkestObject = 150, BrightestClutter = 235, ClutterContrast = 50, PixelNoise = 8;

    private readonly SceneColour[] _canvas = new SceneColour[size * size];
    private readonly double[] _knots = new double[Texture.Knots];

    /// <summary>The part of each pixel that the object of the last image covers, H×W numbers, 0…1.</summary>
    public double[] Coverage { get; } = new double[size * size];

    /// <summary>Paints an image.</summary>
    /// <param name="random">The image's random numbers.</param>
    /// <param name="label">The class of the object.</param>
    /// <param name="pixels">Receives H×W×3 bytes, RGB.</param>
    /// <returns>The box around all pixels that the object covers in part.</returns>
    public BoundingBox Paint(SceneRandom random, int label, Span<byte> pixels)
    {
        PaintBackground(new Texture(ref random, _knots));
        var colour = SceneColour.Random(ref random, 40, 255, DarkestObject, 255);
        for (var count = 2 + random.Below(5); count > 0; count--) PaintBar(ref random, colour);
        for (var count = 1 + random.Below(4); count > 0; count--) PaintLine(ref random, colour);
        var box = PaintObject(ref random, label, colour);
        if (random.Below(2) == 0) PaintLine(ref random, colour);
        Develop(ref random, pixels);
        return box;
    }

    private void PaintBackground(in Texture texture)
    {
        for (var row = 0; row < size; row++)
            for (var column = 0; column < size; column++)
                _canvas[row * size + column] = texture.At(Middle(row, column));
    }

    // Paints a bar or a dot: smaller than any object, and of no class.
    private void PaintBar(ref SceneRandom random, SceneColour away)
    {
        var bar = new Stroke(AnyPlace(ref random), random.Direction(), random.Between(0, 0.14), random.Between(0.02, 0.05));
        Fill(bar, ClutterColour(ref random, away));
    }

    // Paints a straight or bent line, thin enough that an object behind it stays visible.
    private void PaintLine(ref SceneRandom random, SceneColour away)
    {
        var (place, direction, halfWidth) = (AnyPlace(ref random), random.Direction(), random.Between(0.008, 0.018));
        var colour = ClutterColour(ref random, away);
        if (random.Below(2) == 0)
            Fill(new Stroke(place, direction, random.Between(0.15, 0.5), halfWidth), colour);
        else
            Fill(new Arc(place, direction, random.Between(0.15, 0.35), random.Between(0.2, 0.7), halfWidth), colour);
    }

    private BoundingBox PaintObject(ref SceneRandom random, int label, SceneColour colour)
    {
        var radius = random.Between(SmallestRadius, LargestRadius);
        var centre = new Vector(random.Between(radius, 1 - radius), random.Between(radius, 1 - radius));
        var form = new ObjectForm(label, centre, radius, random.Between(Narrowest, 1), random.Direction());
        var (shade, light) = (random.Between(0, 0.15) / radius, random.Direction());
        Array.Clear(Coverage);
        var (left, top, right, bottom) = (size, size, 0, 0);
        var area = Pixels(form.Extent);
        for (var row = area.Top; row < area.Bottom; row++)
            for (var column = area.Left; column < area.Right; column++)
            {
                var middle = Middle(row, column);
                var coverage = form.Coverage(middle, 1.0 / size);
                if (coverage == 0) continue;
                Blend(row, column, colour.Times(1 + shade * light.Dot(middle - centre)), coverage);
                Coverage[row * size + column] = coverage;
                (left, top) = (Math.Min(left, column), Math.Min(top, row));
                (right, bottom) = (Math.Max(right, column + 1), Math.Max(bottom, row + 1));
            }
        return new(left, top, right, bottom);
    }

    private void Fill<TForm>(in TForm form, SceneColour colour) where TForm : struct, IForm
    {
        var area = Pixels(form.Extent);
        for (var row = area.Top; row < area.Bottom; row++)
            for (var column = area.Left; column < area.Right; column++)
            {
                var coverage = form.Coverage(Middle(row, column), 1.0 / size);
                if (coverage > 0) Blend(row, column, colour, coverage);
            }
    }

    private void Blend(int row, int column, SceneColour colour, double part)
    {
        ref var pixel = ref _canvas[row * size + column];
        pixel = pixel.Towards(colour, part);
    }

    // Adds the camera's noise and rounds to bytes.
    private void Develop(ref SceneRandom random, Span<byte> pixels)
    {
        for (var index = 0; index < _canvas.Length; index++)
        {
            var (colour, bits) = (_canvas[index], random.Bits());
            pixels[3 * index] = Byte(colour.Red, bits);
            pixels[3 * index + 1] = Byte(colour.Green, bits >> 21);
            pixels[3 * index + 2] = Byte(colour.Blue, bits >> 42);
        }
    }

    private static byte Byte(double value, ulong bits)
    {
        var noise = (bits & 0xFFFF) * (2 * PixelNoise / 0x10000) - PixelNoise;
        return (byte)(Math.Clamp(value + noise, 0, 255) + 0.5);
    }

    private static SceneColour ClutterColour(ref SceneRandom random, SceneColour away)
    {
        while (true)
        {
            var colour = SceneColour.Random(ref random, 20, 255, 0, BrightestClutter);
            if (colour.Distance(away) >= ClutterContrast) return colour;
        }
    }

    private static Vector AnyPlace(ref SceneRandom random) => new(random.Unit(), random.Unit());

    private Vector Middle(int row, int column) => new((column + 0.5) / size, (row + 0.5) / size);

    // Returns the pixels that a box of the scene can touch, clipped to the image.
    private BoundingBox Pixels((Vector Centre, Vector Reach) extent)
    {
        var (low, high) = ((extent.Centre - extent.Reach) * size, (extent.Centre + extent.Reach) * size);
        return new(Pixel(low.X - 1), Pixel(low.Y - 1), Pixel(high.X + 2), Pixel(high.Y + 2));
    }

    private int Pixel(double position) => (int)Math.Clamp(position, 0, size);
}
