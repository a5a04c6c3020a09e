using Pupil.Images;
using Pupil.Images.Formats.Svhn;

namespace Pupil.Tests.Images.Formats.Svhn;

/// <summary>Tests of files that MATLAB and SciPy write.</summary>
public sealed class MatFileTests
{
    public static TheoryData<bool, bool> Layouts => new() { { false, false }, { false, true }, { true, false }, { true, true } };

    [Theory]
    [InlineData("scipy-plain-uint8.mat")]
    [InlineData("scipy-plain-float64.mat")]
    [InlineData("scipy-compressed-uint8.mat")]
    [InlineData("scipy-compressed-float64.mat")]
    public void Files_of_SciPy_are_read(string name) => SvhnSample.AssertHeld(Read(File.ReadAllBytes(Find(name))), 3);

    [Theory]
    [MemberData(nameof(Layouts))]
    public void Both_byte_orders_are_read_compressed_and_plain(bool isBigEndian, bool isCompressed)
    {
        var writer = new MatWriter(isBigEndian);
        SvhnSample.AssertHeld(Read(writer.File(Pack(writer, isCompressed, writer.X(5), writer.Y(5)))), 5);
        SvhnSample.AssertHeld(Read(writer.File(Pack(writer, isCompressed, writer.Y(5), writer.X(5)))), 5);
    }

    [Theory]
    [MemberData(nameof(Layouts))]
    public void Labels_may_be_stored_as_any_type(bool isBigEndian, bool isCompressed)
    {
        var writer = new MatWriter(isBigEndian);
        int[] types =
        [
            MatWriter.Int8, MatWriter.UInt8, MatWriter.Int16, MatWriter.UInt16, MatWriter.Int32, MatWriter.UInt32, MatWriter.Single,
            MatWriter.Double, MatWriter.Int64, MatWriter.UInt64,
        ];
        foreach (int type in types)
            SvhnSample.AssertHeld(Read(writer.File(Pack(writer, isCompressed, writer.X(11), writer.Y(type, SvhnSample.Y(11))))), 11);
    }

