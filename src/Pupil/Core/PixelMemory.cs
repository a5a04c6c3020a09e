using System.IO.MemoryMappedFiles;
using Microsoft.Win32.SafeHandles;

namespace Pupil.Core;

/// <summary>Where the pixels of an image set lie: in an array, or in a file that the system reads page by page as they are looked at.</summary>
internal abstract class PixelMemory
{
    /// <summary>The number of bytes.</summary>
    public abstract long Length { get; }

    /// <summary>A part of the bytes; valid as long as this object is in use.</summary>
    public abstract ReadOnlySpan<byte> Slice(long start, int length);

    /// <summary>Bytes in memory, not copied.</summary>
    public static PixelMemory Of(byte[] bytes) => new ArrayMemory(bytes);

    /// <summary>A part of a file that is open for reading; the mapping keeps the content even when the file is deleted.</summary>
    public static PixelMemory Map(FileStream file, long start, long length) => length == 0 ? new ArrayMemory([]) : new MappedMemory(file, start, length);

    private sealed class ArrayMemory(byte[] bytes) : PixelMemory
    {
        public override long Length => bytes.LongLength;

        public override ReadOnlySpan<byte> Slice(long start, int length) => bytes.AsSpan(checked((int)start), length);
    }

    private sealed unsafe class MappedMemory : PixelMemory
    {
        // When nobody holds this object any more, the handle's finalizer unmaps the file.
        private readonly SafeMemoryMappedViewHandle _view;
        private readonly byte* _first;

        public MappedMemory(FileStream file, long start, long length)
        {
            using var mapping = MemoryMappedFile.CreateFromFile(file, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
            var accessor = mapping.CreateViewAccessor(start, length, MemoryMappedFileAccess.Read);
            _view = accessor.SafeMemoryMappedViewHandle;
            // The view begins at a page, the part somewhere in it. Not AcquirePointer: that would keep the view for ever.
            _first = (byte*)_view.DangerousGetHandle() + accessor.PointerOffset;
            Length = length;
        }

        public override long Length { get; }

        public override ReadOnlySpan<byte> Slice(long start, int length)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(start);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(start, Length - length);
            return new(_first + start, length);
        }
    }
}
