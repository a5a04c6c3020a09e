namespace Pupil.Fuzz;

/// <summary>A reader of files from elsewhere.</summary>
/// <param name="Name">The name of the target, and of the folder of its corpus.</param>
/// <param name="Reads">What an input is.</param>
/// <param name="Read">Reads an input; the folder is the target's own, and keeps its files from one input to the next.</param>
internal sealed record FuzzTarget(string Name, string Reads, Action<byte[], ScratchFolder> Read)
{
    /// <summary>The maximum of managed memory that may be allocated for one input, in bytes.</summary>
    public long MostAllocated { get; init; } = 64 << 20;

    /// <summary>Starts reading; the first input loads what the reader needs.</summary>
    public FuzzReader Start() => new(this);
}
