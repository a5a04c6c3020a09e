namespace Pupil.Processes;

/// <summary>
/// The processes that compute one training together. All of them call the same operations in the same order, each from one thread at a
/// time; an operation returns when it is complete for this process.
/// </summary>
internal interface IProcessGroup : IDisposable
{
    /// <summary>The number of this process, 0 … <see cref="Size"/> − 1. Process 0 writes the files.</summary>
    int Rank { get; }

    /// <summary>The number of processes.</summary>
    int Size { get; }

    /// <summary>The library that moves the data and its version, for records; null for a single process.</summary>
    string? Library { get; }

    /// <summary>Whether <see cref="StartSum"/> takes numbers in the memory of this process's GPU. Default false.</summary>
    bool SumsGpuMemory => false;

    /// <summary>What the operations of this process have moved so far.</summary>
    Traffic Traffic { get; }

    /// <summary>Replaces numbers by their sums over the processes, which are the same in all of them bit for bit.</summary>
    void Sum(Span<double> values);

    /// <summary>Starts to replace numbers by their sums over the processes, while this process goes on.</summary>
    /// <param name="numbers">The numbers; the memory stays in place until the sums are complete.</param>
    IPendingSum StartSum(NumberMemory numbers);

    /// <summary>Returns the bytes of every process, by rank.</summary>
    /// <param name="own">Those of this process.</param>
    IReadOnlyList<byte[]> Gather(ReadOnlySpan<byte> own);

    /// <summary>Ends all processes at once, without a return.</summary>
    /// <param name="code">The exit code.</param>
    void Abort(int code);
}

/// <summary>Sums that other work goes on beside.</summary>
internal interface IPendingSum
{
    /// <summary>Waits until the sums are complete.</summary>
    void Wait();
}

/// <summary>Sums that are complete when they are started, or that later work waits for by itself.</summary>
internal sealed class CompleteSum : IPendingSum
{
    private CompleteSum()
    {
    }

    /// <summary>It has no state.</summary>
    public static CompleteSum Instance { get; } = new();

    /// <inheritdoc/>
    public void Wait()
    {
    }
}

/// <summary>Numbers that lie one after the other in memory.</summary>
/// <param name="First">The address of the first one.</param>
/// <param name="Count">The number of numbers.</param>
/// <param name="IsDouble">Whether they are float64; else float32.</param>
/// <param name="IsOnGpu">Whether the memory is that of the GPU.</param>
internal readonly record struct NumberMemory(nint First, long Count, bool IsDouble, bool IsOnGpu = false)
{
    /// <summary>The bytes of all numbers.</summary>
    public long Bytes => Count * (IsDouble ? sizeof(double) : sizeof(float));
}

/// <summary>The data that the operations of a process have moved.</summary>
/// <param name="Bytes">The bytes that were summed or gathered, as the process gave them.</param>
/// <param name="Operations">The number of operations.</param>
/// <param name="Seconds">The seconds in which the process waited for them.</param>
internal readonly record struct Traffic(long Bytes, long Operations, double Seconds)
{
    /// <summary>Returns the traffic with one more operation.</summary>
    public Traffic With(long bytes, double seconds) => new(Bytes + bytes, Operations + 1, Seconds + seconds);

    /// <summary>Returns the sum of the traffic of two ways.</summary>
    public static Traffic operator +(Traffic one, Traffic other) =>
        new(one.Bytes + other.Bytes, one.Operations + other.Operations, one.Seconds + other.Seconds);

    /// <summary>Returns the difference of two states.</summary>
    public Traffic Since(Traffic before) => new(Bytes - before.Bytes, Operations - before.Operations, Seconds - before.Seconds);
}
