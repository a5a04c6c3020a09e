using System.Text;
using Pupil.Images.Formats.Trees;

namespace Pupil.Images.Formats.Matlab;

/// <summary>Reads an array of structures whose fields are texts and single numbers, such as the synsets of ImageNet's devkit.</summary>
internal sealed class MatStructs
{
    private const int LongestField = 64, MostFields = 1000, MostStructures = 100_000;
    private const long LongestValue = 1 << 20;

    private readonly MatArray _array;
    private readonly MatReader _reader;

    private MatStructs(MatArray array, MatReader reader) => (_array, _reader) = (array, reader);

    /// <summary>Reads the structures in their order.</summary>
    /// <returns>For each, its texts and single numbers (as texts) by the fields' names; other values are left out.</returns>
    /// <exception cref="UserErrorException">The variable is another one, or damaged.</exception>
    public static IReadOnlyList<IReadOnlyDictionary<string, string>> Read(MatArray array)
    {
        string path = array.Element.Path;
        if (array.Class != MatClass.Struct)
            throw DataFile.Broken(path, $"{array.Name} ({array})", "an array of structures");
        using var reader = array.OpenContent();
        return new MatStructs(array, reader).Read();
    }

    private string Path => _array.Element.Path;

    private List<IReadOnlyDictionary<string, string>> Read()
    {
        string[] fields = ReadFields();
        double count = _array.Dimensions.Aggregate(1.0, (product, size) => product * size);
        // Each value takes eight bytes at least.
        if (count > MostStructures || (fields.Length > 0 && count > _reader.Left / (8 * fields.Length)))
        {
            throw DataFile.Broken(Path, $"{_reader.Left:N0} bytes for {count:N0} structures",
                $"at most {MostStructures:N0}, in more bytes");
        }
        var structures = new List<IReadOnlyDictionary<string, string>>();
        for (int i = 0; i < count && fields.Length > 0; i++)
        {
            var values = new Dictionary<string, string>(StringComparer.Ordinal);
            foreach (string field in fields)
            {
                if (ReadValue() is { } value)
                    values[field] = value;
            }
            structures.Add(values);
        }
        return structures;
    }

    private string[] ReadFields()
    {
        var tag = _reader.ReadTag();
        if (tag is not { Type: MatType.Int32, Length: 4 })
            throw DataFile.Broken(Path, $"{tag.Length:N0} bytes of type {tag.Type:d} for the length of fields' names", "4 of type 5");
        int length = (int)_reader.ReadUInt32();
        Skip(tag.Padding);
        tag = _reader.ReadTag();
        if (length is < 1 or > LongestField || tag.Type is not (MatType.Int8 or MatType.UInt8) || tag.Length % length != 0
            || tag.Length / length > MostFields)
            throw DataFile.Broken(Path, $"{tag.Length:N0} bytes of type {tag.Type:d} for fields' names of {length}", "names of one length");
        byte[] names = new byte[tag.Length];
        _reader.ReadPadded(tag, names);
        return [.. names.Chunk(length).Select(name => Encoding.ASCII.GetString(name).TrimEnd('\0'))];
    }

    // Returns a text or a single number; null for another value.
    private string? ReadValue()
    {
        var tag = _reader.ReadTag();
        if (tag.Type != MatType.Matrix || tag.Length > _reader.Left)
            throw DataFile.Broken(Path, $"{tag.Length:N0} bytes of type {tag.Type:d} for a field of {_array.Name}", "a value (type 14)");
        long end = _reader.Left - tag.Length;
        string? value = null;
        if (tag.Length > 0)
        {
            var header = MatArray.ReadHeader(_array.Element, _reader);
            long count = header.Dimensions.Aggregate(1L, (product, size) => product * size);
            if (header.Class == MatClass.Char)
                value = ReadText();
            else if (header.IsNumeric && count == 1)
                value = ReadNumber();
        }
        if (_reader.Left < end)
            throw DataFile.Broken(Path, $"a value of {_array.Name} beyond its end", "its end");
        Skip(_reader.Left - end);
        return value;
    }

    private string ReadText()
    {
        var tag = _reader.ReadTag();
        if (tag.Length > Math.Min(LongestValue, _reader.Left))
            throw DataFile.Broken(Path, $"a text of {tag.Length:N0} bytes", $"at most {LongestValue:N0}");
        byte[] bytes = new byte[tag.Length];
        _reader.ReadPadded(tag, bytes);
        return tag.Type switch
        {
            MatType.UInt16 when _array.Element.IsBigEndian => Encoding.BigEndianUnicode.GetString(bytes),
            MatType.UInt16 => Encoding.Unicode.GetString(bytes),
            MatType.Utf8 => Encoding.UTF8.GetString(bytes),
            MatType.Int8 or MatType.UInt8 => Encoding.Latin1.GetString(bytes),
            _ => throw DataFile.Broken(Path, $"a text of type {tag.Type:d}", "type 1, 2, 4 or 16"),
        };
    }

    private string ReadNumber()
    {
        var tag = _reader.ReadTag();
        if (tag.Length == 0 || MatNumbers.SizeOf(tag.Type) != tag.Length)
            throw DataFile.Broken(Path, $"{tag.Length:N0} bytes of type {tag.Type:d} for one number", "one number");
        byte[] bytes = new byte[tag.Length];
        _reader.ReadPadded(tag, bytes);
        return MatNumbers.Number(tag.Type, bytes, _array.Element.IsBigEndian).ToString(System.Globalization.CultureInfo.InvariantCulture);
    }

    private void Skip(long bytes)
    {
        Span<byte> skipped = stackalloc byte[256];
        for (int length; bytes > 0; bytes -= length)
        {
            length = (int)Math.Min(bytes, skipped.Length);
            _reader.Read(skipped[..length]);
        }
    }
}
