using Pupil.Inference.Pictures;

namespace Pupil.Fuzz;

/// <summary>Reads the inputs of one target, one after the other, on one thread.</summary>
internal sealed class FuzzReader(FuzzTarget target) : IDisposable
{
    private readonly Lazy<ScratchFolder> _folder = new();

    /// <summary>Reads an input.</summary>
    /// <returns>The message of its refusal; null if it was read.</returns>
    /// <exception cref="Exception">Anything but a refusal, or too much memory for one input: a fault of the reader.</exception>
    public string? Try(byte[] input)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        string? refusal = null;
        try
        {
            target.Read(input, _folder.Value);
        }
        catch (Exception error) when (error is UserErrorException or BrokenPictureException)
        {
            refusal = error.Message;
        }
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        if (allocated > target.MostAllocated)
            throw new InvalidOperationException($"{allocated:N0} bytes allocated for an input of {input.Length:N0}");
        if (refusal?.Any(letter => char.IsControl(letter) && letter != '\n') == true)
            throw new InvalidOperationException($"control characters in '{refusal}'");
        return refusal;
    }

    public void Dispose()
    {
        if (_folder.IsValueCreated)
            _folder.Value.Dispose();
    }
}
