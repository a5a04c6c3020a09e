using System.Text;
using Pupil.Images.Formats.Trees;

namespace Pupil.Images.Formats.Matlab;

/// <summary>The header of a variable in a MATLAB file; the values are read on request.</summary>
/// <param name="Element">The position of the variable.</param>
/// <param name="Name">The name; empty for MATLAB's own notes.</param>
/// <param name="Class">The MATLAB class.</param>
/// <param name="IsComplex">Whether the numbers have imaginary parts.</param>
/// <param name="IsLogical">Whether the numbers mean true and false.</param>
/// <param name="Dimensions">The sizes; the first dimension runs fastest. Empty for opaque objects.</param>
internal sealed record MatArray(
    MatElement Element, string Name, MatClass Class, bool IsComplex, bool IsLogical, IReadOnlyList<int> Dimensions)
{
    // MATLAB allows names of 63 characters; real files have few dimensions.
    private const int LongestName = 255, MostDimensions = 64;
    private const uint ClassMask = 0xff, LogicalFlag = 0x200, ComplexFlag = 0x800;

    /// <summary>Whether the values are plain real numbers.</summary>
    public bool IsNumeric => Class is >= MatClass.Double and <= MatClass.UInt64 && !IsComplex && !IsLogical;

    /// <summary>Reads the header of a variable.</summary>
    /// <exception cref="UserErrorException">The header breaks a rule of the format.</exception>
    public static MatArray ReadHeader(MatElement element)
    {
        using var reader = element.Open();
        return ReadHeader(element, reader);
    }

    /// <summary>Starts reading the values.</summary>
    /// <param name="count">The count of numbers by the dimensions.</param>
    /// <exception cref="UserErrorException">Another count or type of numbers is stored.</exception>
    public MatNumbers OpenNumbers(long count)
    {
        var reader = OpenContent();
        try
        {
            return MatNumbers.Open(reader, this, count);
        }
        catch
        {
            reader.Dispose();
            throw;
        }
    }

    /// <summary>Starts reading what follows the header; the caller disposes of the reader.</summary>
    public MatReader OpenContent()
    {
        var reader = Element.Open();
        try
        {
            ReadHeader(Element, reader);
            return reader;
        }
        catch
        {
            reader.Dispose();
            throw;
        }
    }

    /// <summary>Returns class and sizes for errors: <c>complex double 3×1</c>.</summary>
    public override string ToString()
    {
        string kind = IsLogical ? "logical" : Class.ToString().ToLowerInvariant();
        return $"{(IsComplex ? "complex " : "")}{kind} {string.Join('×', Dimensions)}".TrimEnd();
    }

    /// <summary>Reads the header of a variable, or of a value in one, from a reader at its flags.</summary>
    public static MatArray ReadHeader(MatElement element, MatReader reader)
    {
        var tag = reader.ReadTag();
        if (tag is not { Type: MatType.UInt32, Length: 8 })
            throw DataFile.Broken(element.Path, $"{tag.Length:N0} bytes of type {tag.Type:d} for a variable's flags", "8 of type 6");
        uint flags = reader.ReadUInt32();
        reader.ReadUInt32(); // used by sparse matrices only
        var kind = (MatClass)(flags & ClassMask);
        if (!Enum.IsDefined(kind))
            throw DataFile.Broken(element.Path, $"a variable of class {kind:d}", "1…17");
        int[] dimensions = kind == MatClass.Opaque ? [] : ReadDimensions(element, reader);
        string name = ReadName(element, reader);
        return new MatArray(element, name, kind, (flags & ComplexFlag) != 0, (flags & LogicalFlag) != 0, dimensions);
    }

    private static int[] ReadDimensions(MatElement element, MatReader reader)
    {
        var tag = reader.ReadTag();
        if (tag.Type != MatType.Int32 || tag.Length % 4 != 0 || tag.Length / 4 is < 2 or > MostDimensions)
        {
            throw DataFile.Broken(element.Path, $"{tag.Length:N0} bytes of type {tag.Type:d} for a variable's dimensions",
                $"2…{MostDimensions} numbers of type 5");
        }
        var dimensions = new int[tag.Length / 4];
        for (int i = 0; i < dimensions.Length; i++)
        {
            dimensions[i] = (int)reader.ReadUInt32();
            if (dimensions[i] < 0)
                throw DataFile.Broken(element.Path, $"the dimension {dimensions[i]}", "0 or more");
        }
        reader.ReadPadded(tag, []);
        return dimensions;
    }

    private static string ReadName(MatElement element, MatReader reader)
    {
        var tag = reader.ReadTag();
        if (tag.Type is not (MatType.Int8 or MatType.UInt8 or MatType.Utf8) || tag.Length > LongestName)
        {
            throw DataFile.Broken(element.Path, $"{tag.Length:N0} bytes of type {tag.Type:d} for a variable's name",
                $"at most {LongestName} of type 1");
        }
        Span<byte> name = stackalloc byte[(int)tag.Length];
        reader.ReadPadded(tag, name);
        return Encoding.ASCII.GetString(name);
    }
}
