using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Pupil.Core;
using Pupil.Images.Formats.Matlab;
using Pupil.Images.Formats.Pictures;
using Pupil.Images.Formats.Trees;

namespace Pupil.Images.Formats.ImageNet;

/// <summary>
/// Lists the pictures of ImageNet. Training pictures lie in folders named by WordNet numbers. Validation pictures lie in such folders,
/// too, or together; then a list has their classes: the devkit's ground truth with <c>meta.mat</c>, or Kaggle's
/// <c>LOC_val_solution.csv</c>.
/// </summary>
internal sealed partial class ImageNetFiles
{
    private const string Truth = "ILSVRC2012_validation_ground_truth.txt", Meta = "meta.mat";
    private const string Solution = "LOC_val_solution.csv", Mapping = "LOC_synset_mapping.txt";

    /// <summary>A class of the devkit, or a class of classes.</summary>
    private sealed record Synset(string Id, string Words, bool IsLeaf);

    private static readonly string[] TrainFolders = ["train", "ILSVRC2012_img_train"], TestFolders = ["val", "ILSVRC2012_img_val"];

    private readonly FileTree _tree;
    private readonly List<(string File, string Id)> _train = [], _test = [];
    private readonly List<string> _unsorted = [];
    private readonly Dictionary<string, TreeFile> _lists = new(StringComparer.Ordinal);

    // The annotations of validation pictures by the pictures' names without ending.
    private readonly Dictionary<string, TreeFile> _annotations = new(StringComparer.Ordinal);

    /// <summary>Sorts the files of a folder or archive.</summary>
    public ImageNetFiles(FileTree tree)
    {
        _tree = tree;
        foreach (var file in tree.Files(IsList).OrderBy(file => file.Name, StringComparer.Ordinal))
        {
            string[] parts = file.Name.Split('/');
            string name = parts[^1], folder = parts.ElementAtOrDefault(^2) ?? "", above = parts.ElementAtOrDefault(^3) ?? "";
            if (PictureNames.IsHidden(file.Name))
                continue;
            if (IsList(file.Name))
                Keep(file, name);
            else if (!IsPicture(name))
                continue;
            else if (TrainFolders.Contains(above) && IsId(folder))
                _train.Add((file.Name, folder));
            else if (TestFolders.Contains(above) && IsId(folder))
                _test.Add((file.Name, folder));
            else if (TestFolders.Contains(folder))
                _unsorted.Add(file.Name);
        }
    }

    /// <summary>Whether a file belongs to the validation part, by its name.</summary>
    public static bool IsValidation(string name) => name.Split('/').Any(TestFolders.Contains);

    /// <summary>Lists the pictures with their classes; those of the validation part with boxes where each has an annotation.</summary>
    /// <exception cref="UserErrorException">A part or list is missing, or contradicts another.</exception>
    public PictureList List()
    {
        if (_train.Count == 0)
            throw Missing("no training picture (train/n01440764/… or ILSVRC2012_img_train/n01440764/…)");
        CheckOnce(_train.Select(picture => picture.File));
        string[] ids = [.. _train.Select(picture => picture.Id).Distinct().Order(StringComparer.Ordinal)];
        var labels = ids.Index().ToDictionary(entry => entry.Item, entry => entry.Index, StringComparer.Ordinal);
        var synsets = _lists.TryGetValue(Meta, out var meta) ? Synsets(meta) : [];
        // A part of the classes is trained on where only their folders are there.
        var test = _test.Concat(Sorted(synsets)).Where(picture => labels.ContainsKey(picture.Id))
            .OrderBy(picture => picture.File, StringComparer.Ordinal).ToList();
        CheckOnce(test.Select(picture => picture.File));
        if (test.Count == 0)
            throw Missing("no validation picture of these classes (val/… or ILSVRC2012_img_val/…)");
        bool hasBoxes = test.All(picture => _annotations.ContainsKey(Stem(picture.File)));
        var names = _lists.TryGetValue(Mapping, out var mapping)
            ? Lines(mapping).Select(line => line.Split(' ', 2)).Where(line => line.Length == 2)
                .GroupBy(line => line[0]).ToDictionary(line => line.Key, line => line.First()[1])
            : synsets.Values.Where(synset => synset.IsLeaf).GroupBy(synset => synset.Id)
                .ToDictionary(synset => synset.Key, synset => synset.First().Words);
        CheckWhole(ids, names);
        return new PictureList(ImageNetSource.Known, WordNetNames.Of(ids, names),
        [
            new("train", [.. _train.Select(picture => new PictureEntry(picture.File, labels[picture.Id]))]),
            new("test", [.. test.Select(picture => new PictureEntry(picture.File, labels[picture.Id],
                hasBoxes ? ImageNetBoxes.Read(_tree.Path, _annotations[Stem(picture.File)], picture.Id) : null))]),
        ]);
    }

    // Two copies of a part, such as val beside ILSVRC2012_img_val.
    private void CheckOnce(IEnumerable<string> files)
    {
        if (files.GroupBy(Stem, StringComparer.Ordinal).FirstOrDefault(same => same.Count() > 1) is { } twice)
        {
            throw new UserErrorException($"{_tree.Path}: found {string.Join(" and ", twice.Take(2).Select(Show))}, "
                + "expected each picture once; remove one of the copies.");
        }
    }

