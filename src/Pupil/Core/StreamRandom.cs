namespace Pupil.Core;

/// <summary>Adapts a <see cref="RandomStream"/> to <see cref="Random"/>: the same key gives the same numbers.</summary>
internal sealed class StreamRandom(RandomStream stream) : Random
{
    private RandomStream _stream = stream;

    /// <summary>
    /// Returns 0 … count − 1 in random order. Unlike <see cref="Random.Shuffle{T}(T[])"/>, the order is the same in every version of .NET.
    /// </summary>
    public int[] Permutation(int count)
    {
        int[] items = [.. Enumerable.Range(0, count)];
        _stream.Shuffle(items);
        return items;
    }

    public override int Next() => Next(int.MaxValue);

    public override int Next(int maxValue) => Next(0, maxValue);

    public override int Next(int minValue, int maxValue)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(minValue, maxValue);
        return (int)(minValue + (long)Math.BigMul(_stream.Next(), (ulong)((long)maxValue - minValue), out _));
    }

    public override double NextDouble() => _stream.NextDouble();

    public override void NextBytes(byte[] buffer) => NextBytes(buffer.AsSpan());

    public override void NextBytes(Span<byte> buffer)
    {
        foreach (ref byte value in buffer)
            value = (byte)_stream.Next(256);
    }

    protected override double Sample() => _stream.NextDouble();
}
