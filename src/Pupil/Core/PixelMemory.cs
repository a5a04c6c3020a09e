using System.IO.MemoryMappedFiles;
using Microsoft.Win32.SafeHandles;

namespace Pupil.Core;

/// <summary>The pixel bytes of an image set: an array, or a mapped part of a file that the system reads by pages on access.</summary>
internal abstract class PixelMemory
{
    /// <summary>The number of bytes.</summary>
    public abstract long Length { get; }

    /// <summary>Returns <paramref name="length"/> bytes from <paramref name="start"/>; valid while this object is reachable.</summary>
    public abstract ReadOnlySpan<byte> Slice(long start, int length);

    /// <summary>Returns the bytes from <paramref name="start"/> that lie together, at most <paramref name="most"/>.</summary>
    public virtual ReadOnlySpan<byte> Run(long start, int most) => Slice(start, (int)Math.Min(most, Length - start));

    /// <summary>Asks the system to read some bytes soon.</summary>
    public virtual void Fetch(long start, long length)
    {
    }

    /// <summary>Gives resident memory back to the system; bytes that are read later come from the file again.</summary>
    public virtual void Release(long start, long length)
    {
    }

    /// <summary>The bytes, where this process has them to itself; null for those of a file.</summary>
    public virtual byte[]? Own => null;

    /// <summary>Reads from a file from now on, and gives the process's own bytes up.</summary>
    /// <param name="map">The same bytes.</param>
    public virtual void MoveTo(PixelMemory map) => throw new InvalidOperationException("These bytes are those of a file.");

    /// <summary>Wraps an array without copying it.</summary>
    public static PixelMemory FromArray(byte[] bytes) => new ArrayMemory(bytes);

    /// <summary>
    /// Maps <paramref name="length"/> bytes of a file that is open for reading and stays open. The mapping keeps the content after the file
    /// is deleted. Each access compares the file's length: reading pages beyond its end would abort the process.
    /// </summary>
    public static PixelMemory Map(FileStream file, long start, long length) =>
        length == 0 ? new ArrayMemory([]) : new MappedMemory(file, start, length);

    private sealed class ArrayMemory(byte[] bytes) : PixelMemory
    {
        private byte[]? _bytes = bytes;
        private PixelMemory? _map;

        public override long Length { get; } = bytes.LongLength;

        public override byte[]? Own => _bytes;

        public override ReadOnlySpan<byte> Slice(long start, int length) =>
            _bytes is { } bytes ? bytes.AsSpan(checked((int)start), length) : _map!.Slice(start, length);

        // In this order, for threads that read meanwhile.
        public override void MoveTo(PixelMemory map)
        {
            Volatile.Write(ref _map, map);
            Volatile.Write(ref _bytes, null);
        }
    }

    private sealed unsafe class MappedMemory : PixelMemory
    {
        // The handle's finalizer unmaps the file once this object is unreachable.
        private readonly SafeMemoryMappedViewHandle _view;
        private readonly byte* _first;
        private readonly SafeFileHandle _file;
        private readonly string _path;
        private readonly long _end;

        public MappedMemory(FileStream file, long start, long length)
        {
            using var mapping = MemoryMappedFile.CreateFromFile(
                file, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
            var accessor = mapping.CreateViewAccessor(start, length, MemoryMappedFileAccess.Read);
            _view = accessor.SafeMemoryMappedViewHandle;
            // The view begins at a page boundary, the part within that page. Not AcquirePointer: that would keep the view for ever.
            _first = (byte*)_view.DangerousGetHandle() + accessor.PointerOffset;
            Length = length;
            (_file, _path, _end) = (file.SafeFileHandle, file.Name, start + length);
        }

        public override long Length { get; }

        public override ReadOnlySpan<byte> Slice(long start, int length)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(start);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(start, Length - length);
            long found = RandomAccess.GetLength(_file);
            if (found < _end)
            {
                throw new UserErrorException($"{_path}: found {found:N0} bytes, expected {_end:N0} as when it was opened; the file was cut "
                    + "short: make it again.");
            }
            return new(_first + start, length);
        }

        public override void Fetch(long start, long length) => ResidentMemory.Fetch(_first + start, length);

        public override void Release(long start, long length) => ResidentMemory.Release(_first + start, length);
    }
}
