using Pupil.Images.Formats.Cifar;
using Pupil.Images.Formats.Csv;
using Pupil.Images.Formats.Folder;
using Pupil.Images.Formats.ImageNet;
using Pupil.Images.Formats.Mnist;
using Pupil.Images.Formats.Packed;
using Pupil.Images.Formats.Pictures;
using Pupil.Images.Formats.Svhn;
using Pupil.Images.Formats.Synthetic;
using Pupil.Images.Formats.TinyImageNet;
using Pupil.Images.Formats.Trees;
using Pupil.Settings;

namespace Pupil.Images.Recognition;

/// <summary>Recognises the format of the data set at a path.</summary>
internal static class DataRecognition
{
    /// <summary>A known set: the names of its folder and archive, the files it always has, and its source at a path.</summary>
    private sealed record Known(string Folder, string? Archive, string[] Markers, Func<string, DataSource> At);

    private static readonly Known[] Sets =
    [
        new(Cifar10Source.Folder, Cifar10Source.Archive, [Cifar10Source.Marker], path => new Cifar10Source { Path = path }),
        new(Cifar100Source.Folder, Cifar100Source.Archive, [Cifar100Source.Marker, "test.bin"], path => new Cifar100Source { Path = path }),
        new(TinyImageNetSource.Folder, TinyImageNetSource.Archive, [TinyImageNetSource.Marker],
            path => new TinyImageNetSource { Path = path }),
        new("imagenet", null, ["ILSVRC2012_*"], path => new ImageNetSource { Path = path }),
        new("imagenet", null, ["LOC_*.*"], path => new ImageNetSource { Path = path }),
        new("imagenet", "imagenet-object-localization-challenge.zip", ["LOC_synset_mapping.txt"],
            path => new ImageNetSource { Path = path }),
        new("svhn", null, ["train_32x32.mat"], path => new SvhnSource { Path = path }),
        new("mnist", null, ["train-images*idx3-ubyte*"], path => new MnistSource { Path = path }),
        new("fashion-mnist", null, ["train-images*idx3-ubyte*"], path => new MnistSource { Path = path, Kind = MnistKind.Fashion }),
    ];

    /// <summary>Returns the source of the data set at a path.</summary>
    /// <param name="path">A folder, an archive, a CSV file, a packed file, or <c>shapes</c> for the built-in set.</param>
    /// <exception cref="UserErrorException">The path is not a data set, or holds several.</exception>
    public static DataSource SourceOf(string path)
    {
        if (path == "shapes" && !Path.Exists(path))
            return new ShapesOptions();
        if (File.Exists(path))
            return SourceOfFile(path);
        if (!Directory.Exists(path))
            throw new UserErrorException($"{path}: no such file or folder; expected a data set: a folder, an archive, "
                + $"a CSV file or a packed file.{NearestName.Hint(path, ["shapes", .. Beside(path)])}");
        if (PackedTarget.IsIn(path))
            return new PackedSource { Path = path };
        string name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)));
        Known[] here = [.. Sets.Where(set => IsIn(set, path))];
        // MNIST shares its layout with other sets: the folder's name decides.
        if (here.Length > 0)
            return (here.FirstOrDefault(set => set.Folder == name) ?? here[0]).At(path);
        (Known Set, string Place)[] inside = [.. Sets.SelectMany(set => Inside(set, path).Select(place => (set, place)))
            .DistinctBy(found => found.place)];
        return inside switch
        {
            [] => new FolderSource { Path = path },
            [var only] => only.Set.At(only.Place),
            _ => throw new UserErrorException($"{path}: holds several data sets; "
                + $"give one of {string.Join(", ", inside.Select(found => found.Place))}."),
        };
    }

    // The folders and files at the place where the path should be, as the path would name them.
    private static string[] Beside(string path)
    {
        const int Most = 1000;
        string folder = Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(path)) ?? "";
        string place = folder.Length == 0 ? "." : folder;
        return !Directory.Exists(place) ? []
            : [.. Directory.EnumerateFileSystemEntries(place).Take(Most).Select(entry => Path.Combine(folder, Path.GetFileName(entry)))];
    }

    private static DataSource SourceOfFile(string path)
    {
        if (path.EndsWith(".csv", StringComparison.OrdinalIgnoreCase) || path.EndsWith(".tsv", StringComparison.OrdinalIgnoreCase))
            return new CsvSource { Path = path };
        if (path.EndsWith(".safetensors", StringComparison.OrdinalIgnoreCase))
            return new PackedSource { Path = path };
        if (path.EndsWith(".mat", StringComparison.OrdinalIgnoreCase))
            return new SvhnSource { Path = Path.GetDirectoryName(Path.GetFullPath(path))! };
        if (PictureNames.IsPicture(Path.GetFileName(path)))
            throw new UserErrorException($"{path}: is one picture; expected a folder of pictures for each class, "
                + "or a CSV file that lists them.");
        if (Sets.FirstOrDefault(set => set.Archive == Path.GetFileName(path)) is { } known)
            return known.At(path);
        using var tree = FileTree.Open(path);
        string[] names = [.. tree.List().Select(file => file.FileName).Distinct()];
        var inside = Sets.FirstOrDefault(set => set.Archive is not null && set.Markers.All(names.Contains));
        return inside?.At(path) ?? new FolderSource { Path = path };
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
