using Pupil.Core;

namespace Pupil.Images.Formats.Synthetic;

/// <summary>
/// The random numbers of one image: SplitMix64 (Steele, Lea and Flood, 2014), with integers and exact divisions only. The images must
/// have the same bytes on every platform and in every version of .NET, which System.Random does not guarantee. It is separate from
/// <see cref="RandomStream"/> on purpose: that type may change, these images must not.
/// </summary>
internal struct SceneRandom
{
    private ulong _state;

    /// <summary>Starts the stream of a key of four numbers.</summary>
    public SceneRandom(int seed, int split, int purpose, int index)
    {
        _state = Mix((uint)seed);
        _state = Mix(_state + (uint)split);
        _state = Mix(_state + (uint)purpose);
        _state = Mix(_state + (uint)index);
    }

    /// <summary>Returns 64 random bits.</summary>
    public ulong Bits() => Mix(_state += 0x9E3779B97F4A7C15);

    /// <summary>Returns a whole number in 0…count−1.</summary>
    public int Below(int count) => (int)((Bits() >> 32) * (ulong)count >> 32);

    /// <summary>Returns a number in [0, 1).</summary>
    public double Unit() => (Bits() >> 11) * (1.0 / (1L << 53));

    /// <summary>Returns a number in [low, high).</summary>
    public double Between(double low, double high) => low + (high - low) * Unit();

    /// <summary>
    /// Returns a uniform direction: a normalised random point of the unit disc. Without a sine, the last bits agree on all platforms.
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

/// <summary>A point or direction of a scene; the image is the square from (0, 0) to (1, 1).</summary>
internal readonly record struct Vector(double X, double Y)
{
    public double Dot(Vector other) => X * other.X + Y * other.Y;
    public static Vector operator +(Vector a, Vector b) => new(a.X + b.X, a.Y + b.Y);
    public static Vector operator -(Vector a, Vector b) => new(a.X - b.X, a.Y - b.Y);
    public static Vector operator *(Vector a, double factor) => new(a.X * factor, a.Y * factor);
}
