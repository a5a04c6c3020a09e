using System.IO.Compression;
using Pupil.Core;
using static TorchSharp.torch;

namespace Pupil.Interop.Numpy;

/// <summary>Reads the arrays of a zip of NumPy's (<c>.npz</c>, <c>numpy.savez</c>) by their names.</summary>
internal static class NumpyArchive
{
    // Weights hardly compress. A file whose arrays are many times as large is made to fill the memory.
    private const long MostGrowth = 64, FreeBytes = 1 << 20;

    /// <summary>Reads all arrays.</summary>
    /// <param name="path">The file.</param>
    /// <returns>New tensors on the CPU; the dispose scope around the call owns them or, without a scope, the caller.</returns>
    /// <exception cref="UserErrorException">The file is missing or broken, or an array has a type that is not read.</exception>
    public static IReadOnlyDictionary<string, Tensor> Read(string path)
    {
        const string Extension = ".npy";
        try
        {
            using var stream = RegularFile.OpenRead(path);
            using var zip = new ZipArchive(stream, ZipArchiveMode.Read);
            if (zip.Entries.Sum(entry => (double)entry.Length) is var bytes && bytes > MostGrowth * stream.Length + FreeBytes)
            {
                throw new UserErrorException($"{path}: found arrays of {bytes:N0} bytes in a file of {stream.Length:N0}, expected at most "
                    + $"{MostGrowth} times as many; save it by numpy.savez.");
            }
            using var scope = NewDisposeScope();
            var tensors = new Dictionary<string, Tensor>(StringComparer.Ordinal);
            foreach (var entry in zip.Entries.Where(entry => entry.FullName.EndsWith(Extension, StringComparison.Ordinal)))
            {
                using var content = entry.Open();
                tensors[entry.FullName[..^Extension.Length]] =
                    NumpyArray.Read(content, entry.Length, $"{path}, {SafeTensorsHeader.Show(entry.FullName)}");
            }
            scope.MoveToOuter(tensors.Values);
            return tensors.Count > 0 ? tensors
                : throw new UserErrorException($"{path}: found a zip without arrays, expected one of numpy.savez; check the path.");
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            throw new UserErrorException($"{path}: cannot be read ({failure.Message.TrimEnd('.')}), expected arrays of NumPy (.npz); check "
                + "the path, or get it again.", failure);
        }
    }
}
