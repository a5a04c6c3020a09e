namespace Pupil.Images.Formats.Synthetic;

/// <summary>The background of a scene: two rather dark colours, mixed by a pattern of clouds, stripes, checks or a gradient.</summary>
internal readonly ref struct Texture
{
    /// <summary>The count of random numbers that the clouds need.</summary>
    public const int Knots = Side * Side;

    /// <summary>The highest brightness of any point of a background.</summary>
    public const double Brightest = 120;

    private const int Side = 10;

    private readonly Span<double> _knots;
    private readonly int _kind;
    private readonly double _frequency, _phase, _phaseAcross, _waviness;
    private readonly Vector _direction;
    private readonly SceneColour _one, _other;

    /// <summary>Draws a background.</summary>
    /// <param name="random">The image's random numbers.</param>
    /// <param name="knots">A buffer for <see cref="Knots"/> numbers.</param>
    public Texture(ref SceneRandom random, Span<double> knots)
    {
        _knots = knots;
        foreach (ref var knot in knots) knot = random.Unit();
        _kind = random.Below(4);
        _frequency = random.Between(2, 5);
        (_phase, _phaseAcross, _waviness) = (random.Unit(), random.Unit(), random.Between(0, 0.6));
        _direction = random.Direction();
        _one = SceneColour.Random(ref random, 10, 190, 0, Brightest);
        _other = SceneColour.Random(ref random, 10, 190, 0, Brightest);
    }

    /// <summary>Returns the colour at a point: a mixture of the two colours, so that no point is brighter than the brighter one.</summary>
    public SceneColour At(Vector point)
    {
        var along = point.Dot(_direction);
        var across = point.Y * _direction.X - point.X * _direction.Y;
        return _one.Towards(_other, _kind switch
        {
            0 => Contrast(0.7 * Clouds(point, 3) + 0.3 * Clouds(point, 7), 1.6),
            1 => Contrast(Wave(along * _frequency + _phase + _waviness * Clouds(point, 3)), 1.8),
            2 => 0.5 + 0.5 * Swing(along * _frequency + _phase) * Swing(across * _frequency + _phaseAcross),
            _ => 0.7 * Contrast(along * 0.7 + _phase - 0.5, 1) + 0.3 * Clouds(point, 3),
        });
    }

    private static double Contrast(double value, double factor) => Math.Clamp(0.5 + (value - 0.5) * factor, 0, 1);

    // A triangle wave: 0 at whole numbers, 1 halfway between them.
    private static double Wave(double phase) => 1 - Math.Abs(2 * (phase - Math.Floor(phase)) - 1);

    private static double Swing(double phase) => Math.Clamp(4 * Wave(phase) - 2, -1, 1);

    // Value noise: random knots on a grid of cells, smoothly interpolated.
    private double Clouds(Vector point, int cells)
    {
        var (x, y) = (point.X * cells, point.Y * cells);
        var (column, row) = ((int)x, (int)y);
        var (right, down) = (Smooth(x - column), Smooth(y - row));
        var corner = row * Side + column;
        var top = _knots[corner] + (_knots[corner + 1] - _knots[corner]) * right;
        var bottom = _knots[corner + Side] + (_knots[corner + Side + 1] - _knots[corner + Side]) * right;
        return top + (bottom - top) * down;
    }

    private static double Smooth(double part) => part * part * (3 - 2 * part);
}
