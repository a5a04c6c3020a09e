using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text;
using Pupil.Core;
using Pupil.Images.Formats.Pictures;
using Pupil.Images.Formats.Trees;
using Pupil.Inference.Pictures;
using Pupil.Settings;

namespace Pupil.Images.Formats.Folder;

/// <summary>
/// Pictures in a folder or archive with one folder per class, or with <c>train/</c> and <c>test/</c> (or <c>val/</c>) that contain
/// such folders. Class folders may have subfolders. Beside <c>train/</c> and <c>test/</c>, <c>val/</c> selects the best epoch.
/// </summary>
/// <remarks>
/// A file <c>boxes.csv</c> beside the class folders (or beside <c>train/</c>) lists the box of every picture: path, left, top, right,
/// bottom.
/// </remarks>
[Variant("folder")]
public sealed record FolderSource : PictureSource
{
    private const string BoxesFile = "boxes.csv";
    private static readonly string[] TrainNames = ["train", "training"];
    private static readonly string[] ValidationNames = ["val", "valid", "validation"];
    private static readonly string[] TestNames = ["test", "testing"];

    /// <summary>The folder or archive (.zip, .tar, .tar.gz, .tgz). Default <c>data/pictures</c>.</summary>
    [Description("The folder or archive: a folder for each class, or train/ and test/ (or val/) with such folders.")]
    public string Path { get; init; } = "data/pictures";

    /// <summary>The share of every class that becomes the test split if the folder has none, 0.01…0.9. Default 0.2.</summary>
    [Description("The share of every class that becomes the test split if the folder has none."), Range(0.01, 0.9)]
    public double TestShare { get; init; } = 0.2;

    /// <summary>The seed of that draw, at least 0. Default 0.</summary>
    [Description("The seed of the draw of a test split."), Range(0, int.MaxValue)]
    public int TestSeed { get; init; }

    private protected override (FileTree Tree, PictureList List) Open() => Listed(FileTree.Open(Path), List);

    /// <summary>Lists the pictures with their classes and boxes.</summary>
    /// <exception cref="UserErrorException">There is no picture, or one without a class or a box.</exception>
    internal PictureList List(FileTree tree)
    {
        var names = new List<string>();
        var tables = new Dictionary<string, string>(StringComparer.Ordinal);
        var passedOver = new SortedDictionary<string, int>(StringComparer.Ordinal);
        foreach (var file in tree.Files(name => IsTable(name) || PictureNames.NeedsContent(name)))
        {
            if (IsTable(file.Name))
                tables[file.Name] = Encoding.UTF8.GetString(file.Read());
            else if (PictureNames.IsPicture(file))
                names.Add(file.Name);
            else if (!PictureNames.IsHidden(file.Name))
                passedOver[PictureNames.KindOf(file.Name)] = passedOver.GetValueOrDefault(PictureNames.KindOf(file.Name)) + 1;
        }
        if (names.Count == 0)
            throw new UserErrorException($"{tree.Path}: found no picture ({string.Join(" ", PictureFile.Endings)}), "
                + "expected a folder of pictures for each class.");
        string root = Root(names);
        var boxes = tables.TryGetValue(root + BoxesFile, out string? table) ? ReadBoxes(table, root, tree.Path) : null;
        var (classes, parts) = Parts(tree, root, names.Order(StringComparer.Ordinal), boxes);
        if (!tree.IsArchive)
            RefuseEmpty(names, root);
        return new PictureList("folder", classes, parts) { PassedOver = passedOver };
    }

    // An empty folder beside the class folders is probably a class whose pictures are missing.
    private void RefuseEmpty(List<string> names, string root)
    {
        HashSet<string> filled = [];
        foreach (string name in names)
        {
            // Adds the folders above the picture, up to the first known one.
            var folder = name.AsSpan(0, name.LastIndexOf('/'));
            while (folder.Length > 0 && filled.GetAlternateLookup<ReadOnlySpan<char>>().Add(folder))
                folder = folder[..Math.Max(0, folder.LastIndexOf('/'))];
        }
        string[] parts = [.. filled
            .Where(folder => folder.StartsWith(root, StringComparison.Ordinal) && IsPart(folder[root.Length..]))
            .Select(folder => $"{folder}/")];
        foreach (string level in parts.Length > 0 ? parts : [root])
        {
            foreach (string full in Directory.EnumerateDirectories(System.IO.Path.Combine(Path, level)))
            {
                string folder = System.IO.Path.GetFileName(full);
                if (!PictureNames.IsHidden(folder) && !filled.Contains(level + folder))
                    throw new UserErrorException($"{Path}: found no picture in the folder {Show(level + folder)}/, "
                        + "expected at least one of that class; fill or remove it.");
            }
        }
    }

    private static bool IsTable(string name) => name == BoxesFile || name.EndsWith($"/{BoxesFile}", StringComparison.Ordinal);

