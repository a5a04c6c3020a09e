using Pupil.Core;

namespace Pupil.Images.Formats.Synthetic;

/// <summary>
/// The chance of one image: SplitMix64 (Steele, Lea and Flood, 2014). Integers and exact divisions only, because the images
/// have to be the same bytes on every platform and in every version of .NET, which System.Random does not promise. Apart from
/// <see cref="RandomStream"/> on purpose: that one may change, these pictures must not.
/// </summary>
internal struct SceneRandom
{
    private ulong _state;

    /// <summary>Starts the stream that belongs to these four numbers and to no others.</summary>
    public SceneRandom(int seed, int split, int purpose, int index)
    {
        _state = Mix((uint)seed);
        _state = Mix(_state + (uint)split);
        _state = Mix(_state + (uint)purpose);
        _state = Mix(_state + (uint)index);
    }

    /// <summary>64 random bits.</summary>
    public ulong Bits() => Mix(_state += 0x9E3779B97F4A7C15);

    /// <summary>A number in 0…count−1.</summary>
    public int Below(int count) => (int)((Bits() >> 32) * (ulong)count >> 32);

    /// <summary>A number in [0, 1).</summary>
    public double Unit() => (Bits() >> 11) * (1.0 / (1L << 53));

    /// <summary>A number in [low, high).</summary>
    public double Between(double low, double high) => low + (high - low) * Unit();

    /// <summary>
    /// A direction, all equally likely: a point of the unit disc, pushed to its rim. Needs no sine, so no last bit can differ.
    /// </summary>
    public Vector Direction()
    {
        while (true)
        {
            var point = new Vector(Between(-1, 1), Between(-1, 1));
            var square = point.Dot(point);
            if (square is > 0.01 and <= 1) return point * (1 / Math.Sqrt(square));
        }
    }

    private static ulong Mix(ulong value)
    {
        value += 0x9E3779B97F4A7C15;
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }
}

/// <summary>A point or a direction of the scene; the whole picture is the square from (0, 0) to (1, 1).</summary>
internal readonly record struct Vector(double X, double Y)
{
    public double Dot(Vector other) => X * other.X + Y * other.Y;
    public static Vector operator +(Vector a, Vector b) => new(a.X + b.X, a.Y + b.Y);
    public static Vector operator -(Vector a, Vector b) => new(a.X - b.X, a.Y - b.Y);
    public static Vector operator *(Vector a, double factor) => new(a.X * factor, a.Y * factor);
}
