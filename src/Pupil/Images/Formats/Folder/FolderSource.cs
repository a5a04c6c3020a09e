using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Pupil.Core;
using Pupil.Images.Formats.Pictures;
using Pupil.Images.Formats.Trees;
using Pupil.Lettering;
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

    private protected override (FileTree Tree, PictureList List) Open(LoadContext context) =>
        Listed(FileTree.Open(Path), tree => List(tree, context.MeasuredClasses));

    private protected override (FileTree Tree, IReadOnlyList<string> Pictures) OpenUnlabelled() =>
        Listed(FileTree.Open(Path), tree => new FolderFiles(tree).Pictures);

    /// <summary>Lists the pictures with their classes and boxes.</summary>
    /// <param name="tree">The folder or archive.</param>
    /// <param name="measured">The classes of a network that the pictures measure; null for a whole set.</param>
    /// <exception cref="UserErrorException">There is no picture, or one without a class or a box.</exception>
    internal PictureList List(FileTree tree, IReadOnlyList<string>? measured = null)
    {
        var files = new FolderFiles(tree);
        var boxes = files.Boxes is { } table ? ReadBoxes(table, files.Root, tree.Path) : null;
        var list = measured is null ? Whole(tree, files, boxes) : Measured(tree, files, boxes, ClassNames.InOrder(measured));
        files.RefuseEmpty(IsPart);
        return list with { PassedOver = files.PassedOver, Unread = files.Unread };
    }

    private PictureList Whole(FileTree tree, FolderFiles files, Dictionary<string, BoundingBox>? boxes)
    {
        var folders = new PartFolders(tree, files);
        if (folders.Train is null)
        {
            if (folders.HasParts)
                throw new UserErrorException($"{tree.Path}: found {files.Root}{string.Join($"/ and {files.Root}", folders.Names)}/ alone, "
                    + $"expected {files.Root}train/ beside; give the folder that holds all parts.");
            return Drawn(Label(tree, files.Root, files.Pictures, boxes));
        }
        var (classes, learnt) = Label(tree, $"{files.Root}{folders.Train}/", folders.FilesOf(folders.Train), boxes);
        if (folders.Measured is not { } tested)
            return Drawn((classes, learnt));
        List<PicturePart> parts = [new("train", learnt), Part("test", tested)];
        if (folders.Test is not null && folders.Validation is not null)
            parts.Insert(1, Part("validation", folders.Validation));
        return new PictureList("folder", classes.Names, parts);

        PicturePart Part(string part, string folder)
        {
            string start = $"{files.Root}{folder}/";
            return new(part, Label(tree, start, folders.FilesOf(folder), boxes, classes, Unknown).Pictures);

            UserErrorException Unknown(string name) => new($"{tree.Path}: {start} has the class '{Show(name)}', which the training "
                + "pictures lack; expected the same classes in every part.");
        }

        PictureList Drawn((ClassNames Classes, List<PictureEntry> Pictures) all)
        {
            var (train, test) = TestDraw.Split(all.Pictures, TestShare, TestSeed);
            return new("folder", all.Classes.Names, [new("train", train), new("test", test)]) { IsTestDrawn = true };
        }
    }

    // The test part; all pictures where there is none.
    private static PictureList Measured(
        FileTree tree, FolderFiles files, Dictionary<string, BoundingBox>? boxes, ClassNames classes)
    {
        var folders = new PartFolders(tree, files);
        string? part = folders.HasParts ? folders.Measured ?? folders.Train : null;
        string start = part is null ? files.Root : $"{files.Root}{part}/";
        var names = part is null ? files.Pictures : folders.FilesOf(part);
        var (_, pictures) = Label(tree, start, names, boxes, classes, name => classes.Lacks(tree.Path, name));
        return new("folder", classes.Names, [new("test", pictures)])
        {
            IsTestDrawn = part is null || part == folders.Train,
            IsMeasured = true,
        };
    }

    private static bool IsPart(string folder) =>
        TrainNames.Concat(ValidationNames).Concat(TestNames).Contains(folder.ToLowerInvariant());

    // The folders directly beneath the root, of which some may be parts.
    private sealed class PartFolders
    {
        private readonly Dictionary<string, List<string>> _byFolder;

        public PartFolders(FileTree tree, FolderFiles files)
        {
            int start = files.Root.Length;
            _byFolder = files.Pictures
                .GroupBy(name => name.IndexOf('/', start) is var end and >= 0 ? name[start..end] : "")
                .ToDictionary(group => group.Key, group => group.ToList());
            if (_byFolder.TryGetValue("", out var loose))
                throw new UserErrorException($"{tree.Path}: {Show(loose[0])} lies in no class's folder; "
                    + "expected a folder of pictures for each class (or a CSV file that names the classes: source csv).");
            (Train, Validation, Test) = (Find(TrainNames), Find(ValidationNames), Find(TestNames));
        }

        public string? Train { get; }

        public string? Validation { get; }

        public string? Test { get; }

        // Without a test part, the validation part becomes the test part.
        public string? Measured => Test ?? Validation;

        public IEnumerable<string> Names => _byFolder.Keys;

        // A class may have the name of a part, but not every class.
        public bool HasParts => Train is not null || _byFolder.Keys.All(folder => folder == Validation || folder == Test);

        public List<string> FilesOf(string folder) => _byFolder[folder];

        private string? Find(string[] known) => _byFolder.Keys.FirstOrDefault(folder => known.Contains(folder.ToLowerInvariant()));
    }

    private static (ClassNames Classes, List<PictureEntry> Pictures) Label(FileTree tree, string start, IEnumerable<string> names,
        Dictionary<string, BoundingBox>? boxes, ClassNames? classes = null, Func<string, UserErrorException>? unknown = null)
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
        classes ??= ClassNames.FromFound(found.Select(picture => picture.Class));
        return (classes, [.. found.Select(picture => new PictureEntry(
            picture.Name, classes.LabelOf(picture.Class) ?? throw unknown!(picture.Class), Box(picture.Name)))]);

        BoundingBox? Box(string name) => boxes is null ? null
            : boxes.TryGetValue(name, out var box) ? box
            : throw new UserErrorException($"{tree.Path}: {Show(name)} has no line in {FolderFiles.BoxesFile}, "
                + $"expected a box for every picture; add it, or remove {FolderFiles.BoxesFile}.");
    }

    private static string Show(string text) => SafeTensorsHeader.Show(text);

    private static Dictionary<string, BoundingBox> ReadBoxes(string text, string root, string place)
    {
        string file = $"{place}: {root}{FolderFiles.BoxesFile}";
        var boxes = new Dictionary<string, BoundingBox>(CanonicalComparer.Instance);
        foreach (var line in PictureTable.Read(text, file))
            boxes[root + line.Path] = line.Box ?? throw new UserErrorException($"{file}: found no columns left, top, right, bottom, "
                + "expected them beside path; add them.");
        return boxes;
    }
}
