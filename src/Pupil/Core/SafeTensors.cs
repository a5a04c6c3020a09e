using static TorchSharp.torch;

namespace Pupil.Core;

/// <summary>
/// Reads and writes safetensors files (github.com/huggingface/safetensors): named tensors and texts, no executable content.
/// Types: F64, F32, F16, BF16, I64, I32, I16, I8, U8, BOOL.
/// </summary>
internal static class SafeTensors
{
    private static readonly IReadOnlyDictionary<string, string> NoTexts = new Dictionary<string, string>();

    /// <summary>
    /// Writes tensors and texts to a file atomically: a failure leaves the old file. Equal content gives equal bytes,
    /// whatever the order, the devices and the memory layouts of the tensors.
    /// </summary>
    /// <param name="path">The file; its folder must exist.</param>
    /// <param name="tensors">The tensors by name, on any device and in any layout; the caller keeps their ownership.</param>
    /// <param name="metadata">Texts to store beside the tensors; default none.</param>
    /// <exception cref="ArgumentException">The format does not allow a tensor's name or type.</exception>
    /// <exception cref="UserErrorException">The file cannot be written.</exception>
    public static void Write(string path, IReadOnlyDictionary<string, Tensor> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        var header = new SafeTensorsHeader(SafeTensorsEntry.LayOut(tensors), metadata ?? NoTexts);
        byte[] start = header.ToBytes();
        if (start.Length - 8 > SafeTensorsHeader.MaximumBytes)
            throw new ArgumentException($"Names and texts take {start.Length - 8} bytes, over {SafeTensorsHeader.MaximumBytes}.");
        AtomicFile.Write(path, stream =>
        {
            stream.Write(start);
            foreach (SafeTensorsEntry entry in header.Tensors) WriteValues(stream, tensors[entry.Name], entry);
        });
    }

    /// <summary>Reads all tensors and texts of a file.</summary>
    /// <param name="path">The file.</param>
    /// <returns>New tensors; the dispose scope around the call owns them or, without a scope, the caller.</returns>
    /// <exception cref="UserErrorException">The file is missing, unreadable or breaks a rule of the format.</exception>
    public static SafeTensorsFile Read(string path) => Open(path, stream => Read(stream, path));

    /// <summary>Reads the texts of a file after a check of its whole header; reads no tensor.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="UserErrorException">The file is missing, unreadable or breaks a rule of the format.</exception>
    public static IReadOnlyDictionary<string, string> ReadMetadata(string path) => ReadHeader(path).Metadata;

    /// <summary>Reads the header of a file: name, type, shape and byte range of every tensor, and the texts.</summary>
    internal static SafeTensorsHeader ReadHeader(string path) => Open(path, stream => SafeTensorsHeader.Read(stream, path));

    /// <summary>Reads a file from a stream that is at its start; <paramref name="path"/> names the file in errors.</summary>
    internal static SafeTensorsFile Read(Stream stream, string path)
    {
        SafeTensorsHeader header = SafeTensorsHeader.Read(stream, path);
        using var scope = NewDisposeScope();
        var tensors = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        foreach (SafeTensorsEntry entry in header.Tensors) tensors.Add(entry.Name, ReadValues(stream, entry, path));
        scope.MoveToOuter(tensors.Values);
        return new(tensors, header.Metadata);
    }

    private static void WriteValues(Stream stream, Tensor tensor, SafeTensorsEntry entry)
    {
        using var scope = NewDisposeScope();
        Tensor values = tensor.detach().cpu().contiguous();
        values.WriteBytesToStream(stream, BufferSize(entry));
    }

    private static Tensor ReadValues(Stream stream, SafeTensorsEntry entry, string path)
    {
        // A boolean byte other than 0 and 1 is undefined behaviour in libtorch: read as numbers and check first.
        bool isBoolean = entry.Type == ScalarType.Bool;
        Tensor values = empty(entry.Shape, dtype: isBoolean ? ScalarType.Byte : entry.Type, device: CPU);
        values.ReadBytesFromStream(stream, BufferSize(entry));
        if (!isBoolean) return values;
        using TorchSharp.Scalar one = 1;
        if (values.gt(one).any().item<bool>())
            throw SafeTensorsHeader.Broken(path, $"other bytes in the BOOL tensor '{SafeTensorsHeader.Show(entry.Name)}'", "only 0 and 1");
        return values.to(ScalarType.Bool);
    }

    private static int BufferSize(SafeTensorsEntry entry) => (int)Math.Clamp(entry.End - entry.Begin, 1, 65536);

    private static T Open<T>(string path, Func<Stream, T> read)
    {
        if (Directory.Exists(path)) throw new UserErrorException($"{path}: found a folder, expected a safetensors file; name a file.");
        try
        {
            using FileStream stream = RegularFile.OpenRead(path);
            return read(stream);
        }
        catch (Exception failure) when (failure is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new UserErrorException($"{path}: found no such file, expected a safetensors file; check the name.", failure);
        }
        catch (UnauthorizedAccessException failure)
        {
            throw new UserErrorException($"{path}: found no permission to read, expected a readable file; change it.", failure);
        }
        catch (IOException failure)
        {
            throw new UserErrorException($"{path}: cannot be read ({failure.Message.ReplaceLineEndings(" ")}); check the disk.", failure);
        }
    }
}
