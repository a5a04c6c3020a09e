using System.ComponentModel;
using System.Text.Json.Serialization;
using Pupil.Images.Formats.Trees;
using Pupil.Settings;

namespace Pupil.Images.Formats.Svhn;

/// <summary>
/// SVHN's cropped digits (Netzer et al. 2011, "format 2"): colour images of house numbers, 32×32 pixels. MATLAB 5 files hold the
/// pixels as <c>X</c> and the labels as <c>y</c>, where 10 means the digit 0.
/// </summary>
[Variant("svhn")]
public sealed record SvhnSource : DataSource
{
    private const string TrainFile = "train_32x32.mat", TestFile = "test_32x32.mat", ExtraFile = "extra_32x32.mat";
    private const string Site = "http://ufldl.stanford.edu/housenumbers/";

    /// <summary>The class names in the order of the label numbers: the digits.</summary>
    public static IReadOnlyList<string> ClassNames { get; } = [.. Enumerable.Range(0, 10).Select(digit => $"{digit}")];

    /// <summary>The folder of the <c>.mat</c> files, or the folder above it. Default <c>data/svhn</c>.</summary>
    [Description("The folder that holds train_32x32.mat and test_32x32.mat, and extra_32x32.mat if extra is true.")]
    public string Path { get; init; } = "data/svhn";

    /// <summary>Whether the 531,131 easier images follow those of the training split; they take 1.6 GB of memory. Default false.</summary>
    [Description("Add the 531,131 easier images of extra_32x32.mat to the training split; they take 1.6 GB of memory.")]
    public bool Extra { get; init; }

    /// <summary>Whether files with other counts than the published 73,257, 26,032 and 531,131 are accepted. Default false.</summary>
    [Description("Accept files that hold other counts of images than the published 73,257, 26,032 and 531,131.")]
    public bool AllowPartial { get; init; }

    /// <inheritdoc/>
    [JsonIgnore]
    public override DataForm? KnownForm => new(SvhnFile.Side, SvhnFile.Side, 3, ClassNames.Count);

    /// <inheritdoc/>
    public override DataSplits Load(LoadContext? context = null)
    {
        string folder = FindFolder();
        // All files are opened and checked before the first is read, which takes a while.
        using var train = Open(folder, TrainFile, 73_257);
        using var extra = Extra ? Open(folder, ExtraFile, 531_131) : null;
        using var test = Open(folder, TestFile, 26_032);
        var trainImages = Read("svhn/train", extra is null ? [train] : [train, extra], context);
        return new DataSplits("svhn", trainImages, Read("svhn/test", [test], context));
    }

    /// <summary>Reads the images of some files, one after the other, into one image set.</summary>
    internal static ImageSet Read(string name, SvhnFile[] files, LoadContext? context)
    {
        int[] labels = [.. files.SelectMany(file => file.Labels)];
        long bytes = (long)labels.Length * SvhnFile.ImageBytes;
        if (bytes > Array.MaxLength)
        {
            throw new UserErrorException($"{name}: found {labels.Length:N0} images, expected at most "
                + $"{Array.MaxLength / SvhnFile.ImageBytes:N0}, which fit one array; set data.source.extra to false.");
        }
        var pixels = new GrowingBytes(bytes, files.Sum(file => file.Bytes));
        foreach (var file in files)
            file.ReadImages(pixels, context);
        return new ImageSet(name, pixels.Complete(), labels, ClassNames, SvhnFile.Side, SvhnFile.Side, 3);
    }

    private string FindFolder()
    {
        string inside = System.IO.Path.Combine(Path, "svhn");
        string folder = Directory.Exists(inside) ? inside : Path;
        if (Directory.Exists(folder))
            return folder;
        throw new UserErrorException($"{Path}: no such folder; expected SVHN's cropped digits ({TrainFile}, {TestFile}): get them from "
            + $"{Site} into data/svhn/, or set data.source.path to their folder.");
    }

    private SvhnFile Open(string folder, string name, int published)
    {
        string path = System.IO.Path.Combine(folder, name);
        var file = new SvhnFile(DataFile.Open(path, $"SVHN's {name} (from {Site})"), path);
        if (AllowPartial || file.Labels.Length == published)
            return file;
        file.Dispose();
        throw new UserErrorException($"{path}: found {file.Labels.Length:N0} images, expected the published {published:N0}: "
            + "the file is not SVHN's; get it again, or set data.source.allowPartial to true.");
    }
}
