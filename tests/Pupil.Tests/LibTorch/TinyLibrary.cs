using System.Buffers.Binary;
using System.Text;

namespace Pupil.Tests.LibTorch;

/// <summary>
/// A minimal ELF shared library with the structures that the patch reads: two needed versions of libstdc++, two undefined symbols
/// that have them, one relocation, and two offered versions.
/// </summary>
internal static class TinyLibrary
{
    public const string OldVersion = "GLIBCXX_3.4.30", NewVersion = "GLIBCXX_3.4.32", OtherSymbol = "_ZSt4cout";
    public const int FlagsOfNewVersion = NeedsAt + 16 + 16 + 4;

    private const int NamesAt = 64, NamesSize = 192, SymbolsAt = NamesAt + NamesSize, SymbolsSize = 3 * 24;
    private const int NumbersAt = SymbolsAt + SymbolsSize, NumbersSize = 8, NeedsAt = NumbersAt + NumbersSize, NeedsSize = 48;
    private const int OffersAt = NeedsAt + NeedsSize, OffersSize = 3 * 28, RelocationsAt = OffersAt + OffersSize, RelocationsSize = 24;
    private const int HeadersAt = RelocationsAt + RelocationsSize;

    /// <summary>The library's bytes.</summary>
    /// <param name="carrier">The undefined symbol that has <see cref="NewVersion"/>.</param>
    /// <param name="relocated">The symbol of the relocation: 1 has the old version, 2 the new one.</param>
    public static byte[] Bytes(string carrier, int relocated = 1)
    {
        var bytes = new byte[HeadersAt + (7 * 64)];
        var names = new Dictionary<string, int>();
        var next = NamesAt + 1;
        foreach (var name in new[] { "libstdc++.so.6", "libtiny.so", OldVersion, NewVersion, OtherSymbol, carrier, "TINY_1", "TINY_2" })
        {
            if (!names.TryAdd(name, next - NamesAt)) continue;
            next += Encoding.Latin1.GetBytes(name, bytes.AsSpan(next)) + 1;
        }

        new byte[] { 0x7F, (byte)'E', (byte)'L', (byte)'F', 2, 1, 1 }.CopyTo(bytes, 0);
        Put16(16, 3, 62);
        Put32(40, HeadersAt);
        Put16(58, 64, 7, 0);

        Put32(SymbolsAt + 24, names[OtherSymbol]);
        Put32(SymbolsAt + 48, names[carrier]);
        Put16(NumbersAt, 0, 2, 3);

        Put16(NeedsAt, 1, 2);
        Put32(NeedsAt + 4, names["libstdc++.so.6"], 16, 0);
        PutNeed(NeedsAt + 16, 2, names[OldVersion], 16);
        PutNeed(NeedsAt + 32, 3, names[NewVersion], 0);

        PutOffer(OffersAt, 1, names["libtiny.so"], 28);
        PutOffer(OffersAt + 28, 0, names["TINY_1"], 28);
        PutOffer(OffersAt + 56, 0, names["TINY_2"], 0);

        Put32(RelocationsAt + 8, 6, relocated);

        PutSection(1, 3, NamesAt, NamesSize, 0, 0);
        PutSection(2, 11, SymbolsAt, SymbolsSize, 1, 1);
        PutSection(3, 0x6fffffff, NumbersAt, 6, 2, 0);
        PutSection(4, 0x6ffffffe, NeedsAt, NeedsSize, 1, 1);
        PutSection(5, 0x6ffffffd, OffersAt, OffersSize, 1, 3);
        PutSection(6, 4, RelocationsAt, RelocationsSize, 2, 0);
        return bytes;

        void Put16(int at, params int[] values)
        {
            foreach (var value in values)
            {
                BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(at), (ushort)value);
                at += 2;
            }
        }

        void Put32(int at, params int[] values)
        {
            foreach (var value in values)
            {
                BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(at), value);
                at += 4;
            }
        }

        void PutNeed(int at, int number, int name, int distance)
        {
            Put16(at + 6, number);
            Put32(at + 8, name, distance);
        }

        void PutOffer(int at, int flags, int name, int distance)
        {
            Put16(at, 1, flags, 1, 1);
            Put32(at + 12, 20, distance, name, 0);
        }

        void PutSection(int index, int type, int at, int size, int link, int info)
        {
            var header = HeadersAt + (index * 64);
            Put32(header + 4, type);
            Put32(header + 24, at);
            Put32(header + 32, size);
            Put32(header + 40, link, info);
        }
    }
}
