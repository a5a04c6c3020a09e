using System.Buffers.Binary;
using System.Text;

namespace Pupil.LibTorch;

/// <summary>The error for bytes that are no ELF shared library for 64-bit little-endian machines.</summary>
internal sealed class ElfFormatException(string message) : Exception(message);

/// <summary>One section header of an ELF file, whose offset and size are checked to be inside the file.</summary>
/// <param name="Type">The type of the section (<c>sh_type</c>).</param>
/// <param name="Offset">The start, in bytes.</param>
/// <param name="Size">The length, in bytes.</param>
/// <param name="Link">The index of a related section (<c>sh_link</c>).</param>
/// <param name="Info">The number of records, for the version sections (<c>sh_info</c>).</param>
internal readonly record struct ElfSection(uint Type, int Offset, int Size, int Link, int Info);

/// <summary>
/// Reads a 64-bit little-endian ELF shared library with bounds checks. A read outside of the file or of a section throws an
/// <see cref="ElfFormatException"/>.
/// </summary>
internal readonly ref struct ElfImage
{
    private const int HeaderSize = 64, SectionHeaderSize = 64, LongestName = 4096;
    private readonly ReadOnlySpan<byte> _bytes;

    /// <summary>Reads the headers.</summary>
    public ElfImage(ReadOnlySpan<byte> bytes)
    {
        _bytes = bytes;
        if (bytes.Length < HeaderSize || !bytes.StartsWith("\x7F"u8) || !bytes[1..].StartsWith("ELF"u8))
            throw new ElfFormatException("not an ELF file");
        if (bytes[4] != 2 || bytes[5] != 1 || UInt16(16) != 3)
            throw new ElfFormatException("not a 64-bit little-endian shared library");
        if (UInt16(58) != SectionHeaderSize)
            throw new ElfFormatException("no section headers of the usual size");
        Sections = ReadSections(Place(40), UInt16(60));
    }

    /// <summary>All sections in the file's order, so that <see cref="ElfSection.Link"/> is an index.</summary>
    public ElfSection[] Sections { get; }

    /// <summary>Returns the index of the only section of a type, or −1.</summary>
    public int Find(uint type)
    {
        var first = Array.FindIndex(Sections, section => section.Type == type);
        if (first >= 0 && Array.FindLastIndex(Sections, section => section.Type == type) != first)
            throw new ElfFormatException($"more than one section of type 0x{type:x}");
        return first;
    }

    /// <summary>Returns the section that another one refers to.</summary>
    public ElfSection Linked(ElfSection section) => section.Link >= 0 && section.Link < Sections.Length
        ? Sections[section.Link]
        : throw new ElfFormatException($"a section refers to section {section.Link} of {Sections.Length}");

    /// <summary>Returns the name at an offset of a string table.</summary>
    public string Name(ElfSection table, uint place)
    {
        if (place >= (uint)table.Size)
            throw new ElfFormatException($"a name at {place} of a table of {table.Size} bytes");
        var rest = _bytes.Slice(table.Offset, table.Size)[(int)place..];
        var length = rest[..Math.Min(rest.Length, LongestName)].IndexOf((byte)0);
        return length >= 0 ? Encoding.Latin1.GetString(rest[..length]) : throw new ElfFormatException("a name without an end");
    }

    /// <summary>Returns the 16-bit number at an offset of the file.</summary>
    public ushort UInt16(int offset) => BinaryPrimitives.ReadUInt16LittleEndian(At(offset, sizeof(ushort)));

    /// <summary>Returns the 32-bit number at an offset of the file.</summary>
    public uint UInt32(int offset) => BinaryPrimitives.ReadUInt32LittleEndian(At(offset, sizeof(uint)));

    /// <summary>Returns the 32-bit number at an offset of the file, a count or an offset, which must be below 2³¹.</summary>
    public int Count(int offset) => Fits(UInt32(offset));

    private int Place(int offset) => Fits(BinaryPrimitives.ReadUInt64LittleEndian(At(offset, sizeof(ulong))));

    private ReadOnlySpan<byte> At(int offset, int size) => offset >= 0 && offset <= _bytes.Length - size
        ? _bytes.Slice(offset, size)
        : throw new ElfFormatException($"{size} bytes at {offset} of a file of {_bytes.Length} bytes");

    private static int Fits(ulong value) =>
        value <= int.MaxValue ? (int)value : throw new ElfFormatException($"a size or place of {value}");

    private ElfSection[] ReadSections(int start, int count)
    {
        if (start > _bytes.Length - (count * SectionHeaderSize))
            throw new ElfFormatException("section headers beyond the end of the file");
        var sections = new ElfSection[count];
        for (var index = 0; index < count; index++)
        {
            var header = start + (index * SectionHeaderSize);
            var type = UInt32(header + 4);
            // SHT_NULL and SHT_NOBITS (.bss) occupy no bytes of the file, so their offsets and sizes are not checked.
            var (offset, size) = type is 0 or 8 ? (0, 0) : (Place(header + 24), Place(header + 32));
            if (offset > _bytes.Length - size)
                throw new ElfFormatException($"section {index} ends beyond the end of the file");
            sections[index] = new ElfSection(type, offset, size, Count(header + 40), Count(header + 44));
        }
        return sections;
    }
}
