namespace Pupil.Data.Shapes;

/// <summary>A background: two colours, mixed by a pattern of clouds, stripes, checks or a gradient.</summary>
internal ref struct Texture
{
    /// <summary>Numbers that the clouds need.</summary>
    public const int Knots = 2 * Side * Side;

    private const int Side = 9;

    private readonly Span<double> _knots;
    private readonly int _kind;
    private readonly double _cells, _frequency, _phase, _phaseAcross, _waviness;
    private readonly Vector _direction;

    /// <summary>Draws a background.</summary>
    /// <param name="random">The image's chance.</param>
    /// <param name="knots">Room for <see cref="Knots"/> numbers.</param>
    public Texture(ref SceneRandom random, Span<double> knots)
    {
        _knots = knots;
        foreach (ref var knot in knots) knot = random.Unit();
        _kind = random.Below(4);
        _cells = random.Between(2, 4);
        _frequency = random.Between(2, 5);
        (_phase, _phaseAcross, _waviness) = (random.Unit(), random.Unit(), random.Between(0, 0.6));
        _direction = random.Direction();
        Dark = SceneColour.Random(ref random);
        Light = SceneColour.Random(ref random);
    }

    /// <summary>The one colour.</summary>
    public SceneColour Dark { get; }

    /// <summary>The other colour.</summary>
    public SceneColour Light { get; }

    /// <summary>The colour at a point: always a mixture of the two, so that what stands out from both mixtures stands out anywhere.</summary>
    public readonly SceneColour At(Vector point)
    {
        var clouds = 0.7 * Clouds(point, _cells, 0) + 0.3 * Clouds(point, 2 * _cells, Side * Side);
        var along = point.Dot(_direction);
        var across = point.Y * _direction.X - point.X * _direction.Y;
        var mix = _kind switch
        {
            0 => Contrast(clouds, 1.6),
            1 => Contrast(Wave(along * _frequency + _phase + _waviness * clouds), 1.8),
            2 => 0.5 + 0.5 * Swing(along * _frequency + _phase) * Swing(across * _frequency + _phaseAcross + _waviness * clouds),
            _ => Contrast(along * 0.7 + _phase - 0.5, 1) * 0.7 + 0.3 * clouds,
        };
        return Dark.Towards(Light, mix);
    }

    private static double Contrast(double value, double factor) => Math.Clamp(0.5 + (value - 0.5) * factor, 0, 1);

    // 0 at whole numbers, 1 half way between them, straight in between.
    private static double Wave(double phase) => 1 - Math.Abs(2 * (phase - Math.Floor(phase)) - 1);

    private static double Swing(double phase) => Math.Clamp(4 * Wave(phase) - 2, -1, 1);

    // Value noise: random knots on a grid, smoothly filled.
    private readonly double Clouds(Vector point, double cells, int start)
    {
        var (x, y) = (point.X * cells, point.Y * cells);
        var (column, row) = ((int)x, (int)y);
        var (right, down) = (Smooth(x - column), Smooth(y - row));
        var corner = start + row * Side + column;
        var top = _knots[corner] + (_knots[corner + 1] - _knots[corner]) * right;
        var bottom = _knots[corner + Side] + (_knots[corner + Side + 1] - _knots[corner + Side]) * right;
        return top + (bottom - top) * down;
    }

    private static double Smooth(double part) => part * part * (3 - 2 * part);
}
