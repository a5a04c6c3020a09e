using System.Text;

namespace Pupil.Tests.Images.Formats.Svhn;

/// <summary>Tests of files that are not MATLAB 5 files, or not whole.</summary>
public sealed class MatFileRefusalTests
{
    private static readonly MatWriter Writer = new();

    public static TheoryData<bool> Compression => [false, true];

    [Fact]
    public void Files_of_other_versions_say_how_to_save_them()
    {
        byte[] hdf5 = new byte[600];
        Encoding.ASCII.GetBytes("MATLAB 7.3 MAT-file, Platform: GLNXA64".PadRight(116)).CopyTo(hdf5, 0);
        "\0\u0002IM"u8.CopyTo(hdf5.AsSpan(124));
        "\x89HDF\r\n\x1a\n"u8.CopyTo(hdf5.AsSpan(512));
        AssertRefused(hdf5, "MATLAB 7.3", "-v7");
        hdf5[0] = (byte)'N';
        AssertRefused(hdf5, "MATLAB 7.3", "-v7");
        AssertRefused([.. "\x89HDF\r\n\x1a\n"u8, .. new byte[600]], "MATLAB 7.3", "-v7");
        byte[] level4 = [0, 0, 0, 0, 3, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, (byte)'X', 0, .. new byte[24]];
        AssertRefused(level4, "MATLAB 4", "-v7");
        byte[] newer = Writer.File(Writer.X(1), Writer.Y(1));
        newer[125] = 3;
        AssertRefused(newer, "version 0x0300");
    }

