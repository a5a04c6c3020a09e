namespace Pupil.Processes;

/// <summary>A process by itself.</summary>
internal sealed class OneProcess : IProcessGroup
{
    private OneProcess()
    {
    }

    /// <summary>It has no state.</summary>
    public static OneProcess Instance { get; } = new();

    /// <inheritdoc/>
    public int Rank => 0;

    /// <inheritdoc/>
    public int Size => 1;

    /// <inheritdoc/>
    public string? Library => null;

    /// <inheritdoc/>
    public Traffic Traffic => default;

    /// <inheritdoc/>
    public void Sum(Span<double> values)
    {
    }

    /// <inheritdoc/>
    public IPendingSum StartSum(NumberMemory numbers) => CompleteSum.Instance;

    /// <inheritdoc/>
    public IReadOnlyList<byte[]> Gather(ReadOnlySpan<byte> own) => [own.ToArray()];

    /// <inheritdoc/>
    public void Abort(int code) => Environment.Exit(code);

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
