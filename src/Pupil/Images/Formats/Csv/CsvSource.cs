using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Pupil.Images.Formats.Pictures;
using Pupil.Images.Formats.Trees;
using Pupil.Settings;

namespace Pupil.Images.Formats.Csv;

/// <summary>How the column <c>label</c> is read.</summary>
public enum CsvLabels
{
    /// <summary>
    /// Several labels a picture if a cell of the file has a semicolon, else one. A picture without a label is then an error.
    /// </summary>
    [Description("several labels a picture if a cell has a semicolon (beach;sunset), else one")]
    Auto,

    /// <summary>One label a picture; a semicolon is a part of a class's name.</summary>
    [Description("one; a semicolon is a part of a name")]
    One,

    /// <summary>Several labels a picture, with semicolons between them; an empty cell is a picture without any of the classes.</summary>
    [Description("several with semicolons between them; an empty cell is a picture without any of the classes")]
    Several,
}

/// <summary>
/// Pictures that a CSV file lists with the columns <c>path</c> (relative to the CSV file's folder) and <c>label</c>: a class, or several
/// with semicolons between them (<c>beach;sunset</c>). Optional columns: <c>split</c> (train, validation, test), and the object's box
/// (<c>left, top, right, bottom</c>).
/// </summary>
[Variant("csv")]
public sealed record CsvSource : PictureSource
{
    /// <summary>The CSV file. Default <c>data/pictures.csv</c>.</summary>
    [Description("The CSV file: columns path and label; optional split and left, top, right, bottom.")]
    public string Path { get; init; } = "data/pictures.csv";

    /// <summary>How labels are read. Default <see cref="CsvLabels.Auto"/>.</summary>
    [Description("Labels of a picture.")]
    public CsvLabels Labels { get; init; }

    /// <summary>The share of every class that becomes the test split if the file names no split, 0.01…0.9. Default 0.2.</summary>
    [Description("The share of every class that becomes the test split if the file names no split."), Range(0.01, 0.9)]
    public double TestShare { get; init; } = 0.2;

    /// <summary>The seed of that draw, at least 0. Default 0.</summary>
    [Description("The seed of the draw of a test split."), Range(0, int.MaxValue)]
    public int TestSeed { get; init; }

    private const char Separator = ';';
    private const StringSplitOptions Trimmed = StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries;

    private protected override (FileTree Tree, PictureList List) Open(LoadContext context)
    {
        var measured = context.MeasuredClasses;
        var lines = PictureTable.Read(ReadText(), Path);
        bool hasTest = lines.Any(line => line.Part is "test" or "validation");
        if (measured is not null && hasTest)
        {
            string tested = lines.Any(line => line.Part == "test") ? "test" : "validation";
            lines.RemoveAll(line => line.Part != tested);
        }
        var labelling = LabellingOf(lines, measured is null ? null : context.MeasuredLabelling);
        var classes = measured is null ? ClassNames.FromFound(lines.SelectMany(LabelsIn)) : ClassNames.InOrder(measured);
        var byPart = lines.ToLookup(line => line.Part ?? "train",
            line => new PictureEntry(line.Path, [.. LabelsIn(line).Select(Number)], line.Box));
        List<PicturePart> parts;
        if (measured is not null)
        {
            parts = [new("test", [.. byPart.SelectMany(part => part)])];
        }
        else if (hasTest)
        {
            // Without a test part, the validation part becomes the test part.
            parts = [new("train", [.. byPart["train"]])];
            if (byPart.Contains("test") && byPart.Contains("validation"))
                parts.Add(new("validation", [.. byPart["validation"]]));
            parts.Add(new("test", [.. byPart[byPart.Contains("test") ? "test" : "validation"]]));
        }
        else
        {
            var (train, test) = TestDraw.Split([.. byPart["train"]], TestShare, TestSeed, labelling);
            parts = [new("train", train), new("test", test)];
        }
        string root = System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(Path))!;
        var tree = new ListedTree(Path, root, [.. lines.Select(line => line.Path).Distinct()]);
        var list = new PictureList("csv", classes.Names, parts)
        {
            Labelling = labelling,
            IsTestDrawn = !hasTest,
            IsMeasured = measured is not null,
        };
        return (tree, list);

        int Number(string name) => classes.LabelOf(name) ?? throw classes.Lacks(Path, name);

        string[] LabelsIn(PictureLine line) =>
            labelling == Labelling.One ? [OneLabel(line)] : Cell(line).Split(Separator, Trimmed).Distinct(StringComparer.Ordinal).ToArray();
    }

    private protected override (FileTree Tree, IReadOnlyList<string> Pictures) OpenUnlabelled()
    {
        string[] files = [.. PictureTable.Read(ReadText(), Path).Select(line => line.Path).Distinct()];
        string root = System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(Path))!;
        return (new ListedTree(Path, root, files), files);
    }

    // A network that is measured decides by its own training.
    private Labelling LabellingOf(IEnumerable<PictureLine> lines, Labelling? measured) => Labels switch
    {
        CsvLabels.One => Labelling.One,
        CsvLabels.Several => Labelling.Several,
        _ => measured ?? (lines.Any(line => line.Label?.Contains(Separator, StringComparison.Ordinal) == true)
            ? Labelling.Several : Labelling.One),
    };

    private string Cell(PictureLine line) => line.Label
        ?? throw new UserErrorException($"{Path}: found no column 'label', expected one beside 'path' in the first line; add it.");

    private string OneLabel(PictureLine line) => Cell(line) is { Length: > 0 } label ? label
        : throw new UserErrorException($"{Path}: found no label in line {line.Line}, expected the picture's class; add it. "
            + "Where pictures may show none of the classes, or several (beach;sunset), set data.source.labels to several.");

    private string ReadText()
    {
        try
        {
            return RegularFile.ReadAllText(Path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"{Path}: cannot be read ({error.Message.ReplaceLineEndings(" ")}); "
                + "expected a CSV file with the columns path and label.", error);
        }
    }
}
