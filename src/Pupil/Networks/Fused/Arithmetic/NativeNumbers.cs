using System.Runtime.InteropServices;

namespace Pupil.Networks.Fused.Arithmetic;

/// <summary>Numbers outside of the managed heap, aligned for the widest vectors. The memory is not cleared.</summary>
internal sealed unsafe class NativeNumbers : IDisposable
{
    private const int Alignment = 64;

    /// <summary>Reserves memory.</summary>
    /// <param name="count">The numbers.</param>
    public NativeNumbers(long count)
    {
        Count = count;
        First = (float*)NativeMemory.AlignedAlloc((nuint)Math.Max(count, 1) * sizeof(float), Alignment);
    }

    ~NativeNumbers() => Free();

    /// <summary>The number of numbers.</summary>
    public long Count { get; }

    /// <summary>The first number.</summary>
    public float* First { get; private set; }

    /// <summary>Sets all numbers to a value.</summary>
    /// <returns>This object.</returns>
    public NativeNumbers Fill(float value)
    {
        for (long done = 0; done < Count; done += int.MaxValue)
            new Span<float>(First + done, (int)Math.Min(int.MaxValue, Count - done)).Fill(value);
        return this;
    }

    /// <summary>Frees the memory.</summary>
    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private void Free()
    {
        NativeMemory.AlignedFree(First);
        First = null;
    }
}
