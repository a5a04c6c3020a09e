using System.ComponentModel;
using System.Text.Json.Serialization;
using Pupil.Images.Formats.Trees;
using Pupil.Settings;

namespace Pupil.Images.Formats.Cifar;

/// <summary>
/// CIFAR-10 (Krizhevsky 2009) in its binary layout: five training files and a test file with records of 3,073 bytes. A record has
/// a label byte, then 32×32 red, green and blue bytes. Read from a folder or from the published archive.
/// </summary>
[Variant("cifar10")]
public sealed record Cifar10Source : DataSource
{
    internal const string Folder = "cifar-10-batches-bin", Archive = "cifar-10-binary.tar.gz", Known = "cifar10";
    internal const string Marker = "data_batch_1.bin";
    private const int RecordsPerFile = 10_000;
    private static readonly string[] TrainFiles = [.. Enumerable.Range(1, 5).Select(i => $"data_batch_{i}.bin")];

    /// <summary>The class names in the order of the label numbers, as in the data set's <c>batches.meta.txt</c>.</summary>
    public static IReadOnlyList<string> ClassNames { get; } =
        ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"];

    /// <summary>The folder of the <c>.bin</c> files, the folder above it, or the archive. Default <c>data</c>.</summary>
    [Description("The folder that holds data_batch_1.bin … data_batch_5.bin and test_batch.bin, the folder above it, "
        + "or cifar-10-binary.tar.gz.")]
    public string Path { get; init; } = "data";

    /// <summary>Whether files with fewer records than the published 10,000 are accepted. Default false.</summary>
    [Description("Accept files that hold fewer records than the published 10,000 (whole ones, at least one).")]
    public bool AllowPartial { get; init; }

    /// <inheritdoc/>
    [JsonIgnore]
    public override DataForm? KnownForm => new(32, 32, 3, ClassNames.Count);

    /// <inheritdoc/>
    public override DataSplits Load(LoadContext? context = null)
    {
        using var tree = FileTree.Open(DataPlace.Find(Path, Marker, Folder, Archive, Known));
        var files = new CifarFiles(tree, labelBytes: 1, labelAt: 0, ClassNames, AllowPartial);
        CifarPart[] parts =
        [
            new("cifar10/train", TrainFiles, RecordsPerFile),
            new("cifar10/test", ["test_batch.bin"], RecordsPerFile),
        ];
        var sets = files.Read(parts, context?.Stop ?? default);
        return new DataSplits(Known, sets[0], sets[1]);
    }
}
