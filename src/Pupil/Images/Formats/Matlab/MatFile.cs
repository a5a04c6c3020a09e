using Pupil.Images.Formats.Trees;

namespace Pupil.Images.Formats.Matlab;

/// <summary>
/// The variables of a MATLAB 5 file (MATLAB's versions 5 to 7, SciPy's <c>savemat</c>) after "MAT-File Format" by The MathWorks.
/// Values are not kept in memory: they are read, and decompressed, on request.
/// </summary>
internal sealed class MatFile
{
    private readonly string _path;
    private readonly Dictionary<string, MatArray> _arrays = new(StringComparer.Ordinal);

    private MatFile(string path) => _path = path;

    /// <summary>Reads the headers of all variables.</summary>
    /// <param name="stream">The file, at its start; it must stay open and support seeking.</param>
    /// <param name="path">The file's name in errors.</param>
    /// <exception cref="UserErrorException">The file is not a MATLAB 5 file, or is damaged.</exception>
    public static MatFile Read(Stream stream, string path)
    {
        var file = new MatFile(path);
        bool isBigEndian = MatHeader.ReadIsBigEndian(stream, path);
        long length = stream.Length;
        for (long start = MatHeader.Bytes; start < length;)
        {
            stream.Position = start;
            if (length - start < 8)
                throw DataFile.Broken(path, $"{length - start} bytes at the end", "none, or a variable");
            using var reader = MatReader.Plain(stream, 8, isBigEndian, path);
            var tag = reader.ReadTag();
            if (tag.IsSmall || tag.Type is not (MatType.Matrix or MatType.Compressed))
                throw DataFile.Broken(path, $"an element of type {tag.Type:d} at byte {start:N0}", "a variable (type 14 or 15)");
            start += 8;
            if (tag.Length > length - start)
                throw DataFile.Broken(path, $"{length - start:N0} bytes after byte {start:N0}", $"{tag.Length:N0}");
            file.Add(MatArray.ReadHeader(new MatElement(stream, path, isBigEndian, start, tag.Length, tag.Type == MatType.Compressed)));
            start += tag.Length;
        }
        return file;
    }

    /// <summary>The variable of this name.</summary>
    /// <exception cref="UserErrorException">The file has no such variable.</exception>
    public MatArray this[string name] => _arrays.TryGetValue(name, out var array)
        ? array
        : throw DataFile.Broken(_path, _arrays.Count == 0 ? "no variables" : $"the variables {Names}", $"one called {name}");

    // Only names that MATLAB allows: those of damaged files may be anything.
    private string Names => string.Join(", ",
        _arrays.Keys.Where(name => name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_')).Order(StringComparer.Ordinal).Take(10));

    private void Add(MatArray array)
    {
        if (array.Name.Length > 0 && !_arrays.TryAdd(array.Name, array))
            throw DataFile.Broken(_path, "two variables of the same name", "different names");
    }
}
