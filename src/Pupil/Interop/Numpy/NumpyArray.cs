using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Pupil.Core;
using static TorchSharp.torch;

namespace Pupil.Interop.Numpy;

/// <summary>
/// Reads arrays of numbers from NumPy's files (<c>.npy</c>, versions 1 to 3). Arrays of objects hold pickles and are refused.
/// </summary>
internal static partial class NumpyArray
{
    private const int MostHeaderBytes = 1 << 16, MostDimensions = 32;
    private const long MostNumbers = 1L << 40;

    private static readonly Dictionary<string, (ScalarType Type, int Bytes)> Types = new(StringComparer.Ordinal)
    {
        ["<f4"] = (ScalarType.Float32, 4),
        ["<f8"] = (ScalarType.Float64, 8),
        ["<f2"] = (ScalarType.Float16, 2),
        ["<i8"] = (ScalarType.Int64, 8),
        ["<i4"] = (ScalarType.Int32, 4),
        ["<i2"] = (ScalarType.Int16, 2),
        ["|i1"] = (ScalarType.Int8, 1),
        ["|u1"] = (ScalarType.Byte, 1),
    };

    /// <summary>Reads a file of one array.</summary>
    /// <param name="path">The file.</param>
    /// <returns>A new contiguous tensor on the CPU; the dispose scope around the call owns it or, without a scope, the caller.</returns>
    /// <exception cref="UserErrorException">The file is missing, broken, or of a type that is not read.</exception>
    public static Tensor Read(string path)
    {
        try
        {
            using var stream = RegularFile.OpenRead(path);
            return Read(stream, stream.Length, path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"{path}: cannot be read ({failure.Message.TrimEnd('.')}), expected an array of NumPy (.npy); "
                + "check the path.", failure);
        }
    }

    /// <summary>Reads an array from a stream of a known length.</summary>
    /// <param name="stream">The stream, at the array's start.</param>
    /// <param name="length">The stream's length in bytes.</param>
    /// <param name="name">The array's name in messages.</param>
    /// <exception cref="UserErrorException">The array is broken, or of a type that is not read.</exception>
    public static Tensor Read(Stream stream, long length, string name)
    {
        byte[] start = Bytes(stream, 8, name);
        if (start[0] != 0x93 || !start.AsSpan(1).StartsWith("NUMPY"u8) || start[6] is < 1 or > 3)
            throw Broken(name, "other bytes at its start");
        int size = start[6] == 1 ? BinaryPrimitives.ReadUInt16LittleEndian(Bytes(stream, 2, name))
            : (int)Math.Min(BinaryPrimitives.ReadUInt32LittleEndian(Bytes(stream, 4, name)), int.MaxValue);
        if (size > MostHeaderBytes)
            throw Broken(name, $"a header of {size:N0} bytes");
        string header = Encoding.Latin1.GetString(Bytes(stream, size, name));
        string type = Type().Match(header).Groups[1].Value;
        if (!Types.TryGetValue(type, out var kind))
        {
            throw new UserErrorException($"{name}: found numbers of type '{SafeTensorsHeader.Show(type)}', expected one of "
                + $"{string.Join(", ", Types.Keys)}; convert it with array.astype('float32').");
        }
        if (!Order().Match(header).Groups[1].ValueSpan.SequenceEqual("False"))
            throw Broken(name, "an array in Fortran's order");
        long[] shape = Shape(header, name);
        var bytes = shape.Aggregate((System.Numerics.BigInteger)kind.Bytes, (product, count) => product * count);
        if (bytes > length)
            throw Broken(name, $"{length:N0} bytes for {bytes:N0} bytes of numbers");
        var tensor = empty(shape, dtype: kind.Type, device: CPU);
        try
        {
            tensor.ReadBytesFromStream(stream, (int)Math.Clamp((long)bytes, 1, 65536));
            return tensor;
        }
        catch (EndOfStreamException)
        {
            tensor.Dispose();
            throw Broken(name, "its end within the numbers");
        }
    }

    private static long[] Shape(string header, string name)
    {
        var match = Sizes().Match(header);
        string[] sizes = match.Groups[1].Value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (!match.Success || sizes.Length > MostDimensions)
            throw Broken(name, "no shape");
        return [.. sizes.Select(Size)];

        long Size(string size) =>
            long.TryParse(size, NumberStyles.None, CultureInfo.InvariantCulture, out long count) && count <= MostNumbers
                ? count : throw Broken(name, $"a size '{SafeTensorsHeader.Show(size)}'");
    }

    private static byte[] Bytes(Stream stream, int count, string name)
    {
        byte[] bytes = new byte[count];
        return stream.ReadAtLeast(bytes, count, throwOnEndOfStream: false) == count ? bytes
            : throw Broken(name, "its end within the header");
    }

    private static UserErrorException Broken(string name, string found) =>
        new($"{name}: found {found}, expected an array as numpy.save writes it; save numpy.ascontiguousarray(array) again.");

    [GeneratedRegex("'descr' *: *'([^']{1,16})'")]
    private static partial Regex Type();

    [GeneratedRegex("'fortran_order' *: *(True|False)")]
    private static partial Regex Order();

    [GeneratedRegex(@"'shape' *: *\(([0-9, ]*)\)")]
    private static partial Regex Sizes();
}
