using System.Runtime.ExceptionServices;
using Pupil.Processes;

namespace Pupil.Tests.Processes;

/// <summary>Threads of this process in the place of processes: their sums and gathered bytes go through shared memory.</summary>
internal sealed class ThreadGroup : IProcessGroup
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly Meeting _meeting;

    private ThreadGroup(int rank, Meeting meeting) => (Rank, _meeting) = (rank, meeting);

    public int Rank { get; }

    public int Size => _meeting.Bytes.Length;

    public string? Library => "threads";

    public Traffic Traffic { get; private set; }

    /// <summary>The operations so far, in order: whether each was a sum that was started, or one that was waited for at once.</summary>
    public List<bool> Started { get; } = [];

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
        Started.Add(false);
        Add(values);
    }

    public IPendingSum StartSum(NumberMemory numbers)
    {
        Started.Add(true);
        return new Pending(this, numbers.First, (int)numbers.Count, numbers.IsDouble);
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
        if (!_meeting.Barrier.SignalAndWait(Patience, _meeting.Stop.Token))
            throw new TimeoutException($"Thread {Rank} waited for the others: they do not call the same operations.");
    }

    private sealed class Meeting(int size)
    {
        public Barrier Barrier { get; } = new(size);

        public CancellationTokenSource Stop { get; } = new();

        public double[][] Doubles { get; } = new double[size][];

        public byte[][] Bytes { get; } = new byte[size][];
    }

    private sealed unsafe class Pending(ThreadGroup group, nint first, int count, bool isDouble) : IPendingSum
    {
        public void Wait()
        {
            double[] values = isDouble ? new Span<double>((void*)first, count).ToArray()
                : [.. new Span<float>((void*)first, count).ToArray().Select(value => (double)value)];
            group.Add(values);
            for (int i = 0; i < count; i++)
            {
                if (isDouble)
                    ((double*)first)[i] = values[i];
                else
                    ((float*)first)[i] = (float)values[i];
            }
        }
    }
}
