using Pupil.Images.Formats.Cifar;
using Pupil.Images.Formats.Csv;
using Pupil.Images.Formats.Folder;
using Pupil.Images.Formats.Mnist;
using Pupil.Images.Formats.Packed;
using Pupil.Images.Formats.Pictures;
using Pupil.Images.Formats.Svhn;
using Pupil.Images.Formats.Synthetic;
using Pupil.Images.Formats.TinyImageNet;
using Pupil.Images.Formats.Trees;

namespace Pupil.Images.Recognition;

/// <summary>Tells what a path holds, so that nobody has to name a format.</summary>
public static class DataRecognition
{
    /// <summary>A known set: the folder and archive it comes in, a file it always has, and its source at a path.</summary>
    private sealed record Known(string Folder, string? Archive, string[] Markers, Func<string, DataSource> At);

    private static readonly Known[] Sets =
    [
        new(Cifar10Source.Folder, Cifar10Source.Archive, [Cifar10Source.Marker], path => new Cifar10Source { Path = path }),
        new(Cifar100Source.Folder, Cifar100Source.Archive, [Cifar100Source.Marker, "test.bin"], path => new Cifar100Source { Path = path }),
        new(TinyImageNetSource.Folder, TinyImageNetSource.Archive, [TinyImageNetSource.Marker], path => new TinyImageNetSource { Path = path }),
        new("svhn", null, ["train_32x32.mat"], path => new SvhnSource { Path = path }),
        new("mnist", null, ["train-images*idx3-ubyte*"], path => new MnistSource { Path = path }),
        new("fashion-mnist", null, ["train-images*idx3-ubyte*"], path => new MnistSource { Path = path, Kind = MnistKind.Fashion }),
    ];

    /// <summary>The source for a path.</summary>
    /// <param name="path">A folder, an archive, a CSV file, a packed file, or <c>shapes</c>.</param>
    /// <exception cref="UserErrorException">It is nothing that can be read, or several sets.</exception>
    public static DataSource Of(string path)
    {
        if (path == "shapes" && !Path.Exists(path))
            return new ShapesOptions();
        if (File.Exists(path))
            return OfFile(path);
        if (!Directory.Exists(path))
            throw new UserErrorException($"{path}: no such file or folder; expected a data set: a folder, an archive, "
                + "a CSV file or a packed file.");
        string name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)));
        Known[] here = [.. Sets.Where(set => IsIn(set, path))];
        // The layout of MNIST is that of others, too: the folder's name tells which.
        if (here.Length > 0)
            return (here.FirstOrDefault(set => set.Folder == name) ?? here[0]).At(path);
        (Known Set, string Place)[] inside = [.. Sets.SelectMany(set => Inside(set, path).Select(place => (set, place)))];
        return inside switch
        {
            [] => new FolderSource { Path = path },
            [var only] => only.Set.At(only.Place),
            _ => throw new UserErrorException($"{path}: holds several data sets; "
                + $"give one of {string.Join(", ", inside.Select(found => found.Place))}."),
        };
    }

    private static DataSource OfFile(string path)
    {
        if (path.EndsWith(".csv", StringComparison.OrdinalIgnoreCase) || path.EndsWith(".tsv", StringComparison.OrdinalIgnoreCase))
            return new CsvSource { Path = path };
        if (path.EndsWith(".safetensors", StringComparison.OrdinalIgnoreCase))
            return new PackedSource { Path = path };
        if (path.EndsWith(".mat", StringComparison.OrdinalIgnoreCase))
            return new SvhnSource { Path = Path.GetDirectoryName(Path.GetFullPath(path))! };
        if (PictureNames.IsPicture(Path.GetFileName(path)))
            throw new UserErrorException($"{path}: is one picture; expected a folder of pictures for each class, "
                + "or a CSV file that names them.");
        if (Sets.FirstOrDefault(set => set.Archive == Path.GetFileName(path)) is { } known)
            return known.At(path);
        using var tree = FileTree.Open(path);
        string[] names = [.. tree.List().Select(file => file.FileName).Distinct()];
        return (Sets.FirstOrDefault(set => set.Archive is not null && set.Markers.All(names.Contains))?.At ?? (place => new FolderSource { Path = place }))(path);
    }

    private static bool IsIn(Known set, string folder) => Directory.Exists(folder)
        && set.Markers.All(marker => Directory.EnumerateFileSystemEntries(folder, marker).Any());

    private static IEnumerable<string> Inside(Known set, string folder)
    {
        string inner = Path.Combine(folder, set.Folder);
        if (IsIn(set, inner))
            yield return inner;
        else if (set.Archive is not null && File.Exists(Path.Combine(folder, set.Archive)))
            yield return Path.Combine(folder, set.Archive);
    }
}