    // Few missing classes are an accident, and would give all others after them other numbers than torchvision's.
    private void CheckWhole(string[] found, Dictionary<string, string> listed)
    {
        string[] missing = [.. listed.Keys.Except(found).Order(StringComparer.Ordinal)];
        if (missing.Length > 0 && found.Length >= 0.9 * listed.Count)
        {
            throw new UserErrorException($"{_tree.Path}: found training pictures of {found.Length:N0} of {listed.Count:N0} classes, "
                + "expected all or a small part; get those of "
                + $"{string.Join(", ", missing.Take(5).Select(Show))}{(missing.Length > 5 ? " …" : "")}.");
        }
    }

    // The classes of the validation pictures that lie together.
    private IEnumerable<(string File, string Id)> Sorted(Dictionary<int, Synset> synsets)
    {
        if (_unsorted.Count == 0)
            return [];
        if (_lists.TryGetValue(Solution, out var solution))
        {
            // ImageId,PredictionString: ILSVRC2012_val_00048981,n03995372 85 1 499 272
            var classes = Lines(solution).Skip(1).Select(line => line.Split(',', ' '))
                .GroupBy(line => line[0]).ToDictionary(line => line.Key, line => line.First().ElementAtOrDefault(1) ?? "");
            return _unsorted.Select(file => (file, classes.TryGetValue(Stem(file), out string? id) && IsId(id)
                ? id : throw Wrong(solution, $"no class for {Show(Stem(file))}", "one for each validation picture")));
        }
        if (!_lists.TryGetValue(Truth, out var truth) || synsets.Count == 0)
        {
            throw Missing($"{_unsorted.Count:N0} validation pictures without folders of their classes, and neither the devkit "
                + $"({Truth} and {Meta}) nor {Solution}");
        }
        // A line for each picture: an empty one is none to pass over.
        string[] numbers = Encoding.UTF8.GetString(truth.Read()).TrimEnd().Split('\n');
        return _unsorted.Select(file => (file, Class(file)));

        string Class(string file)
        {
            string digits = Stem(file)[(Stem(file).LastIndexOf('_') + 1)..];
            if (!int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out int number) || number < 1)
                throw Wrong(truth, $"the picture {Show(file)}", "names such as ILSVRC2012_val_00000001.JPEG");
            if (number > numbers.Length)
                throw Wrong(truth, $"{numbers.Length:N0} lines", $"one for {Show(file)}");
            return int.TryParse(numbers[number - 1].Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out int label)
                && synsets.TryGetValue(label, out var synset)
                    ? synset.Id
                    : throw Wrong(truth, $"'{Show(numbers[number - 1])}' in line {number:N0}", $"a number of a class in {Meta}");
        }
    }

    private static Dictionary<int, Synset> Synsets(TreeFile file)
    {
        using var stream = new MemoryStream(file.Read());
        var synsets = new Dictionary<int, Synset>();
        foreach (var synset in MatStructs.Read(MatFile.Read(stream, file.Name)["synsets"]))
        {
            if (!synset.TryGetValue("ILSVRC2012_ID", out string? number) || !int.TryParse(number, out int label)
                || !synset.TryGetValue("WNID", out string? id) || !IsId(id)
                || !synsets.TryAdd(label, new(id, synset.GetValueOrDefault("words", id), synset.GetValueOrDefault("num_children") is "0")))
                throw DataFile.Broken(file.Name, "a synset without ILSVRC2012_ID and WNID of its own", "those of ImageNet's devkit");
        }
        return synsets;
    }

    private void Keep(TreeFile file, string name)
    {
        if (IsAnnotation(file.Name))
            _annotations.TryAdd(Stem(name), file);
        else
            _lists.TryAdd(name, file);
    }

    private UserErrorException Missing(string found) => new($"{_tree.Path}: found {found}; expected ImageNet's archives, unpacked: "
        + "training pictures in folders of their classes, the validation pictures, and the devkit.");

    private UserErrorException Wrong(TreeFile list, string found, string expected) =>
        new($"{_tree.Path}: {Show(list.Name)}: found {found}, expected {expected}; get the file again.");

    private static IEnumerable<string> Lines(TreeFile file) =>
        Encoding.UTF8.GetString(file.Read()).Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0);

    private static bool IsList(string name) => name.Split('/')[^1] is Truth or Meta or Solution or Mapping || IsAnnotation(name);

    private static bool IsAnnotation(string name) =>
        name.EndsWith(".xml", StringComparison.OrdinalIgnoreCase) && name.Contains("_val_", StringComparison.Ordinal);

    private static bool IsPicture(string name) => name.EndsWith(".JPEG", StringComparison.OrdinalIgnoreCase)
        || name.EndsWith(".jpg", StringComparison.OrdinalIgnoreCase);

    private static bool IsId(string name) => WordNetId().IsMatch(name);

    private static string Stem(string file) => Path.GetFileNameWithoutExtension(file.Split('/')[^1]);

    private static string Show(string text) => SafeTensorsHeader.Show(text);

    [GeneratedRegex(@"^n\d{8}\z", RegexOptions.CultureInvariant)]
    private static partial Regex WordNetId();
}
