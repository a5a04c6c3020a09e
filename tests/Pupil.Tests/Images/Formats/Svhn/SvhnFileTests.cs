using static Pupil.Tests.Images.Formats.Svhn.MatFileRefusalTests;

namespace Pupil.Tests.Images.Formats.Svhn;

/// <summary>Tests of MATLAB 5 files whose variables are not SVHN's.</summary>
public sealed class SvhnFileTests
{
    private static readonly MatWriter Writer = new();

    [Theory]
    [InlineData("y")]
    [InlineData("X")]
    public void A_missing_variable_is_named_with_those_found(string name)
    {
        byte[] other = Writer.Matrix("other", MatWriter.DoubleClass, [1, 1], Writer.Numbers(MatWriter.Double, 1));
        byte[] file = Writer.File(other, name == "y" ? Writer.X(1) : Writer.Y(1));
        AssertRefused(file, name == "y" ? "X, other" : "other, y", $"one called {name}");
        AssertRefused(Writer.File(), "no variables");
    }

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
        byte[] oneLabel = Writer.Matrix("y", MatWriter.DoubleClass, [2, 1], Writer.Numbers(MatWriter.UInt16, 1));
        AssertRefused(Writer.File(Writer.X(2), oneLabel), "2 bytes for y", "4");
        byte[] text = Writer.Matrix("y", MatWriter.DoubleClass, [2, 1], Writer.Element(16, [1, 2]));
        AssertRefused(Writer.File(Writer.X(2), text), "y stored as type 16");
        byte[] small = Writer.Matrix("X", MatWriter.UInt8Class, [32, 32, 3, 2], Writer.Element(MatWriter.Int8, SvhnSample.X(2)));
        AssertRefused(Writer.File(small, Writer.Y(2)), "X stored as type 1", "type 2");

        static byte[] With(byte[] pixels) =>
            Writer.Matrix("X", MatWriter.UInt8Class, [32, 32, 3, 2], Writer.Element(MatWriter.UInt8, pixels));
    }
}
