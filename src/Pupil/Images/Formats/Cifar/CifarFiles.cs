using Pupil.Images.Formats.Trees;

namespace Pupil.Images.Formats.Cifar;

/// <summary>An image set that consists of one or more files.</summary>
/// <param name="Name">The set's name.</param>
/// <param name="Files">The names of the files, in their order.</param>
/// <param name="RecordsPerFile">The published number of records in each file.</param>
internal sealed record CifarPart(string Name, IReadOnlyList<string> Files, int RecordsPerFile);

/// <summary>
/// Reads the binary layout of CIFAR-10 and CIFAR-100 (Krizhevsky 2009): records of one or two label bytes, then 32×32 red, green and
/// blue bytes.
/// </summary>
/// <param name="tree">The folder or archive.</param>
/// <param name="labelBytes">The number of label bytes in a record.</param>
/// <param name="labelAt">The index of the used label byte.</param>
/// <param name="classes">The class names.</param>
/// <param name="allowPartial">Whether a file may hold fewer records than published.</param>
internal sealed class CifarFiles(FileTree tree, int labelBytes, int labelAt, IReadOnlyList<string> classes, bool allowPartial)
{
    /// <summary>Height and width of the images, in pixels.</summary>
    public const int Side = 32;

    private const int PlaneBytes = Side * Side;
    private const int ImageBytes = 3 * PlaneBytes;
    private const int RecordsAtOnce = 64;

    private int RecordBytes => labelBytes + ImageBytes;

    /// <summary>Reads each part into an image set.</summary>
    /// <param name="parts">The parts.</param>
    /// <param name="stop">Cancels the reading.</param>
    /// <exception cref="UserErrorException">A file is missing, damaged, or of another set.</exception>
    public ImageSet[] Read(IReadOnlyList<CifarPart> parts, CancellationToken stop)
    {
        // A single pass for all parts, since an archive is unpacked during the pass.
        var published = parts.SelectMany(part => part.Files.Select(file => (file, part.RecordsPerFile)))
            .ToDictionary(StringComparer.Ordinal);
        string[] wanted = [.. published.Keys];
        long largest = (long)published.Values.Max() * RecordBytes;
        var found = new Dictionary<string, TreeFile>(StringComparer.Ordinal);
        foreach (var file in tree.Files(name => published.ContainsKey(name[(name.LastIndexOf('/') + 1)..]), largest))
        {
            stop.ThrowIfCancellationRequested();
            if (published.ContainsKey(file.FileName) && !found.TryAdd(file.FileName, file))
                throw new UserErrorException($"{tree.Path}: found two files {file.FileName}, expected one; "
                    + "give the folder that holds just one copy of the set.");
        }
        string[] missing = [.. wanted.Where(name => !found.ContainsKey(name))];
        if (missing.Length > 0)
            throw new UserErrorException($"{tree.Path}: lacks {string.Join(", ", missing)}; expected {string.Join(", ", wanted)}: "
                + "unpack the archive again, or give the archive itself.");
        return [.. parts.Select(part => Join(part, [.. part.Files.Select(file => found[file])], stop))];
    }

    // Copies the files into the set's arrays in parallel; a folder's files are not held in memory as a whole.
    private ImageSet Join(CifarPart part, TreeFile[] files, CancellationToken stop)
    {
        foreach (var file in files)
            CheckLength(file, part.RecordsPerFile);
        var starts = new int[files.Length + 1];
        for (int i = 0; i < files.Length; i++)
            starts[i + 1] = starts[i] + (int)(files[i].Length / RecordBytes);
        var labels = new int[starts[^1]];
        byte[] pixels = GC.AllocateUninitializedArray<byte>(labels.Length * ImageBytes);
        var errors = new UserErrorException?[files.Length];
        var parallel = new ParallelOptions { CancellationToken = stop, MaxDegreeOfParallelism = Environment.ProcessorCount };
        Parallel.For(0, files.Length, parallel, i =>
        {
            try
            {
                Place(files[i], labels.AsSpan(starts[i]..starts[i + 1]), pixels.AsSpan(starts[i] * ImageBytes));
            }
            catch (UserErrorException error)
            {
                errors[i] = error;
            }
        });
        return errors.FirstOrDefault(error => error is not null) is { } first
            ? throw first : new ImageSet(part.Name, pixels, labels, classes, Side, Side, 3);
    }

    // Reads a few records at a time, so that they are still in the processor's cache when they are rearranged.
    private void Place(TreeFile file, Span<int> labels, Span<byte> pixels)
    {
        using var stream = file.Open();
        var some = new byte[Math.Min(RecordsAtOnce, labels.Length) * RecordBytes];
        for (int record = 0; record < labels.Length; record++)
        {
            if (record % RecordsAtOnce == 0)
                Fill(stream, some.AsSpan(0, Math.Min(RecordsAtOnce, labels.Length - record) * RecordBytes), file);
            var content = some.AsSpan(record % RecordsAtOnce * RecordBytes, RecordBytes);
            int label = content[labelAt];
            if (label >= classes.Count)
            {
                throw new UserErrorException($"{PlaceOf(file)}: found label {label} in record {record}, expected 0…{classes.Count - 1}: "
                    + "the file is damaged or of another set.");
            }
            labels[record] = label;
            Interleave(content[labelBytes..], pixels.Slice(record * ImageBytes, ImageBytes));
        }
        if (stream.ReadByte() >= 0)
            throw Changes(file);
    }

    private void Fill(Stream stream, Span<byte> target, TreeFile file)
    {
        try
        {
            if (stream.ReadAtLeast(target, target.Length, throwOnEndOfStream: false) < target.Length)
                throw Changes(file);
        }
        catch (IOException error)
        {
            throw new UserErrorException($"{PlaceOf(file)}: cannot be read ({error.Message.ReplaceLineEndings(" ")}); "
                + "check the disk.", error);
        }
    }

    private UserErrorException Changes(TreeFile file) =>
        new($"{PlaceOf(file)}: found more or fewer bytes than the {file.Length:N0} that its folder or archive declares, expected a file "
            + "that does not change while it is read; try again.");

    private void CheckLength(TreeFile file, int published)
    {
        long expected = (long)published * RecordBytes;
        bool whole = file.Length > 0 && file.Length % RecordBytes == 0;
        if (!whole || (allowPartial ? file.Length > expected : file.Length != expected))
        {
            throw new UserErrorException($"{PlaceOf(file)}: found {file.Length:N0} bytes, "
                + $"expected {expected:N0} ({published:N0} records of {RecordBytes:N0}): "
                + "the file is not of this set or is incomplete; get the archive again"
                + (whole && !allowPartial && file.Length < expected ? ", or set data.source.allowPartial to true." : "."));
        }
    }

    private string PlaceOf(TreeFile file) => tree.IsArchive ? $"{tree.Path}: {file.Name}" : Path.Combine(tree.Path, file.Name);

    // Converts three planes to three bytes per pixel.
    private static void Interleave(ReadOnlySpan<byte> planes, Span<byte> pixels)
    {
        var red = planes[..PlaneBytes];
        var green = planes.Slice(PlaneBytes, PlaneBytes);
        var blue = planes[(2 * PlaneBytes)..];
        for (int i = 0; i < PlaneBytes; i++)
        {
            pixels[3 * i] = red[i];
            pixels[3 * i + 1] = green[i];
            pixels[3 * i + 2] = blue[i];
        }
    }
}
