namespace Pupil.Core;

/// <summary>
/// The pixel bytes of several files that follow one another. Few of the files are resident at a time: when a further one is read, the
/// one that was not read for longest is released.
/// </summary>
internal sealed class PixelShards
{
    private readonly IReadOnlyList<PixelMemory> _files;
    private readonly long _bytesEach;
    private readonly int _mostResident;
    private readonly long[] _lastUse;
    private readonly bool[] _isResident;
    private readonly Lock _change = new();
    private long _uses;
    private int _resident;

    /// <summary>Joins mapped files.</summary>
    /// <param name="files">The files' pixels; all but the last have <paramref name="bytesEach"/>, that one at most.</param>
    /// <param name="bytesEach">The number of bytes of each file.</param>
    /// <param name="mostResident">The number of files that may be resident at a time, at least 1.</param>
    public PixelShards(IReadOnlyList<PixelMemory> files, long bytesEach, int mostResident)
    {
        (_files, _bytesEach, _mostResident) = (files, bytesEach, mostResident);
        (_lastUse, _isResident) = (new long[files.Count], new bool[files.Count]);
    }

    /// <summary>The number of files that are resident now.</summary>
    public int Resident => _resident;

    /// <summary>Returns a part of all bytes, which may span several files.</summary>
    public PixelMemory Part(long start, long length) => new ShardedMemory(this, start, length);

    /// <summary>Asks the system to read a file soon.</summary>
    public void Fetch(int shard)
    {
        Use(shard);
        _files[shard].Fetch();
    }

    private ReadOnlySpan<byte> Slice(long start, int length)
    {
        int shard = (int)(start / _bytesEach);
        Use(shard);
        return _files[shard].Slice(start - shard * _bytesEach, length);
    }

    // Only the first use of a file after its release takes the lock. A release beside a reading thread costs another read of the file.
    private void Use(int shard)
    {
        Volatile.Write(ref _lastUse[shard], Interlocked.Increment(ref _uses));
        if (Volatile.Read(ref _isResident[shard]))
            return;
        lock (_change)
        {
            if (_isResident[shard])
                return;
            _isResident[shard] = true;
            _resident++;
            while (_resident > _mostResident)
            {
                int oldest = Enumerable.Range(0, _files.Count).Where(other => other != shard && _isResident[other])
                    .MinBy(other => Volatile.Read(ref _lastUse[other]));
                _files[oldest].Release();
                Volatile.Write(ref _isResident[oldest], false);
                _resident--;
            }
        }
    }

    private sealed class ShardedMemory(PixelShards shards, long first, long length) : PixelMemory
    {
        public override long Length => length;

        public override ReadOnlySpan<byte> Slice(long start, int length)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(start);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(start, Length - length);
            return shards.Slice(first + start, length);
        }

        public override ReadOnlySpan<byte> Run(long start, int most)
        {
            long left = shards._bytesEach - (first + start) % shards._bytesEach;
            return Slice(start, (int)Math.Min(Math.Min(most, left), Length - start));
        }
    }
}
