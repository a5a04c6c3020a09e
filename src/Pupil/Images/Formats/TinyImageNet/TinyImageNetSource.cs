using System.ComponentModel;
using System.Text;
using System.Text.Json.Serialization;
using Pupil.Core;
using Pupil.Images.Formats.Folder;
using Pupil.Images.Formats.Pictures;
using Pupil.Images.Formats.Trees;
using Pupil.Settings;

namespace Pupil.Images.Formats.TinyImageNet;

/// <summary>
/// Tiny ImageNet (Stanford CS231n): 64×64 JPEGs of 200 classes with bounding boxes, as the published zip or unpacked. Its <c>val</c> is
/// the test split here: the labels of its <c>test</c> were never published.
/// </summary>
[Variant("tiny-imagenet")]
public sealed record TinyImageNetSource : PictureSource
{
    internal const string Folder = "tiny-imagenet-200", Archive = "tiny-imagenet-200.zip", Known = "tiny-imagenet";
    internal const string Marker = "wnids.txt";
    private const string Words = "words.txt", Annotations = "val_annotations.txt", BoxesEnding = "_boxes.txt";

    /// <summary>The zip, the folder, or the folder above either. Default <c>data</c>.</summary>
    [Description("tiny-imagenet-200.zip, the folder that holds wnids.txt, or the folder above either.")]
    public string Path { get; init; } = "data";

    /// <inheritdoc/>
    [JsonIgnore]
    public override DataForm? KnownForm => new(Size, Size, Grey ? 1 : 3, 200);

    private protected override (FileTree Tree, PictureList List) Open(LoadContext context) =>
        Listed(FileTree.Open(DataPlace.Find(Path, Marker, Folder, Archive, Known)), List);

    // Also those of the published test part, which has no labels; not those of val, which measure.
    private protected override (FileTree Tree, IReadOnlyList<string> Pictures) OpenUnlabelled() =>
        Listed<IReadOnlyList<string>>(FileTree.Open(DataPlace.Find(Path, Marker, Folder, Archive, Known)),
            tree => [.. new FolderFiles(tree).Pictures.Where(name => !$"/{name}".Contains("/val/", StringComparison.Ordinal))]);

    /// <summary>Lists the pictures with their classes and boxes.</summary>
    /// <exception cref="UserErrorException">A file of the set is missing or contradicts another.</exception>
    internal static PictureList List(FileTree tree)
    {
        var texts = new Dictionary<string, string>(StringComparer.Ordinal);
        var pictures = new List<string>();
        foreach (var file in tree.Files(IsText))
        {
            if (IsText(file.Name))
                texts[file.Name] = Encoding.UTF8.GetString(file.Read());
            else if (file.Name.EndsWith(".JPEG", StringComparison.OrdinalIgnoreCase))
                pictures.Add(file.Name);
        }
        string root = texts.Keys
            .Where(name => $"/{name}".EndsWith($"/{Marker}", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)
            .MinBy(name => name.Length) is { } marker
            ? marker[..^Marker.Length]
            : throw new UserErrorException($"{tree.Path}: lacks {Marker}, which lists the classes; expected Tiny ImageNet's own files: "
                + "get the archive again.");
        string[] ids = [.. Lines(texts[root + Marker]).Select(line => line.Trim()).Where(line => line.Length > 0)];
        if (ids.GroupBy(id => id, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1) is { } doubled)
            throw new UserErrorException($"{tree.Path}: {root}{Marker} lists '{Show(doubled.Key)}' more than once, "
                + "expected each class once; get the archive again.");
        var labels = ids.Select((id, label) => (id, label)).ToDictionary(StringComparer.Ordinal);
        var boxes = ReadBoxes(tree, texts, root);
        List<PictureEntry> train = [], test = [];
        foreach (string name in pictures.Order(StringComparer.Ordinal))
        {
            if (!name.StartsWith(root, StringComparison.Ordinal))
                continue;
            string[] segments = name[root.Length..].Split('/');
            if (segments is ["train", var id, "images", _] && labels.TryGetValue(id, out int label))
                train.Add(Entry(name, label, name));
            else if (segments is ["val", "images", _])
                test.Add(Entry(name, -1, name));
        }
        return new PictureList(Known, Names(texts.GetValueOrDefault(root + Words, ""), ids), [new("train", train), new("test", test)]);

        PictureEntry Entry(string name, int label, string file) => boxes.TryGetValue(file, out var found)
            ? new PictureEntry(name, label >= 0 ? label : Label(found.Id), found.Box)
            : throw new UserErrorException($"{tree.Path}: {Show(name)} has no line in "
                + $"{(label >= 0 ? $"its class's {BoxesEnding}" : Annotations)}, expected its box; get the archive again.");

        int Label(string id) => labels.TryGetValue(id, out int label)
            ? label
            : throw new UserErrorException($"{tree.Path}: {Annotations} names the class '{Show(id)}', which {Marker} lacks; "
                + "get the archive again.");
    }

    private static bool IsText(string name) =>
        name.EndsWith(Marker, StringComparison.Ordinal) || name.EndsWith(Words, StringComparison.Ordinal)
        || name.EndsWith(Annotations, StringComparison.Ordinal) || name.EndsWith(BoxesEnding, StringComparison.Ordinal);

    // Maps the name of a picture's file to its box and, if the line has it, its class.
    private static Dictionary<string, (string Id, BoundingBox Box)> ReadBoxes(FileTree tree, Dictionary<string, string> texts, string root)
    {
        var boxes = new Dictionary<string, (string, BoundingBox)>(StringComparer.Ordinal);
        foreach (var (file, text) in texts)
        {
            bool isVal = file == $"{root}val/{Annotations}";
            bool isTrain = file.StartsWith($"{root}train/", StringComparison.Ordinal);
            if (!isVal && !(isTrain && file.EndsWith(BoxesEnding, StringComparison.Ordinal)))
                continue;
            string images = $"{file[..(file.LastIndexOf('/') + 1)]}images/";
            int number = 0;
            foreach (string line in Lines(text))
            {
                number++;
                string[] fields = line.TrimEnd('\r').Split('\t');
                if (line.Length == 0)
                    continue;
                int[] corners = [.. fields.Skip(isVal ? 2 : 1).Select(field => int.TryParse(field, out int corner) ? corner : -1)];
                if (corners.Length != 4 || corners.Any(corner => corner is < 0 or >= 65_536)
                    || corners[2] < corners[0] || corners[3] < corners[1])
                    throw new UserErrorException($"{tree.Path}: {Show(file)} line {number} is not a picture's name with the four edges "
                        + "of its box; get the archive again.");
                // The right and bottom edges in the file are inclusive.
                var box = new BoundingBox(corners[0], corners[1], corners[2] + 1, corners[3] + 1);
                boxes[images + fields[0]] = (isVal ? fields[1] : "", box);
            }
        }
        return boxes;
    }

    private static string[] Names(string words, string[] ids)
    {
        var known = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (string line in Lines(words))
        {
            if (line.Split('\t') is [var id, var names])
                known[id] = names.Trim();
        }
        return WordNetNames.Of(ids, known);
    }

    private static string Show(string text) => SafeTensorsHeader.Show(text);

    private static string[] Lines(string text) => text.Split('\n');
}
