using System.Buffers.Binary;

namespace Pupil.LibTorch;

/// <summary>A version of another library that a shared library needs.</summary>
/// <param name="Library">The other library, such as <c>libstdc++.so.6</c>.</param>
/// <param name="Version">The version's name, such as <c>GLIBCXX_3.4.32</c>.</param>
/// <param name="Index">The number by which the library's symbols refer to the version.</param>
/// <param name="FlagsOffset">The offset of the two bytes of flags in the file.</param>
/// <param name="IsWeak">Whether the library may be loaded without the version.</param>
internal readonly record struct ElfVersionNeed(string Library, string Version, int Index, int FlagsOffset, bool IsWeak);

/// <summary>
/// Reads the symbol versions that an ELF library needs and offers, and marks needs as weak. The functions are pure; unexpected bytes
/// throw an <see cref="ElfFormatException"/> with a description.
/// </summary>
internal static class ElfVersionNeeds
{
    private const uint RelocationsWithAddend = 4, Relocations = 9, DynamicSymbols = 11;
    private const uint VersionsOffered = 0x6ffffffd, VersionsNeeded = 0x6ffffffe, VersionsOfSymbols = 0x6fffffff;
    private const int SymbolSize = 24, RelocationSize = 24, Weak = 2, VersionMask = 0x7fff, MostRecords = 8192;

    /// <summary>
    /// The only symbol that may lose its version. GCC 13 and later refer to it in every file that includes &lt;iostream&gt;, so that the
    /// library that initialises the standard streams is linked; nothing calls it.
    /// </summary>
    internal const string StreamsMarker = "_ZSt21ios_base_library_initv";

    /// <summary>Returns the versions of other libraries that a library needs.</summary>
    public static IReadOnlyList<ElfVersionNeed> Needed(ReadOnlySpan<byte> bytes) => Needed(new ElfImage(bytes));

    /// <summary>Returns the versions that a library offers, without its base version, which is the library's name.</summary>
    public static IReadOnlyList<string> Offered(ReadOnlySpan<byte> bytes)
    {
        var image = new ElfImage(bytes);
        var found = new List<string>();
        if (image.Find(VersionsOffered) is var index && index < 0) return found;
        var section = image.Sections[index];
        var names = image.Linked(section);
        var offset = section.Offset;
        for (var record = 0; record < Checked(section.Info); record++)
        {
            const int namesTheLibrary = 1;
            if ((image.UInt16(offset + 2) & namesTheLibrary) == 0)
                found.Add(image.Name(names, image.UInt32(Step(offset, image.Count(offset + 12)))));
            offset = Step(offset, image.Count(offset + 16));
        }
        return found;
    }

    /// <summary>Returns a copy of a library in which some needed versions are weak, so that it can be loaded without them.</summary>
    /// <param name="bytes">The library; it is not changed.</param>
    /// <param name="library">The library whose versions are missing.</param>
    /// <param name="versions">The missing versions; each must be needed once, and only by <see cref="StreamsMarker"/>.</param>
    /// <exception cref="ElfFormatException">A version is used by another symbol, is not needed, or the bytes are invalid.</exception>
    public static byte[] Weaken(ReadOnlySpan<byte> bytes, string library, IEnumerable<string> versions)
    {
        var image = new ElfImage(bytes);
        var all = Needed(image);
        var chosen = versions.Select(version => Only(all, library, version)).ToArray();
        foreach (var need in chosen) RequireUnused(image, need);

        var weakened = bytes.ToArray();
        foreach (var need in chosen)
            BinaryPrimitives.WriteUInt16LittleEndian(weakened.AsSpan(need.FlagsOffset), (ushort)(image.UInt16(need.FlagsOffset) | Weak));
        return weakened;
    }

    private static List<ElfVersionNeed> Needed(ElfImage image)
    {
        var found = new List<ElfVersionNeed>();
        if (image.Find(VersionsNeeded) is var index && index < 0) return found;
        var section = image.Sections[index];
        var names = image.Linked(section);
        var offset = section.Offset;
        for (var record = 0; record < Checked(section.Info); record++)
        {
            var library = image.Name(names, image.UInt32(offset + 4));
            var version = Step(offset, image.Count(offset + 8));
            for (var left = image.UInt16(offset + 2); left > 0; left--)
            {
                if (found.Count == MostRecords) throw new ElfFormatException("more needed versions than any library has");
                var flags = image.UInt16(version + 4);
                var name = image.Name(names, image.UInt32(version + 8));
                found.Add(new(library, name, image.UInt16(version + 6) & VersionMask, version + 4, (flags & Weak) != 0));
                version = Step(version, image.Count(version + 12));
            }
            offset = Step(offset, image.Count(offset + 12));
        }
        return found;
    }

    private static ElfVersionNeed Only(List<ElfVersionNeed> needs, string library, string version)
    {
        var matching = needs.FindAll(need => need.Library == library && need.Version == version);
        return matching is [var need]
            ? need
            : throw new ElfFormatException($"{version} of {library} is needed {matching.Count} times, not once");
    }

    private static void RequireUnused(ElfImage image, ElfVersionNeed need)
    {
        var table = image.Find(DynamicSymbols);
        var numbering = image.Find(VersionsOfSymbols);
        if (table < 0 || numbering < 0) throw new ElfFormatException("no symbols with versions");
        var symbols = image.Sections[table];
        var numbers = image.Sections[numbering];
        var names = image.Linked(symbols);
        if (numbers.Link != table || numbers.Size / sizeof(ushort) != symbols.Size / SymbolSize)
            throw new ElfFormatException("not one version for each symbol");

        var carriers = new HashSet<int>();
        for (var symbol = 0; symbol < symbols.Size / SymbolSize; symbol++)
        {
            if ((image.UInt16(numbers.Offset + (symbol * sizeof(ushort))) & VersionMask) != need.Index) continue;
            var entry = symbols.Offset + (symbol * SymbolSize);
            const int sectionOfSymbol = 6, undefined = 0;
            if (image.UInt16(entry + sectionOfSymbol) != undefined || image.Name(names, image.UInt32(entry)) is not StreamsMarker)
                throw new ElfFormatException($"{need.Version} is used by {image.Name(names, image.UInt32(entry))}");
            carriers.Add(symbol);
        }
        if (RelocatedSymbols(image, table).Overlaps(carriers))
            throw new ElfFormatException($"{need.Version} is used by a relocation against {StreamsMarker}");
    }

    private static HashSet<int> RelocatedSymbols(ElfImage image, int symbolTable)
    {
        var found = new HashSet<int>();
        foreach (var section in image.Sections.Where(section => section.Link == symbolTable))
        {
            if (section.Type == Relocations) throw new ElfFormatException("relocations without addends");
            if (section.Type != RelocationsWithAddend) continue;
            const int symbolOfRelocation = 12;
            for (var place = 0; place <= section.Size - RelocationSize; place += RelocationSize)
                found.Add(image.Count(section.Offset + place + symbolOfRelocation));
        }
        return found;
    }

    private static int Checked(int records) =>
        records <= MostRecords ? records : throw new ElfFormatException($"{records} records of versions");

    private static int Step(int offset, int distance) =>
        distance <= int.MaxValue / 2 && offset <= int.MaxValue / 2
            ? offset + distance
            : throw new ElfFormatException($"a record {distance} bytes after {offset}");
}
