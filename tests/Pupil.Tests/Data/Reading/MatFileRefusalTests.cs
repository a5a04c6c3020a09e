using System.Text;

namespace Pupil.Tests.Data.Reading;

/// <summary>Files that are not SVHN's, or not whole.</summary>
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
    [InlineData("<!DOCTYPE html>\n<html><head><title>404 Not Found</title></head>", "a text file (it begins with \"<!DOCTYPE html> <htm\")")]
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
        AssertRefused(Writer.File(Writer.Y(2), Writer.Compress(Writer.X(2), bytes => [.. bytes[..^1], (byte)(bytes[^1] + 1)])), "break the rules");

    [Theory]
    [InlineData("y")]
    [InlineData("X")]
    public void A_missing_variable_is_named_with_those_found(string name)
    {
        byte[] other = Writer.Matrix("other", MatWriter.DoubleClass, [1, 1], Writer.Numbers(MatWriter.Double, 1));
        AssertRefused(Writer.File(other, name == "y" ? Writer.X(1) : Writer.Y(1)), name == "y" ? "X, other" : "other, y", $"one called {name}");
        AssertRefused(Writer.File(), "no variables");
    }

    [Fact]
    public void A_variable_there_twice_is_refused() => AssertRefused(Writer.File(Writer.X(1), Writer.Y(1), Writer.X(1)), "two variables of the same name");

    [Theory]
    [InlineData(9, 0, "uint8 32×32×3×0", 32, 32, 3, 0)]
    [InlineData(9, 0, "uint8 32×32×1×2", 32, 32, 1, 2)]
    [InlineData(9, 0, "uint8 2×32×32×3", 2, 32, 32, 3)]
    [InlineData(9, 0, "uint8 32×32", 32, 32)]
    [InlineData(9, 0, "uint8 32×32×3×1×2", 32, 32, 3, 1, 2)]
    [InlineData(9, 0, "uint8 32×32×3×699051", 32, 32, 3, 699_051)]
    [InlineData(9, 0, "uint8 32×32×3×2147483647", 32, 32, 3, int.MaxValue)]
    [InlineData(9, MatWriter.Complex, "complex uint8 32×32×3×2", 32, 32, 3, 2)]
    [InlineData(9, MatWriter.Logical, "logical 32×32×3×2", 32, 32, 3, 2)]
    [InlineData(8, 0, "int8 32×32×3×2", 32, 32, 3, 2)]
    [InlineData(6, 0, "double 32×32×3×2", 32, 32, 3, 2)]
    [InlineData(5, 0, "sparse 32×32×3×2", 32, 32, 3, 2)]
    [InlineData(1, 0, "cell 32×32×3×2", 32, 32, 3, 2)]
    public void Pixels_of_other_kinds_and_sizes_are_refused(int kind, int flags, string found, params int[] dimensions)
    {
        byte[] x = Writer.Matrix("X", kind, flags, dimensions, Writer.Element(MatWriter.UInt8, SvhnSample.X(2)));
        AssertRefused(Writer.File(x, Writer.Y(2)), $"X as {found}", "uint8 32×32×3×N");
        AssertRefused(Writer.File(Writer.Compress(x), Writer.Y(2)), $"X as {found}", "uint8 32×32×3×N");
    }

    [Theory]
    [InlineData(6, MatWriter.Complex, "complex double 2×1", 2, 1)]
    [InlineData(9, MatWriter.Logical, "logical 2×1", 2, 1)]
    [InlineData(5, 0, "sparse 2×1", 2, 1)]
    [InlineData(1, 0, "cell 2×1", 2, 1)]
    [InlineData(4, 0, "char 2×1", 2, 1)]
    [InlineData(6, 0, "double 3×1", 3, 1)]
    [InlineData(6, 0, "double 1×1", 1, 1)]
    [InlineData(6, 0, "double 2×2", 2, 2)]
    [InlineData(6, 0, "double 2×1×1", 2, 1, 1)]
    public void Labels_of_other_kinds_and_counts_are_refused(int kind, int flags, string found, params int[] dimensions)
    {
        byte[] y = Writer.Matrix("y", kind, flags, dimensions, Writer.Numbers(MatWriter.UInt8, 1, 2));
        AssertRefused(Writer.File(Writer.X(2), y), $"y as {found}", "2×1 real numbers");
    }

    [Theory]
    [InlineData(MatWriter.UInt8, 0)]
    [InlineData(MatWriter.UInt8, 11)]
    [InlineData(MatWriter.Int8, -1)]
    [InlineData(MatWriter.Int64, -5)]
    [InlineData(MatWriter.Int32, int.MinValue)]
    [InlineData(MatWriter.UInt64, -1)]
    [InlineData(MatWriter.Double, 1.5)]
    [InlineData(MatWriter.Double, 10.000001)]
    [InlineData(MatWriter.Single, 0.99f)]
    [InlineData(MatWriter.Double, double.NaN)]
    [InlineData(MatWriter.Single, float.NaN)]
    [InlineData(MatWriter.Double, double.PositiveInfinity)]
    public void Labels_outside_of_1_to_10_are_refused(int type, double label) =>
        AssertRefused(Writer.File(Writer.X(3), Writer.Y(type, 10, 1, label)), "of image 2", "a whole number in 1…10");

    [Fact]
    public void Numbers_that_do_not_fill_the_dimensions_are_refused()
    {
        AssertRefused(Writer.File(With(SvhnSample.X(2)[..^1]), Writer.Y(2)), "6,143 bytes for X", "6,144");
        AssertRefused(Writer.File(With([.. SvhnSample.X(2), 0]), Writer.Y(2)), "6,145 bytes for X");
        AssertRefused(Writer.File(Writer.X(2), Writer.Matrix("y", MatWriter.DoubleClass, [2, 1], Writer.Numbers(MatWriter.UInt16, 1))), "2 bytes for y", "4");
        AssertRefused(Writer.File(Writer.X(2), Writer.Matrix("y", MatWriter.DoubleClass, [2, 1], Writer.Element(16, [1, 2]))), "y stored as type 16");
        byte[] small = Writer.Matrix("X", MatWriter.UInt8Class, [32, 32, 3, 2], Writer.Element(MatWriter.Int8, SvhnSample.X(2)));
        AssertRefused(Writer.File(small, Writer.Y(2)), "X stored as type 1", "type 2");

        static byte[] With(byte[] pixels) => Writer.Matrix("X", MatWriter.UInt8Class, [32, 32, 3, 2], Writer.Element(MatWriter.UInt8, pixels));
    }

    [Theory]
    [MemberData(nameof(Compression))]
    public void Anything_behind_the_numbers_is_refused(bool isCompressed)
    {
        byte[] x = Writer.Matrix("X", MatWriter.UInt8Class, [32, 32, 3, 1], Writer.Element(MatWriter.UInt8, SvhnSample.X(1)), new byte[8]);
        AssertRefused(Writer.File(MatFileTests.Pack(Writer, isCompressed, x, Writer.Y(1))), "8 bytes after a variable's numbers");
        byte[] y = Writer.Matrix("y", MatWriter.DoubleClass, [1, 1], Writer.Numbers(MatWriter.UInt8, 1), Writer.Numbers(MatWriter.Double, 3));
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
        byte[] bomb = Writer.Compress([.. Writer.X(1), .. new byte[50_000_000]]);
        AssertCheap(Writer.File(bomb, Writer.Y(1)), "more compressed data");
        // 300 images in the space of one, of which few come: the memory follows what comes.
        byte[] half = Writer.Matrix("X", MatWriter.UInt8Class, [32, 32, 3, 20_000], Writer.Element(MatWriter.UInt8, new byte[20_000 * 3072]));
        byte[] y = Writer.Matrix("y", MatWriter.UInt8Class, [20_000, 1], Writer.Element(MatWriter.UInt8, [.. Enumerable.Repeat((byte)1, 20_000)]));
        AssertCheap(Writer.File(Writer.Compress(half, bytes => bytes[..(bytes.Length / 100)]), Writer.Compress(y)), "");
    }

    private static void AssertCheap(byte[] file, params string[] parts)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        AssertRefused(file, parts);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 5_000_000);
    }

    private static void AssertRefused(byte[] file, params string[] parts)
    {
        var error = Assert.Throws<UserErrorException>(() => MatFileTests.Read(file));
        Assert.StartsWith("a.mat: found ", error.Message);
        Assert.Contains(", expected ", error.Message);
        Assert.DoesNotContain(error.Message, char.IsControl);
        foreach (string part in parts)
            Assert.Contains(part, error.Message);
    }
}