    [Theory]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(9)]
    [InlineData(10)]
    [InlineData(11)]
    [InlineData(12)]
    [InlineData(13)]
    [InlineData(14)]
    [InlineData(15)]
    public void Labels_may_be_of_any_numeric_class_and_in_a_row(int kind)
    {
        var writer = new MatWriter();
        byte[] y = writer.Matrix("y", kind, [1, 4], writer.Numbers(MatWriter.UInt8, SvhnSample.Y(4)));
        SvhnSample.AssertHeld(Read(writer.File(writer.X(4), y)), 4);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(9)]
    public void Short_numbers_share_eight_bytes_with_their_tag(int count)
    {
        var writer = new MatWriter(isBigEndian: true);
        SvhnSample.AssertHeld(Read(writer.File(writer.Compress(writer.X(count)), writer.Compress(writer.Y(count)))), count);
    }

    [Theory]
    [MemberData(nameof(Layouts))]
    public void One_image_has_no_fourth_dimension(bool isBigEndian, bool isCompressed)
    {
        var writer = new MatWriter(isBigEndian);
        byte[] x = writer.Matrix("X", MatWriter.UInt8Class, [32, 32, 3], writer.Element(MatWriter.UInt8, SvhnSample.X(1)));
        SvhnSample.AssertHeld(Read(writer.File(Pack(writer, isCompressed, x, writer.Y(1)))), 1);
    }

    [Theory]
    [MemberData(nameof(Layouts))]
    public void Other_variables_are_passed_over(bool isBigEndian, bool isCompressed)
    {
        var writer = new MatWriter(isBigEndian);
        byte[] text = writer.Matrix("note", MatWriter.CharClass, [1, 5], writer.Element(MatWriter.UInt16, [.. new byte[10]]));
        byte[] inner = writer.Matrix("", MatWriter.DoubleClass, [1, 1], writer.Numbers(MatWriter.Double, 3.5));
        byte[] record = writer.Matrix("info", MatWriter.StructClass, [1, 1],
            writer.Numbers(MatWriter.Int32, 8), writer.Element(MatWriter.Int8, "X\0\0\0\0\0\0\0"u8.ToArray()), inner);
        byte[] cell = writer.Matrix("cells", MatWriter.CellClass, [1, 1], inner);
        byte[] empty = writer.Matrix("empty", MatWriter.DoubleClass, [0, 0], writer.Element(MatWriter.Double, []));
        byte[] opaque = writer.Element(14,
        [
            .. writer.Numbers(MatWriter.UInt32, MatWriter.OpaqueClass, 0), .. writer.Element(MatWriter.Int8, "when"u8.ToArray()),
            .. writer.Element(MatWriter.Int8, "MCOS"u8.ToArray()), .. writer.Element(MatWriter.Int8, "datetime"u8.ToArray()), .. inner,
        ]);
        byte[] subsystem = writer.Matrix("", MatWriter.UInt8Class, [1, 8], writer.Element(MatWriter.UInt8, new byte[8]));
        var elements = Pack(writer, isCompressed, text, writer.Y(3), record, cell, opaque, writer.X(3), empty, subsystem);
        SvhnSample.AssertHeld(Read(writer.File(elements)), 3);
    }

    [Fact]
    public void Padding_behind_the_last_numbers_may_be_missing()
    {
        var writer = new MatWriter();
        byte[] padded = writer.Y(MatWriter.UInt8, SvhnSample.Y(5));
        byte[] content = padded[8..^3]; // five labels, three bytes of padding
        byte[] y = [.. writer.Tag(14, content.Length), .. content];
        SvhnSample.AssertHeld(Read(writer.File(writer.X(5), writer.Compress(y))), 5);
    }

    [Fact]
    public void Whatever_is_broken_only_errors_of_the_user_come_out()
    {
        var little = new MatWriter();
        var big = new MatWriter(isBigEndian: true);
        byte[][] files =
        [
            little.File(little.X(1), little.Y(1)), big.File(big.Y(2), big.X(2)),
            little.File(little.Compress(little.Y(3)), little.Compress(little.X(3))),
            big.File(big.Compress(big.X(1)), big.Matrix("z", MatWriter.CharClass, [1, 1], big.Numbers(MatWriter.UInt8, 65)), big.Y(1)),
        ];
        var (read, refused) = Fuzz.Run(seed: 32, cases: 10_000, files, 1 << 20, bytes => Read(bytes));
        Assert.True(read > 500 && refused > 4000, $"{read} read, {refused} refused");
    }

    [Fact]
    public void Whatever_is_broken_before_compression_only_errors_of_the_user_come_out()
    {
        var writer = new MatWriter();
        byte[] pixels = writer.Compress(writer.X(1)), labels = writer.Compress(writer.Y(1));
        byte[][] elements = [writer.X(1), writer.Y(1), writer.Y(MatWriter.Double, 10)];
        var (read, refused) = Fuzz.Run(seed: 33, cases: 10_000, elements, 1 << 20,
            element => Read(writer.File(writer.Compress(element), element.Length > 1000 ? labels : pixels)));
        Assert.True(read > 500 && refused > 4000, $"{read} read, {refused} refused");
    }

    internal static ImageSet Read(byte[] bytes)
    {
        using var file = new SvhnFile(new MemoryStream(bytes), "a.mat");
        var images = SvhnSource.Read("a", [file], null);
        Assert.Equal(file.Labels.Length, images.Count);
        Assert.All(images.Labels, label => Assert.InRange(label, 0, 9));
        return images;
    }

    internal static byte[][] Pack(MatWriter writer, bool isCompressed, params byte[][] elements) =>
        isCompressed ? [.. elements.Select(element => writer.Compress(element))] : elements;

    // Beside the tests if they were copied there, otherwise in the repository of the test program.
    private static string Find(string name)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string room = Path.Combine("Images", "Formats", "Svhn");
            string[] places = ["", room, Path.Combine("tests", "Pupil.Tests", room)];
            if (places.Select(place => Path.Combine(folder.FullName, place, name)).FirstOrDefault(File.Exists) is { } file)
                return file;
        }
        throw new FileNotFoundException($"{name} is neither beside the tests nor in a repository above them: run make_mat_files.py.");
    }
}
