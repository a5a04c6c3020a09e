using System.ComponentModel;
using Pupil.Images.Formats.Folder;
using Pupil.Images.Formats.Pictures;
using Pupil.Images.Formats.Trees;
using Pupil.Settings;

namespace Pupil.Images.Formats.ImageNet;

/// <summary>
/// ImageNet (ILSVRC2012): JPEGs of up to 1,000 classes, as unpacked from the published archives with the devkit, or as Kaggle's archive.
/// Its validation part is the test split here: the labels of its test part were never published. Classes are in the order of their
/// WordNet numbers, as those of torchvision's networks.
/// </summary>
[Variant("imagenet")]
public sealed record ImageNetSource : PictureSource
{
    internal const string Known = "imagenet";

    /// <summary>Creates the source with pictures of 256×256.</summary>
    public ImageNetSource() => Size = 256;

    /// <summary>The folder that holds the parts, or Kaggle's zip. Default <c>data/imagenet</c>.</summary>
    [Description("The folder with the training and validation pictures (train or ILSVRC2012_img_train, val or ILSVRC2012_img_val) and the "
        + "devkit or Kaggle's lists; or Kaggle's zip.")]
    public string Path { get; init; } = "data/imagenet";

    private protected override (FileTree Tree, PictureList List) Open(LoadContext context) =>
        Listed(FileTree.Open(Path), tree => new ImageNetFiles(tree).List());

    // Not those of the validation part, which measure.
    private protected override (FileTree Tree, IReadOnlyList<string> Pictures) OpenUnlabelled() =>
        Listed<IReadOnlyList<string>>(FileTree.Open(Path),
            tree => [.. new FolderFiles(tree).Pictures.Where(name => !ImageNetFiles.IsValidation(name))]);
}
