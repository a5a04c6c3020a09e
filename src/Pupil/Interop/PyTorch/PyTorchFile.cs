using System.IO.Compression;
using System.Numerics;
using Pupil.Core;
using static TorchSharp.torch;

namespace Pupil.Interop.PyTorch;

/// <summary>
/// Reads tensors by name from a file of <c>torch.save</c> (<c>.pth</c>, <c>.pt</c>, <c>.th</c> …): the zip that PyTorch writes since
/// 1.6, or the older format. The unpickler executes no code of the file.
/// </summary>
internal static class PyTorchFile
{
    private const long MostPickleBytes = 64 << 20;

    // Tensors may share a storage, but not so many that a small file becomes a large set of weights.
    private const long MostCopies = 8, FreeBytes = 1 << 20;
    private static readonly BigInteger LegacyMagic =
        BigInteger.Parse("119547037146038801333356", System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>Whether the first bytes are those of a zip or a pickle.</summary>
    internal static bool IsOne(ReadOnlySpan<byte> start) => start.StartsWith("PK\x03\x04"u8) || start is [0x80, >= 1 and <= 5, ..];

    /// <summary>Reads the weights: the file's dictionary of tensors, a usual entry of it, or those of a whole model.</summary>
    /// <param name="path">The file.</param>
    /// <param name="key">The entry that holds the weights; null for the entry that <see cref="PickledWeights"/> chooses.</param>
    /// <returns>
    /// New contiguous tensors on the CPU, in the file's order; the dispose scope around the call owns them or, without a scope, the
    /// caller.
    /// </returns>
    /// <exception cref="UserErrorException">The file is missing or broken, or holds no weights that are read without code.</exception>
    public static ForeignFile ReadWeights(string path, string? key = null)
    {
        using var stream = Open(path);
        Span<byte> start = stackalloc byte[4];
        int length = stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
        stream.Position = 0;
        if (!IsOne(start[..length]))
            throw new UserErrorException($"{path}: found neither a zip nor a pickle, expected a file that torch.save wrote; "
                + "save model.state_dict() with it.");
        return start.StartsWith("PK"u8) ? ReadZip(stream, path, key) : ReadLegacy(stream, path, key);
    }

    private static FileStream Open(string path)
    {
        try
        {
            return RegularFile.OpenRead(path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException(File.Exists(path)
                ? $"{path}: cannot be read ({failure.Message}); check its permissions and the disk."
                : $"{path}: there is no such file, expected one that torch.save wrote; check the path.", failure);
        }
    }

    private static ForeignFile ReadZip(Stream stream, string path, string? key)
    {
        try
        {
            using var zip = new ZipArchive(stream, ZipArchiveMode.Read);
            var pickle = zip.Entries.FirstOrDefault(entry => entry.FullName.EndsWith("/data.pkl", StringComparison.Ordinal))
                ?? throw new UserErrorException($"{path}: found a zip without data.pkl, expected a file that torch.save wrote; save "
                    + "model.state_dict() with it.");
            string root = pickle.FullName[..^"data.pkl".Length];
            if (zip.GetEntry($"{root}byteorder") is { Length: < 16 } order && !IsLittleEndian(Content(order, stream.Length, path)))
                throw BigEndian(path);
            object? content = new Unpickler(new PickleStream(new MemoryStream(Content(pickle, stream.Length, path)), path)).Read();
            return Tensors(PickledWeights.Choose(content, key, path), stream.Length, path, storage =>
            {
                string place = SafeTensorsHeader.Show(storage.Key);
                var entry = zip.GetEntry($"{root}data/{storage.Key}")
                    ?? throw new UserErrorException($"{path}: lacks data/{place}, expected it as the storage of a tensor; get it again.");
                if (entry.Length != storage.Bytes || entry.Length > stream.Length)
                    throw new UserErrorException(
                        $"{path}: found {entry.Length} bytes in data/{place}, expected {storage.Bytes}; get it again.");
                using var data = entry.Open();
                return Values(data, storage);
            });
        }
        catch (Exception failure) when (failure is InvalidDataException or EndOfStreamException)
        {
            throw new UserErrorException(
                $"{path}: found a broken zip ({failure.Message.TrimEnd('.')}), expected a whole one; get it again.", failure);
        }
    }

    private static bool IsLittleEndian(byte[] order) =>
        System.Text.Encoding.ASCII.GetString(order).StartsWith("little", StringComparison.Ordinal);

    private static UserErrorException BigEndian(string path) => new(
        $"{path}: found numbers of a big-endian machine, expected little-endian ones; save it again on a little-endian machine.");

    // torch.save stores its entries without compression.
    private static byte[] Content(ZipArchiveEntry entry, long file, string path)
    {
        long most = Math.Min(MostPickleBytes, file);
        if (entry.Length > most)
        {
            throw new UserErrorException($"{path}: found {entry.Length:N0} bytes in {SafeTensorsHeader.Show(entry.FullName)}, "
                + $"expected at most {most:N0}, as torch.save writes it; get it again.");
        }
        byte[] bytes = new byte[entry.Length];
        using var stream = entry.Open();
        stream.ReadExactly(bytes);
        return bytes;
    }

    // The older format: magic number, version, facts about the machine, content, keys of the storages; then count and numbers of each.
    private static ForeignFile ReadLegacy(FileStream file, string path, string? key)
    {
        using var stream = new BufferedStream(file, 1 << 16);
        var input = new PickleStream(stream, path);
        if (Next() is not BigInteger magic || magic != LegacyMagic || Next() is not 1001L)
            throw new UserErrorException($"{path}: found a pickle, but none that torch.save wrote; save model.state_dict() with it.");
        if (Next() is PickledDictionary machine && machine.Entries.GetValueOrDefault("little_endian") is false)
            throw BigEndian(path);
        var unpickler = new Unpickler(input);
        object? content = unpickler.Read();
        var places = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (object? entry in Next() as List<object?> ?? throw input.Broken("no list of storages"))
        {
            if (entry is not string name || unpickler.Storages.GetValueOrDefault(name) is not { } storage)
                throw input.Broken("a storage that no tensor refers to");
            long count = input.Int64();
            if (count != storage.Count || storage.Bytes > stream.Length - stream.Position)
                throw input.Broken($"{count} numbers where '{SafeTensorsHeader.Show(name)}' has {storage.Count}");
            places[name] = stream.Position;
            stream.Position += storage.Bytes;
        }
        return Tensors(PickledWeights.Choose(content, key, path), stream.Length, path, storage =>
        {
            stream.Position = places.TryGetValue(storage.Key, out long place)
                ? place : throw input.Broken($"no numbers of '{SafeTensorsHeader.Show(storage.Key)}'");
            return Values(stream, storage);
        });

        object? Next() => new Unpickler(input).Read();
    }

    private static ForeignFile Tensors(PickledWeights weights, long file, string path, Func<PickledStorage, Tensor> read)
    {
        CheckSize(weights.Tensors, file, path);
        using var scope = NewDisposeScope();
        var storages = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        var tensors = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        foreach (var (name, weight) in weights.Tensors)
        {
            if (!storages.TryGetValue(weight.Storage.Key, out var storage))
                storages.Add(weight.Storage.Key, storage = read(weight.Storage));
            tensors.Add(name, storage.as_strided(weight.Shape, weight.Stride, weight.Offset).clone().contiguous());
        }
        scope.MoveToOuter(tensors.Values);
        return new ForeignFile(tensors, weights.Entry, weights.Others);
    }

    private static void CheckSize(IReadOnlyDictionary<string, PickledTensor> weights, long file, string path)
    {
        var storages = weights.Values.Select(weight => weight.Storage).Distinct();
        double bytes = weights.Values.Sum(BytesOf) + storages.Sum(storage => (double)storage.Bytes);
        if (bytes > MostCopies * file + FreeBytes)
        {
            throw new UserErrorException($"{path}: found tensors of {bytes:N0} bytes in a file of {file:N0}, expected at most "
                + $"{MostCopies} times as many; save model.state_dict() alone.");
        }

        static double BytesOf(PickledTensor weight) =>
            weight.Shape.Aggregate((double)weight.Storage.NumberBytes, (product, size) => product * size);
    }

    private static Tensor Values(Stream stream, PickledStorage storage)
    {
        // A boolean byte other than 0 and 1 is undefined behaviour in libtorch.
        bool isBoolean = storage.Type == ScalarType.Bool;
        Tensor values = empty(storage.Count, dtype: isBoolean ? ScalarType.Byte : storage.Type!.Value, device: CPU);
        values.ReadBytesFromStream(stream, (int)Math.Clamp(storage.Bytes, 1, 65536));
        using TorchSharp.Scalar zero = 0;
        return isBoolean ? values.ne(zero) : values;
    }
}
