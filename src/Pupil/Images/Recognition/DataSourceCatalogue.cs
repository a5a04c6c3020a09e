using Pupil.Images.Formats.Cifar;
using Pupil.Images.Formats.Csv;
using Pupil.Images.Formats.Folder;
using Pupil.Images.Formats.ImageNet;
using Pupil.Images.Formats.Mnist;
using Pupil.Images.Formats.Packed;
using Pupil.Images.Formats.Svhn;
using Pupil.Images.Formats.Synthetic;
using Pupil.Images.Formats.TinyImageNet;

namespace Pupil.Images.Recognition;

/// <summary>The list of data sources. A format is a folder in <c>Images/Formats</c> and a line here.</summary>
internal static class DataSourceCatalogue
{
    /// <summary>The options of the sources that come with Pupil.</summary>
    public static IReadOnlyList<Type> BuiltIn { get; } =
    [
        typeof(ShapesOptions),
        typeof(Cifar10Source),
        typeof(Cifar100Source),
        typeof(TinyImageNetSource),
        typeof(ImageNetSource),
        typeof(FolderSource),
        typeof(CsvSource),
        typeof(PackedSource),
        typeof(SvhnSource),
        typeof(MnistSource),
    ];
}
