using System.Diagnostics;

namespace Pupil.Processes;

/// <summary>All processes that a launcher of MPI started.</summary>
internal sealed unsafe class MpiGroup : IProcessGroup
{
    // MPI counts by 32 bits.
    private const long MostNumbers = 1 << 28;

    private readonly MpiLibrary _mpi;
    private bool _isEnded;

    private MpiGroup(MpiLibrary mpi) => _mpi = mpi;

    /// <inheritdoc/>
    public int Rank => _mpi.Rank;

    /// <inheritdoc/>
    public int Size => _mpi.Size;

    /// <inheritdoc/>
    public string? Library => _mpi.Version;

    /// <inheritdoc/>
    public Traffic Traffic { get; private set; }

    /// <summary>Starts MPI if a launcher started this process as one of several; null otherwise, and nothing of MPI is loaded.</summary>
    /// <exception cref="UserErrorException">The library is missing, or not that of the launcher.</exception>
    public static MpiGroup? Start() => Launcher.Find(Environment.GetEnvironmentVariable) is not { } launcher ? null
        : new(MpiLibrary.Load(launcher, Environment.GetEnvironmentVariable(MpiLibrary.Variable)));

    /// <inheritdoc/>
    public void Sum(Span<double> values)
    {
        var watch = Stopwatch.StartNew();
        fixed (double* first = values)
            _mpi.Sum(first, values.Length, isDouble: true);
        Note(values.Length * sizeof(double), watch);
    }

    /// <inheritdoc/>
    public IPendingSum StartSum(NumberMemory numbers)
    {
        var watch = Stopwatch.StartNew();
        int bytes = numbers.IsDouble ? sizeof(double) : sizeof(float);
        var requests = new List<nint>();
        for (long start = 0; start < numbers.Count; start += MostNumbers)
        {
            int count = (int)Math.Min(MostNumbers, numbers.Count - start);
            requests.Add(_mpi.StartSum((byte*)numbers.First + start * bytes, count, numbers.IsDouble));
        }
        Note(numbers.Bytes, watch);
        return new Pending(this, requests);
    }

    /// <inheritdoc/>
    public IReadOnlyList<byte[]> Gather(ReadOnlySpan<byte> own)
    {
        var watch = Stopwatch.StartNew();
        byte[][] all = _mpi.Gather(own);
        Note(own.Length, watch);
        return all;
    }

    /// <inheritdoc/>
    public void Abort(int code) => _mpi.Abort(code);

    /// <summary>Ends MPI, once.</summary>
    public void Dispose()
    {
        if (!_isEnded)
            _mpi.End();
        _isEnded = true;
    }

    private void Note(long bytes, Stopwatch watch) => Traffic = Traffic.With(bytes, watch.Elapsed.TotalSeconds);

    private sealed class Pending(MpiGroup group, List<nint> requests) : IPendingSum
    {
        public void Wait()
        {
            var watch = Stopwatch.StartNew();
            foreach (nint request in requests)
                group._mpi.Wait(request);
            group.Traffic = group.Traffic with { Seconds = group.Traffic.Seconds + watch.Elapsed.TotalSeconds };
        }
    }
}
