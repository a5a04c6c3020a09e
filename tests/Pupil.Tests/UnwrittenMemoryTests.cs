using System.Runtime.InteropServices;

namespace Pupil.Tests;

public sealed unsafe class UnwrittenMemoryTests
{
    [Theory]
    [InlineData(10_000)]
    [InlineData(10_000_000)]
    public void Its_numbers_are_NaN(int count)
    {
        Assert.SkipUnless(UnwrittenMemory.IsFilled, "This C library does not fill memory.");
        float* numbers = (float*)NativeMemory.AlignedAlloc((nuint)count * sizeof(float), 64);
        try
        {
            Assert.Equal(count, new ReadOnlySpan<float>(numbers, count).ToArray().Count(float.IsNaN));
        }
        finally
        {
            NativeMemory.AlignedFree(numbers);
        }
    }
}
