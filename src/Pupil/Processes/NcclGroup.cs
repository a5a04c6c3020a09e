namespace Pupil.Processes;

/// <summary>Processes that sum numbers in the memory of their GPUs by NCCL, and do all else as before.</summary>
internal sealed class NcclGroup : IProcessGroup
{
    private readonly IProcessGroup _processes;
    private readonly NcclLibrary _nccl;
    private readonly nint _communicator;
    private Traffic _traffic;
    private bool _isEnded;

    private NcclGroup(IProcessGroup processes, NcclLibrary nccl)
    {
        (_processes, _nccl) = (processes, nccl);
        byte[] id = processes.Gather(processes.Rank == 0 ? nccl.NewId() : [])[0];
        _communicator = nccl.Join(id, processes.Rank, processes.Size);
    }

    /// <inheritdoc/>
    public int Rank => _processes.Rank;

    /// <inheritdoc/>
    public int Size => _processes.Size;

    /// <inheritdoc/>
    public string? Library => $"{_processes.Library}, {_nccl.Version}";

    /// <inheritdoc/>
    public bool SumsGpuMemory => true;

    /// <inheritdoc/>
    public Traffic Traffic => _processes.Traffic + _traffic;

    /// <summary>Adds NCCL to processes, where each has a GPU for itself and finds the library. To be called by all of them.</summary>
    /// <param name="processes">The processes.</param>
    /// <param name="gpu">A number that no other GPU has; null: not known, the GPU may be that of another process.</param>
    /// <param name="load">Loads the library; null if there is none.</param>
    /// <returns>The same processes without NCCL where it cannot be used; they sum copies of a GPU's numbers.</returns>
    public static IProcessGroup Over(IProcessGroup processes, string? gpu, Func<NcclLibrary?> load)
    {
        if (processes.Size == 1 || processes.SumsGpuMemory)
            return processes;
        var nccl = load();
        string[] gpus = processes.GatherTexts(nccl is null ? "" : gpu ?? "");
        return gpus.All(gpu => gpu.Length > 0) && gpus.Distinct().Count() == gpus.Length ? new NcclGroup(processes, nccl!) : processes;
    }

    /// <inheritdoc/>
    public void Sum(Span<double> values) => _processes.Sum(values);

    /// <inheritdoc/>
    public IPendingSum StartSum(NumberMemory numbers)
    {
        if (!numbers.IsOnGpu)
            return _processes.StartSum(numbers);
        _nccl.StartSum(_communicator, numbers);
        _traffic = _traffic.With(numbers.Bytes, 0);
        // What the GPU computes later waits for the sum.
        return CompleteSum.Instance;
    }

    /// <inheritdoc/>
    public IReadOnlyList<byte[]> Gather(ReadOnlySpan<byte> own) => _processes.Gather(own);

    /// <inheritdoc/>
    public void Abort(int code) => _processes.Abort(code);

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_isEnded)
            _nccl.Leave(_communicator);
        _isEnded = true;
        _processes.Dispose();
    }
}
