using Pupil.Core;

namespace Pupil.Images.Formats.Pictures;

/// <summary>A picture of a set, before it is decoded.</summary>
/// <param name="File">The picture's name in the tree.</param>
/// <param name="Labels">The class numbers: one, or any number of them in a set with several labels a picture.</param>
/// <param name="Box">The object's box in the picture's own pixels, or null.</param>
internal readonly record struct PictureEntry(string File, IReadOnlyList<int> Labels, BoundingBox? Box = null)
{
    /// <summary>Creates an entry with one label.</summary>
    public PictureEntry(string file, int label, BoundingBox? box = null) : this(file, [label], box)
    {
    }
}

/// <summary>A part of a set of pictures.</summary>
/// <param name="Part"><c>train</c>, <c>validation</c> or <c>test</c>.</param>
/// <param name="Pictures">The pictures; either all have boxes or none has.</param>
internal sealed record PicturePart(string Part, IReadOnlyList<PictureEntry> Pictures);

/// <summary>The list of the pictures of a set.</summary>
/// <param name="Name">The set's name.</param>
/// <param name="Classes">The class names.</param>
/// <param name="Parts">The parts; train first.</param>
internal sealed record PictureList(string Name, IReadOnlyList<string> Classes, IReadOnlyList<PicturePart> Parts)
{
    /// <summary>The number of labels of each picture. Default one.</summary>
    public Labelling Labelling { get; init; }

    /// <summary>The number of files that are no pictures, by their kind (an extension such as <c>.txt</c>).</summary>
    public IReadOnlyDictionary<string, int> PassedOver { get; init; } = new Dictionary<string, int>();

    /// <summary>The number of pictures in formats that cannot be read, by their format.</summary>
    public IReadOnlyDictionary<string, int> Unread { get; init; } = new Dictionary<string, int>();

    /// <summary>Whether the test part is drawn from the pictures, or is all of them.</summary>
    public bool IsTestDrawn { get; init; }

    /// <summary>Whether the pictures measure a network that knows the classes, so that one class is enough.</summary>
    public bool IsMeasured { get; init; }

    /// <summary>
    /// Returns the list without the pictures of some classes, also where they have others beside; the other classes are numbered anew in
    /// their order.
    /// </summary>
    /// <param name="classes">The names of the classes.</param>
    /// <param name="place">The folder, archive or list, for messages.</param>
    /// <exception cref="UserErrorException">There is no such class.</exception>
    public PictureList Without(IReadOnlyList<string> classes, string place)
    {
        if (classes.Count == 0)
            return this;
        var left = LabelsOf(classes, place);
        int[] kept = [.. Enumerable.Range(0, Classes.Count).Where(label => !left.Contains(label))];
        var numbers = kept.Index().ToDictionary(entry => entry.Item, entry => entry.Index);
        return this with
        {
            Classes = [.. kept.Select(label => Classes[label])],
            Parts =
            [
                .. Parts.Select(part => part with
                {
                    Pictures =
                    [
                        .. part.Pictures.Where(picture => picture.Labels.All(numbers.ContainsKey))
                            .Select(picture => picture with { Labels = [.. picture.Labels.Select(label => numbers[label])] }),
                    ],
                }),
            ],
        };
    }

    /// <summary>Returns the files of some classes, of all parts.</summary>
    /// <param name="classes">The names of the classes.</param>
    /// <param name="place">The folder, archive or list, for messages.</param>
    /// <exception cref="UserErrorException">There is no such class.</exception>
    public IReadOnlySet<string> FilesOf(IReadOnlyList<string> classes, string place)
    {
        var wanted = LabelsOf(classes, place);
        return Parts.SelectMany(part => part.Pictures).Where(picture => picture.Labels.Any(wanted.Contains)).Select(picture => picture.File)
            .ToHashSet(StringComparer.Ordinal);
    }

    /// <summary>Checks that there are two classes, pictures in every part, and training pictures of every class.</summary>
    /// <param name="place">The folder, archive or list, for messages.</param>
    /// <exception cref="UserErrorException">There are too few classes or pictures.</exception>
    public void Check(string place)
    {
        if (!IsMeasured && Classes.Count < 2)
            throw new UserErrorException($"{place}: found "
                + $"{(Classes.Count == 0 ? "no class" : $"one class ('{SafeTensorsHeader.Show(Classes[0])}')")}, expected at least two, "
                + "which a classifier can distinguish; add pictures of another class.");
        foreach (var (part, pictures) in Parts)
        {
            if (pictures.Count == 0)
                throw new UserErrorException($"{place}: found no picture for the {part} part, expected at least one; add some.");
        }
        if (IsMeasured)
            return;
        var counts = new int[Classes.Count];
        foreach (int label in Parts[0].Pictures.SelectMany(picture => picture.Labels))
            counts[label]++;
        if (counts.Contains(0))
        {
            string[] empty = [.. Classes.Where((_, i) => counts[i] == 0)];
            string names = string.Join(", ", empty.Take(5).Select(name => $"'{SafeTensorsHeader.Show(name)}'"));
            throw new UserErrorException($"{place}: found no training picture for "
                + $"{(empty.Length == 1 ? "class" : $"{empty.Length} classes:")} {names}{(empty.Length > 5 ? " …" : "")}, "
                + "expected at least one each; add pictures or remove the class.");
        }
    }

    private HashSet<int> LabelsOf(IReadOnlyList<string> classes, string place)
    {
        var names = ClassNames.InOrder(Classes);
        return [.. classes.Select(name => names.LabelOf(name) ?? throw names.Unfound(place, name))];
    }
}
