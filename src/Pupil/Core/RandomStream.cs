namespace Pupil.Core;

/// <summary>
/// A stream of random numbers that depends on its key alone (purpose, seed, epoch, index …), not on machine or
/// threads. SplitMix64 (Steele, Lea, Flood 2014), which passes BigCrush; not cryptographic.
/// </summary>
internal struct RandomStream
{
    private ulong _state;

    private RandomStream(ulong state) => _state = state;

    /// <summary>The purpose of a stream, a part of its key: equal seeds give two parts of the program different numbers.</summary>
    internal enum Purpose
    {
        Initialization = 1, Order, Augmentation, HeldOut, Subset, Step, ResizedCrop, Policy, Colour, Cutout, Mixing, TestPart, Negatives,
        Sampling, Unlabelled, Search,
    }

    /// <summary>Returns the stream of a key: a purpose, a seed and up to two more numbers, such as epoch and index.</summary>
    public static RandomStream FromKey(Purpose purpose, long seed, long first = 0, long second = 0)
    {
        ulong state = Mix((ulong)purpose);
        state = Mix(state ^ (ulong)seed);
        state = Mix(state ^ (ulong)first);
        return new RandomStream(Mix(state ^ (ulong)second));
    }

    /// <summary>Returns the 64-bit FNV-1a hash of a text in UTF-8, so that a text can be part of a key.</summary>
    public static long KeyOf(string text)
    {
        ulong key = 14695981039346656037;
        foreach (byte value in System.Text.Encoding.UTF8.GetBytes(text))
            key = (key ^ value) * 1099511628211;
        return (long)key;
    }

    /// <summary>Returns the next 64 random bits.</summary>
    public ulong Next()
    {
        _state += 0x9E3779B97F4A7C15;
        return Finish(_state);
    }

    /// <summary>Returns a whole number in 0…bound−1, uniform but for a deviation of 2⁻⁶⁴·bound.</summary>
    public int Next(int bound) => (int)Math.BigMul(Next(), (ulong)bound, out _);

    /// <summary>Returns a uniform number in [0, 1), in steps of 2⁻⁵³.</summary>
    public double NextDouble() => (Next() >> 11) * (1.0 / (1L << 53));

    /// <summary>Returns a uniform number from <paramref name="least"/> up to <paramref name="most"/>.</summary>
    public double Between(double least, double most) => least + (most - least) * NextDouble();

    /// <summary>Shuffles the items in place (Fisher and Yates).</summary>
    public void Shuffle(Span<int> items)
    {
        for (int last = items.Length - 1; last > 0; last--)
        {
            int other = Next(last + 1);
            (items[last], items[other]) = (items[other], items[last]);
        }
    }

    // A step of the generator, so that neighbouring keys (0, 1, 2 …) start far apart.
    private static ulong Mix(ulong value) => Finish(value + 0x9E3779B97F4A7C15);

    private static ulong Finish(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
        return value ^ (value >> 31);
    }
}
