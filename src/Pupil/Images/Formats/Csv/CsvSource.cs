using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Pupil.Images.Formats.Pictures;
using Pupil.Images.Formats.Trees;
using Pupil.Settings;

namespace Pupil.Images.Formats.Csv;

/// <summary>
/// Pictures that a CSV file lists with the columns <c>path</c> (relative to the CSV file's folder) and <c>label</c>. Optional columns:
/// <c>split</c> (train, validation, test), and the object's box (<c>left, top, right, bottom</c>).
/// </summary>
[Variant("csv")]
public sealed record CsvSource : PictureSource
{
    /// <summary>The CSV file. Default <c>data/pictures.csv</c>.</summary>
    [Description("The CSV file: columns path and label; optional split and left, top, right, bottom.")]
    public string Path { get; init; } = "data/pictures.csv";

    /// <summary>The share of every class that becomes the test split if the file names no split, 0.01…0.9. Default 0.2.</summary>
    [Description("The share of every class that becomes the test split if the file names no split."), Range(0.01, 0.9)]
    public double TestShare { get; init; } = 0.2;

    /// <summary>The seed of that draw, at least 0. Default 0.</summary>
    [Description("The seed of the draw of a test split."), Range(0, int.MaxValue)]
    public int TestSeed { get; init; }

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
        var classes = measured is null ? ClassNames.FromFound(lines.Select(Label)) : ClassNames.InOrder(measured);
        var byPart = lines.ToLookup(line => line.Part ?? "train", line => new PictureEntry(line.Path, Number(Label(line)), line.Box));
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
            var (train, test) = TestDraw.Split([.. byPart["train"]], TestShare, TestSeed);
            parts = [new("train", train), new("test", test)];
        }
        string root = System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(Path))!;
        var tree = new ListedTree(Path, root, [.. lines.Select(line => line.Path).Distinct()]);
        return (tree, new PictureList("csv", classes.Names, parts) { IsTestDrawn = !hasTest, IsMeasured = measured is not null });

        int Number(string name) => classes.LabelOf(name) ?? throw classes.Lacks(Path, name);
    }

    private string Label(PictureLine line) => line.Label switch
    {
        null => throw new UserErrorException($"{Path}: found no column 'label', expected one beside 'path' in the first line; add it."),
        "" => throw new UserErrorException($"{Path}: found no label in line {line.Line}, expected the picture's class; add it."),
        var label => label,
    };

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
