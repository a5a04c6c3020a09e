using System.Runtime.ExceptionServices;
using Pupil.Processes;

namespace Pupil.Tests.Processes;

/// <summary>
/// Threads of this process in the place of processes: their sums and gathered bytes go through shared memory. One thread computes at a
/// time. oneDNN 3.7.1 chooses the blocks of a convolution by static variables; where two threads prepare the same convolution at once, one
/// may compute with the memory and blocks of the other: wrong gradients, or a crash.
/// </summary>
internal sealed class ThreadGroup : IProcessGroup
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly Meeting _meeting;

    private ThreadGroup(int rank, Meeting meeting) => (Rank, _meeting) = (rank, meeting);

    public int Rank { get; }

    public int Size => _meeting.Bytes.Length;

    public string? Library => "threads";

    public Traffic Traffic { get; private set; }

    /// <summary>The sums so far, in order: their numbers, and whether each was started, or waited for at once.</summary>
    public List<(bool IsStarted, long Count)> Sums { get; } = [];

    /// <summary>Makes the members of a group.</summary>
    public static ThreadGroup[] Of(int size)
    {
        var meeting = new Meeting(size);
        return [.. Enumerable.Range(0, size).Select(rank => new ThreadGroup(rank, meeting))];
    }

    /// <summary>Does work in as many threads as there are members, and returns the results by rank.</summary>
    public static T[] Run<T>(IReadOnlyList<ThreadGroup> members, Func<ThreadGroup, T> work)
    {
        var results = new T[members.Count];
        ExceptionDispatchInfo? first = null;
        Thread[] threads = [.. members.Select(member => new Thread(() =>
        {
            member._meeting.Turn.Wait();
            try
            {
                using (ProcessGroups.Use(member))
                    results[member.Rank] = work(member);
            }
            catch (Exception error)
            {
                // The others wait for this thread, and end with an error that says nothing.
                Interlocked.CompareExchange(ref first, ExceptionDispatchInfo.Capture(error), null);
                member._meeting.Stop.Cancel();
            }
            finally
            {
                member._meeting.Turn.Release();
            }
        }))];
        foreach (var thread in threads)
            thread.Start();
        foreach (var thread in threads)
            thread.Join();
        first?.Throw();
        return results;
    }

    public void Sum(Span<double> values)
    {
        Sums.Add((false, values.Length));
        Add(values);
    }

    public IPendingSum StartSum(NumberMemory numbers)
    {
        Sums.Add((true, numbers.Count));
        return new Pending(this, numbers);
    }

    public IReadOnlyList<byte[]> Gather(ReadOnlySpan<byte> own)
    {
        _meeting.Bytes[Rank] = own.ToArray();
        Meet();
        byte[][] all = [.. _meeting.Bytes];
        Meet();
        return all;
    }

    public void Abort(int code) => throw new InvalidOperationException($"aborted with {code}");

    public void Dispose()
    {
    }

    private void Add(Span<double> values)
    {
        _meeting.Doubles[Rank] = values.ToArray();
        Meet();
        for (int i = 0; i < values.Length; i++)
            values[i] = _meeting.Doubles.Sum(own => own[i]);
        Meet();
        Traffic = Traffic.With(values.Length * sizeof(double), 0);
    }

    private void Meet()
    {
        bool met;
        _meeting.Turn.Release();
        try
        {
            met = _meeting.Barrier.SignalAndWait(Patience, _meeting.Stop.Token);
        }
        finally
        {
            _meeting.Turn.Wait();
        }
        if (!met)
            throw new TimeoutException($"Thread {Rank} waited for the others: they do not call the same operations.");
    }

    private sealed class Meeting(int size)
    {
        public Barrier Barrier { get; } = new(size);

        public SemaphoreSlim Turn { get; } = new(1, 1);

        public CancellationTokenSource Stop { get; } = new();

        public double[][] Doubles { get; } = new double[size][];

        public byte[][] Bytes { get; } = new byte[size][];
    }

    // As a library that reads the memory at any time between start and end.
    private sealed unsafe class Pending(ThreadGroup group, NumberMemory numbers) : IPendingSum
    {
        private readonly double[] _given = Read(numbers);

        public void Wait()
        {
            double[] values = Read(numbers);
            if (!values.AsSpan().SequenceEqual(_given))
                throw new InvalidOperationException($"Thread {group.Rank} changed numbers while they were summed.");
            group.Add(values);
            for (int i = 0; i < values.Length; i++)
            {
                if (numbers.IsDouble)
                    ((double*)numbers.First)[i] = values[i];
                else
                    ((float*)numbers.First)[i] = (float)values[i];
            }
        }

        private static double[] Read(NumberMemory numbers) =>
            numbers.IsDouble ? new Span<double>((void*)numbers.First, (int)numbers.Count).ToArray()
                : [.. new Span<float>((void*)numbers.First, (int)numbers.Count).ToArray().Select(value => (double)value)];
    }
}
