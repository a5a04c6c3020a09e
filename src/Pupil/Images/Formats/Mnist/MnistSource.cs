using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Pupil.Images.Formats.Trees;
using Pupil.Settings;

namespace Pupil.Images.Formats.Mnist;

/// <summary>The class names of files in MNIST's layout.</summary>
public enum MnistKind
{
    /// <summary>MNIST's digits, "0" to "9".</summary>
    [Description("The digits of MNIST.")]
    Digits,

    /// <summary>Fashion-MNIST's clothes, "T-shirt/top" to "Ankle boot".</summary>
    [Description("The clothes of Fashion-MNIST.")]
    Fashion,
}

/// <summary>
/// MNIST (LeCun et al. 1998) and sets in its layout, such as Fashion-MNIST (Xiao et al. 2017) and KMNIST (Clanuwat et al. 2018).
/// Grey images and their labels are in four IDX files, each plain or compressed by gzip.
/// </summary>
[Variant("mnist")]
public sealed record MnistSource : DataSource
{
    private const int LargestSize = 1024;

    private static readonly string[] Digits = [.. Enumerable.Range(0, 10).Select(digit => $"{digit}")];
    private static readonly string[] Clothes =
        ["T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"];

    /// <summary>The folder of the four files. Default <c>data/mnist</c>.</summary>
    [Description("The folder that holds train-images-idx3-ubyte, train-labels-idx1-ubyte and the same of t10k, plain or with .gz.")]
    public string Path { get; init; } = "data/mnist";

    /// <summary>The class names if <see cref="Classes"/> is null. Default <see cref="MnistKind.Digits"/>.</summary>
    [Description("The class names if classes gives none: those of MNIST or of Fashion-MNIST.")]
    public MnistKind Kind { get; init; }

    /// <summary>The class names in the order of the label numbers, 2…256, each once; null for those of <see cref="Kind"/>.</summary>
    [Description("The class names in the order of the label numbers; null for those of the kind.")]
    [Length(2, 256)]
    public IReadOnlyList<string>? Classes { get; init; }

    /// <summary>Height and width after padding with black borders, in pixels, 1…1,024; null for no padding. Default null.</summary>
    [Description("Height and width after padding with black borders, for example 32, which can be halved often; null for no padding.")]
    [Range(1, LargestSize)]
    public int? Size { get; init; }

    private IReadOnlyList<string> ClassNames => Classes ?? (Kind == MnistKind.Fashion ? Clothes : Digits);

    /// <inheritdoc/>
    public override DataSplits Load(LoadContext? context = null)
    {
        if (Classes is not null && (Classes.Any(string.IsNullOrWhiteSpace) || Classes.Distinct().Count() < Classes.Count))
            throw new UserErrorException("data.source.classes: found an empty or repeated name, expected different names; rename it.");
        string name = Kind == MnistKind.Fashion ? "fashion-mnist" : "mnist";
        var splits = new DataSplits(name, Read($"{name}/train", "train", context), Read($"{name}/test", "t10k", context));
        if ((splits.Train.Height, splits.Train.Width) == (splits.Test.Height, splits.Test.Width))
            return splits;
        throw new UserErrorException($"{Path}: found training images of {splits.Train.Height}×{splits.Train.Width} and test images of "
            + $"{splits.Test.Height}×{splits.Test.Width}, expected one size; get the files again, all from one data set.");
    }

    /// <summary>Reads one part from its two files.</summary>
    internal ImageSet Read(string name, IdxFile images, IdxFile labels, LoadContext? context)
    {
        int[] numbers = ReadLabels(labels, images);
        var (height, width) = (images.Dimensions[1], images.Dimensions[2]);
        int most = Size ?? LargestSize;
        if (height > most || width > most)
        {
            throw new UserErrorException($"{images.Path}: found images of {height:N0}×{width:N0} pixels, "
                + $"expected at most {most:N0}×{most:N0}; set data.source.size to null or to more, or get the file again.");
        }
        var (outHeight, outWidth) = (Size ?? height, Size ?? width);
        if ((long)numbers.Length * outHeight * outWidth > Array.MaxLength)
        {
            throw new UserErrorException($"{images.Path}: found {numbers.Length:N0} images, expected at most "
                + $"{Array.MaxLength / (outHeight * outWidth):N0} of {outHeight}×{outWidth}, which fit one array; "
                + "set a smaller data.source.size.");
        }
        var pixels = new GrowingBytes((long)numbers.Length * outHeight * outWidth, images.FileBytes);
        var steps = new LoadSteps(context, $"reading {System.IO.Path.GetFileName(images.Path)}", numbers.Length);
        var picture = new byte[height * width];
        var (top, left) = ((outHeight - height) / 2, (outWidth - width) / 2);
        for (int image = 0; image < numbers.Length; image++)
        {
            steps.Reach(image);
            images.Read(picture);
            var framed = pixels.Next(outHeight * outWidth);
            for (int row = 0; row < height; row++)
                picture.AsSpan(row * width, width).CopyTo(framed[((top + row) * outWidth + left)..]);
        }
        images.Finish();
        steps.Reach(numbers.Length);
        return new ImageSet(name, pixels.Complete(), numbers, ClassNames, outHeight, outWidth, 1);
    }

    private ImageSet Read(string name, string part, LoadContext? context)
    {
        using var images = Open($"{part}-images", 3);
        using var labels = Open($"{part}-labels", 1);
        return Read(name, images, labels, context);
    }

    // Some sites write a dot in place of the second dash.
    private IdxFile Open(string name, int dimensions)
    {
        string file = $"{name}-idx{dimensions}-ubyte";
        string dotted = $"{name}.idx{dimensions}-ubyte";
        string[] places = [.. new[] { file, dotted, $"{file}.gz", $"{dotted}.gz" }.Select(place => System.IO.Path.Combine(Path, place))];
        string found = places.FirstOrDefault(File.Exists)
            ?? throw new UserErrorException($"{places[0]}: no such file, nor one with .gz; expected the four files of MNIST's layout "
                + "(from https://ossci-datasets.s3.amazonaws.com/mnist/, or of Fashion-MNIST or KMNIST) in one folder: "
                + "get them into data/mnist/, or set data.source.path to their folder.");
        return new IdxFile(DataFile.Open(found, "a file of MNIST's layout"), found, dimensions);
    }

    private int[] ReadLabels(IdxFile labels, IdxFile images)
    {
        int count = images.Dimensions[0];
        if (labels.Dimensions[0] != count)
        {
            throw DataFile.Broken(labels.Path, $"{labels.Dimensions[0]:N0} labels",
                $"{count:N0}, one for each image of {System.IO.Path.GetFileName(images.Path)}");
        }
        var bytes = new GrowingBytes(count, labels.FileBytes);
        for (int done = 0; done < count;)
        {
            var next = bytes.Next(Math.Min(4096, count - done));
            labels.Read(next);
            done += next.Length;
        }
        labels.Finish();
        int[] numbers = [.. bytes.Complete()];
        int wrong = Array.FindIndex(numbers, label => label >= ClassNames.Count);
        if (wrong < 0)
            return numbers;
        throw new UserErrorException($"{labels.Path}: found label {numbers[wrong]} of image {wrong}, expected 0…{ClassNames.Count - 1}; "
            + "name all classes in data.source.classes, or get the file again.");
    }
}
