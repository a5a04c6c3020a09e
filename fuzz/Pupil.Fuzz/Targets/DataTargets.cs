using Pupil.Images.Formats.Cifar;
using Pupil.Images.Formats.Folder;
using Pupil.Images.Formats.Mnist;
using Pupil.Images.Formats.Packed;
using Pupil.Images.Formats.Pictures;
using Pupil.Images.Formats.Svhn;
using Pupil.Images.Formats.TinyImageNet;
using Pupil.Images.Formats.Trees;

namespace Pupil.Fuzz.Targets;

/// <summary>Files of data sets.</summary>
internal static class DataTargets
{
    private const int CifarRecords = 10_000;

    // Two images of 2×2 pixels, and their labels.
    private static readonly byte[] IdxImages = [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 2, 1, 2, 3, 4, 5, 6, 7, 8];
    private static readonly byte[] IdxLabels = [0, 0, 8, 1, 0, 0, 0, 2, 7, 3];

    public static IReadOnlyList<FuzzTarget> All { get; } =
    [
        new("idx-images", "images of MNIST's layout, plain or gzip", (input, _) => ReadIdx(input, IdxLabels)),
        new("idx-labels", "labels of MNIST's layout, plain or gzip", (input, _) => ReadIdx(IdxImages, input)),
        new("cifar10", "a file of CIFAR-10", (input, folder) => ReadCifar(input, folder, 1, 0, Cifar10Source.ClassNames)),
        new("cifar100", "a file of CIFAR-100", (input, folder) => ReadCifar(input, folder, 2, 1, Cifar100Source.FineNames)),
        new("svhn", "a .mat file of SVHN", (input, _) =>
        {
            using var file = new SvhnFile(new MemoryStream(input), "x");
            SvhnSource.Read("svhn", [file], null);
        }),
        new("tiny-imagenet", "the tables of Tiny ImageNet, with a zero byte between them", (input, _) => ListTinyImageNet(input)),
        new("picture-folder", "the names of a folder's pictures, then after a zero byte its boxes.csv", (input, _) => ListFolder(input)),
        new("picture-table", "a CSV file of pictures", (input, _) => PictureTable.Read(Texts.Of(input), "x")),
        new("packed", "a packed data set", (input, folder) => PackedFile.Open(folder.Write("packed.safetensors", input))),
    ];

    private static void ReadIdx(byte[] images, byte[] labels)
    {
        using var imageFile = new IdxFile(new MemoryStream(images), "images", 3);
        using var labelFile = new IdxFile(new MemoryStream(labels), "labels", 1);
        new MnistSource().Read("mnist", imageFile, labelFile, null);
    }

    private static void ReadCifar(byte[] input, ScratchFolder folder, int labelBytes, int labelAt, IReadOnlyList<string> classes)
    {
        folder.Write("test.bin", input);
        using var tree = FileTree.Open(folder.FullPath);
        new CifarFiles(tree, labelBytes, labelAt, classes, allowPartial: true)
            .Read([new CifarPart("test", ["test.bin"], CifarRecords)], CancellationToken.None);
    }

    // The parts of the input are files; the pictures are not read.
    private static void ListTinyImageNet(byte[] input)
    {
        const string Root = "tiny-imagenet-200/";
        string[] tables = ["wnids.txt", "words.txt", "val/val_annotations.txt", "train/n1/n1_boxes.txt", "train/n2/n2_boxes.txt"];
        string[] pictures = ["train/n1/images/a.JPEG", "train/n2/images/a.JPEG", "val/images/a.JPEG"];
        var files = tables.Zip(Parts(input)).Concat(pictures.Select(picture => (picture, "")));
        using var tree = new TextTree([.. files.Select(file => (Root + file.Item1, file.Item2))]);
        TinyImageNetSource.List(tree).Check("x");
    }

    private static void ListFolder(byte[] input)
    {
        string[] parts = Parts(input);
        var pictures = parts[0].Split('\n').Select(name => (name, ""));
        using var tree = new TextTree([.. pictures, .. parts.Skip(1).Take(1).Select(table => ("boxes.csv", table))]);
        new FolderSource().List(tree).Check("x");
    }

    private static string[] Parts(byte[] input) => Texts.Of(input).Split('\0');
}
