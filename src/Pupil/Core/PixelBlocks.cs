namespace Pupil.Core;

/// <summary>
/// The pixel bytes of one or several mapped files that follow one another, in blocks of which few are resident at a time: when a further
/// one is read, the one that was not read for longest is released.
/// </summary>
internal sealed class PixelBlocks
{
    private readonly IReadOnlyList<PixelMemory> _files;
    private readonly long _bytesEach, _blockBytes;
    private readonly int _blocksEach, _mostResident;
    private readonly long[] _lastUse;
    private readonly bool[] _isResident;
    private readonly HashSet<int> _resident = [];
    private readonly Lock _change = new();
    private long _uses;

    /// <summary>Joins mapped files.</summary>
    /// <param name="files">The files' pixels; all but the last have <paramref name="bytesEach"/>, that one at most.</param>
    /// <param name="bytesEach">The number of bytes of each file.</param>
    /// <param name="blockBytes">The number of bytes of a block; the last of a file may be smaller.</param>
    /// <param name="mostResident">The number of blocks that may be resident at a time, at least 1.</param>
    public PixelBlocks(IReadOnlyList<PixelMemory> files, long bytesEach, long blockBytes, int mostResident)
    {
        (_files, _bytesEach, _blockBytes, _mostResident) = (files, bytesEach, blockBytes, mostResident);
        _blocksEach = (int)((bytesEach + blockBytes - 1) / blockBytes);
        (_lastUse, _isResident) = (new long[_blocksEach * files.Count], new bool[_blocksEach * files.Count]);
    }

    /// <summary>The number of blocks that are resident now.</summary>
    public int Resident
    {
        get
        {
            lock (_change)
                return _resident.Count;
        }
    }

    /// <summary>Returns a part of all bytes, which may span several files.</summary>
    public PixelMemory Part(long start, long length) => new Joined(this, start, length);

    /// <summary>Asks the system to read the blocks that hold some bytes soon.</summary>
    public void Fetch(long start, long length)
    {
        for (long at = start; at < start + length;)
        {
            var (file, within) = Place(at);
            Use(file, within);
            long first = within / _blockBytes * _blockBytes, most = Math.Min(_blockBytes, _files[file].Length - first);
            _files[file].Fetch(first, most);
            at += Math.Max(1, Math.Min(first + _blockBytes, _bytesEach) - within);
        }
    }

    private (int File, long Within) Place(long start) => ((int)(start / _bytesEach), start % _bytesEach);

    private ReadOnlySpan<byte> Slice(long start, int length)
    {
        var (file, within) = Place(start);
        Use(file, within);
        return _files[file].Slice(within, length);
    }

    // Only the first use of a block after its release takes the lock. A release beside a reading thread costs another read of the file.
    private void Use(int file, long within)
    {
        int block = file * _blocksEach + (int)(within / _blockBytes);
        Volatile.Write(ref _lastUse[block], Interlocked.Increment(ref _uses));
        if (Volatile.Read(ref _isResident[block]))
            return;
        lock (_change)
        {
            if (!_resident.Add(block))
                return;
            Volatile.Write(ref _isResident[block], true);
            while (_resident.Count > _mostResident)
                Release(_resident.Where(other => other != block).MinBy(other => Volatile.Read(ref _lastUse[other])));
        }
    }

    private void Release(int block)
    {
        var file = _files[block / _blocksEach];
        long first = block % _blocksEach * _blockBytes;
        file.Release(first, Math.Min(_blockBytes, file.Length - first));
        Volatile.Write(ref _isResident[block], false);
        _resident.Remove(block);
    }

    private sealed class Joined(PixelBlocks blocks, long first, long length) : PixelMemory
    {
        public override long Length => length;

        public override ReadOnlySpan<byte> Slice(long start, int length)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(start);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(start, Length - length);
            return blocks.Slice(first + start, length);
        }

        public override ReadOnlySpan<byte> Run(long start, int most)
        {
            var (_, within) = blocks.Place(first + start);
            long left = Math.Min(blocks._blockBytes - within % blocks._blockBytes, blocks._bytesEach - within);
            return Slice(start, (int)Math.Min(Math.Min(most, left), Length - start));
        }
    }
}
