namespace Pupil.Core;

/// <summary>
/// Randomness as a function: a stream of numbers that follows from a key alone (seed, what it is for, epoch, index …), on any
/// machine and with any number of threads. SplitMix64 (Steele, Lea, Flood 2014), which passes BigCrush; not for secrets.
/// </summary>
internal struct RandomStream
{
    private ulong _state;

    private RandomStream(ulong state) => _state = state;

    /// <summary>What a stream is for, so that equal seeds never give two parts of the program the same numbers.</summary>
    internal enum Purpose { Initialization = 1, Order, Augmentation, HeldOut, Subset, Step, ResizedCrop, Policy, Colour, Cutout, Mixing, TestPart, Negatives }

    /// <summary>The stream of this key.</summary>
    public static RandomStream For(Purpose purpose, long seed, long first = 0, long second = 0)
    {
        ulong state = Mix((ulong)purpose);
        state = Mix(state ^ (ulong)seed);
        state = Mix(state ^ (ulong)first);
        return new RandomStream(Mix(state ^ (ulong)second));
    }

    /// <summary>A number that stands for a text in a key (FNV-1a).</summary>
    public static long KeyOf(string text)
    {
        ulong key = 14695981039346656037;
        foreach (byte value in System.Text.Encoding.UTF8.GetBytes(text))
            key = (key ^ value) * 1099511628211;
        return (long)key;
    }

    /// <summary>The next 64 random bits.</summary>
    public ulong Next()
    {
        _state += 0x9E3779B97F4A7C15;
        return Finish(_state);
    }

    /// <summary>A whole number 0…bound−1, each equally likely but for 2⁻⁶⁴·bound.</summary>
    public int Next(int bound) => (int)Math.BigMul(Next(), (ulong)bound, out _);

    /// <summary>A number from 0, included, to 1, excluded, in steps of 2⁻⁵³.</summary>
    public double NextDouble() => (Next() >> 11) * (1.0 / (1L << 53));

    /// <summary>A number between two others, each equally likely.</summary>
    public double Between(double least, double most) => least + (most - least) * NextDouble();

    /// <summary>Shuffles in place (Fisher and Yates).</summary>
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