    private static bool IsPart(string folder) =>
        TrainNames.Concat(ValidationNames).Concat(TestNames).Contains(folder.ToLowerInvariant());

    // Skips folders that contain nothing but one other folder, which archives often have.
    private static string Root(List<string> names)
    {
        string root = "";
        while (true)
        {
            string? only = null;
            foreach (string name in names)
            {
                int end = name.IndexOf('/', root.Length);
                string? next = end < 0 ? null : name[..(end + 1)];
                if (next is null || (only is not null && next != only))
                    return root;
                only = next;
            }
            // The last folder of a picture's path is its class.
            if (only is null || names.Any(name => name.IndexOf('/', only.Length) < 0))
                return root;
            root = only;
        }
    }

    private (string[] Classes, List<PicturePart> Parts) Parts(
        FileTree tree, string root, IEnumerable<string> names, Dictionary<string, BoundingBox>? boxes)
    {
        var byFolder = names
            .GroupBy(name => name.IndexOf('/', root.Length) is var end and >= 0 ? name[root.Length..end] : "")
            .ToDictionary(group => group.Key, group => group.ToList());
        if (byFolder.TryGetValue("", out var loose))
            throw new UserErrorException($"{tree.Path}: {Show(loose[0])} lies in no class's folder; "
                + "expected a folder of pictures for each class (or a CSV file that names the classes: source csv).");
        string? train = Find(TrainNames), validation = Find(ValidationNames), test = Find(TestNames);
        if (train is null)
        {
            // A class may have such a name, but not every class.
            if (byFolder.Keys.All(folder => folder == validation || folder == test))
                throw new UserErrorException($"{tree.Path}: found {root}{string.Join($"/ and {root}", byFolder.Keys)}/ alone, "
                    + $"expected {root}train/ beside; give the folder that holds all parts.");
            var (classes, all) = Label(tree, root, byFolder.Values.SelectMany(files => files), boxes, null);
            return (classes, Drawn(all));
        }
        var (trained, learnt) = Label(tree, $"{root}{train}/", byFolder[train], boxes, null);
        if ((test ?? validation) is not { } measured)
            return (trained, Drawn(learnt));
        List<PicturePart> parts = [new("train", learnt)];
        if (test is not null && validation is not null)
            parts.Add(new("validation", Label(tree, $"{root}{validation}/", byFolder[validation], boxes, trained).Pictures));
        parts.Add(new("test", Label(tree, $"{root}{measured}/", byFolder[measured], boxes, trained).Pictures));
        return (trained, parts);

        string? Find(string[] known) => byFolder.Keys.FirstOrDefault(folder => known.Contains(folder.ToLowerInvariant()));

        List<PicturePart> Drawn(List<PictureEntry> all)
        {
            var (drawnTrain, drawnTest) = TestDraw.Split(all, TestShare, TestSeed);
            return [new("train", drawnTrain), new("test", drawnTest)];
        }
    }

    private static (string[] Classes, List<PictureEntry> Pictures) Label(
        FileTree tree, string start, IEnumerable<string> names, Dictionary<string, BoundingBox>? boxes, string[]? classes)
    {
        var found = new List<(string Name, string Class)>();
        foreach (string name in names)
        {
            int end = name.IndexOf('/', start.Length);
            if (end < 0)
                throw new UserErrorException($"{tree.Path}: {Show(name)} lies in no class's folder; "
                    + $"expected {start}CLASS/{Show(name[start.Length..])}.");
            found.Add((name, name[start.Length..end]));
        }
        classes ??= [.. found.Select(picture => picture.Class).Distinct().Order(StringComparer.Ordinal)];
        var labels = classes.Select((name, label) => (name, label)).ToDictionary(StringComparer.Ordinal);
        return (classes, [.. found.Select(picture => new PictureEntry(picture.Name, Number(picture.Class), Box(picture.Name)))]);

        int Number(string name) => labels.TryGetValue(name, out int label)
            ? label
            : throw new UserErrorException($"{tree.Path}: {start} has the class '{Show(name)}', which the training pictures lack; "
                + "expected the same classes in every part.");

        BoundingBox? Box(string name) => boxes is null ? null
            : boxes.TryGetValue(name, out var box) ? box
            : throw new UserErrorException($"{tree.Path}: {Show(name)} has no line in {BoxesFile}, expected a box for every picture; "
                + $"add it, or remove {BoxesFile}.");
    }

    private static string Show(string text) => SafeTensorsHeader.Show(text);

    private static Dictionary<string, BoundingBox> ReadBoxes(string text, string root, string place)
    {
        string file = $"{place}: {root}{BoxesFile}";
        var boxes = new Dictionary<string, BoundingBox>(StringComparer.Ordinal);
        foreach (var line in PictureTable.Read(text, file))
            boxes[root + line.Path] = line.Box ?? throw new UserErrorException($"{file}: found no columns left, top, right, bottom, "
                + "expected them beside path; add them.");
        return boxes;
    }
}