    [Theory]
    [InlineData("", "empty file")]
    [InlineData("short", "a text file (it begins with \"short\")")]
    [InlineData("<!DOCTYPE html>\n<html><head><title>404</title></head>", "a text file (it begins with \"<!DOCTYPE html> <htm\")")]
    public void Text_is_named_as_such(string text, string found)
    {
        AssertRefused(Encoding.ASCII.GetBytes(text), found);
        if (text.Length > 10)
            AssertRefused(Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat(text, 9))), found);
    }

    [Fact]
    public void A_file_without_the_mark_is_none_of_MATLAB_s() =>
        AssertRefused([.. Enumerable.Repeat((byte)200, 300)], "no mark of MATLAB 5");

    [Theory]
    [MemberData(nameof(Compression))]
    public void A_file_cut_off_anywhere_is_refused(bool isCompressed)
    {
        byte[] file = Writer.File(MatFileTests.Pack(Writer, isCompressed, Writer.Y(2), Writer.X(2)));
        for (int length = 0; length < file.Length; length++)
            AssertRefused(file[..length]);
        AssertRefused([.. file, 14, 0, 0], "3 bytes at the end");
    }

    [Fact]
    public void Compressed_data_cut_off_anywhere_are_refused()
    {
        byte[] y = Writer.Compress(Writer.Y(2)), x = Writer.X(2);
        for (int cut = 1, left = int.MaxValue; left > 0; cut++)
            AssertRefused(Writer.File(y, Writer.Compress(x, bytes => bytes[..(left = bytes.Length - cut)])));
        for (int cut = 1, left = int.MaxValue; left > 0; cut++)
            AssertRefused(Writer.File(Writer.Compress(Writer.Y(2), bytes => bytes[..(left = bytes.Length - cut)]), x));
    }

    [Fact]
    public void A_wrong_checksum_is_refused() =>
        AssertRefused(Writer.File(Writer.Compress(Writer.X(2), bytes => [.. bytes[..^1], (byte)(bytes[^1] + 1)]), Writer.Y(2)), "rules");

    [Fact]
    public void A_variable_there_twice_is_refused() =>
        AssertRefused(Writer.File(Writer.X(1), Writer.Y(1), Writer.X(1)), "two variables of the same name");

    [Theory]
    [MemberData(nameof(Compression))]
    public void Anything_behind_the_numbers_is_refused(bool isCompressed)
    {
        byte[] x = Writer.Matrix("X", MatWriter.UInt8Class, [32, 32, 3, 1], Writer.Element(MatWriter.UInt8, SvhnSample.X(1)), new byte[8]);
        AssertRefused(Writer.File(MatFileTests.Pack(Writer, isCompressed, x, Writer.Y(1))), "8 bytes after a variable's numbers");
        byte[] one = Writer.Numbers(MatWriter.UInt8, 1);
        byte[] y = Writer.Matrix("y", MatWriter.DoubleClass, [1, 1], one, Writer.Numbers(MatWriter.Double, 3));
        AssertRefused(Writer.File(MatFileTests.Pack(Writer, isCompressed, Writer.X(1), y)), "after a variable's numbers");
    }

    [Fact]
    public void Anything_behind_a_compressed_variable_is_refused()
    {
        AssertRefused(Writer.File(Writer.Compress([.. Writer.X(1), 0]), Writer.Y(1)), "more compressed data");
        AssertRefused(Writer.File(Writer.Compress([.. Writer.X(1), .. Writer.Y(1)])), "the variables X");
        AssertRefused(Writer.File(Writer.Compress(Writer.X(1), bytes => [.. bytes, 0]), Writer.Y(1)), "end before or behind their element");
        AssertRefused(Writer.File(Writer.Compress(Writer.Compress(Writer.X(1)))), "an element of type 15 in compressed data");
        AssertRefused(Writer.File(Writer.Numbers(MatWriter.Double, 1)), "an element of type 9 at byte 128");
    }

    [Fact]
    public void A_short_file_that_claims_much_takes_little_memory()
    {
        const int Count = 690_000;
        byte[] start = Writer.Matrix("X", MatWriter.UInt8Class, [32, 32, 3, Count], Writer.Tag(MatWriter.UInt8, Count * 3072L));
        byte[] claim = [.. Writer.Tag(14, start.Length - 8 + Count * 3072L), .. start[8..]];
        AssertCheap(Writer.File(Writer.Compress(claim), Writer.Y(1)), "claim to hold 2,119,680,0");
        AssertCheap(Writer.File([.. claim, .. new byte[1000]], Writer.Y(1)), "bytes after byte 136");
        byte[] inner = Writer.Matrix("X", MatWriter.UInt8Class, [32, 32, 3, Count], Writer.Tag(MatWriter.UInt8, Count * 3072L));
        AssertCheap(Writer.File(inner, Writer.Y(1)), "0 bytes where X", "2,119,680,000");
    }

    [Fact]
    public void A_bomb_is_inflated_no_further_than_its_sizes_tell()
    {
        byte[] bomb = Writer.Compress([.. Writer.X(1), .. new byte[5_000_000]]);
        AssertCheap(Writer.File(bomb, Writer.Y(1)), "more compressed data");
    }

    [Fact]
    public void Memory_follows_what_comes()
    {
        // 3,000 black images, which deflate makes very small, and noise after the first of them: only inflating shows it.
        const int Count = 3_000;
        byte[] pixels = Writer.Element(MatWriter.UInt8, new byte[Count * 3072]);
        byte[] black = Writer.Matrix("X", MatWriter.UInt8Class, [32, 32, 3, Count], pixels);
        byte[] ones = [.. Enumerable.Repeat((byte)1, Count)];
        byte[] y = Writer.Matrix("y", MatWriter.UInt8Class, [Count, 1], Writer.Element(MatWriter.UInt8, ones));
        byte[] file = Writer.File(Writer.Compress(black, bytes => [.. bytes[..200], .. SvhnSample.X(13)]), Writer.Compress(y));
        AssertCheap(file, "compressed data that break the rules");
    }

    private static void AssertCheap(byte[] file, params string[] parts)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        AssertRefused(file, parts);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1_000_000);
    }

    internal static void AssertRefused(byte[] file, params string[] parts)
    {
        var error = Assert.Throws<UserErrorException>(() => MatFileTests.Read(file));
        Assert.StartsWith("a.mat: found ", error.Message);
        Assert.Contains(", expected ", error.Message);
        Assert.DoesNotContain(error.Message, char.IsControl);
        foreach (string part in parts)
            Assert.Contains(part, error.Message);
    }
}
