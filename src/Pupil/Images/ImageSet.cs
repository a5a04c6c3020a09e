using System.Security.Cryptography;
using Pupil.Core;
using Pupil.Inference.Pictures;

namespace Pupil.Images;

/// <summary>The box around an object, in pixels of its image: left and top inside, right and bottom just outside.</summary>
public readonly record struct BoundingBox(int Left, int Top, int Right, int Bottom)
{
    /// <summary>Whether the pixel lies inside the box.</summary>
    public bool Contains(int x, int y) => x >= Left && x < Right && y >= Top && y < Bottom;

    /// <summary>Returns the box in the same image of another size, rounded to whole pixels; not empty if this is not.</summary>
    internal BoundingBox Scaled(double down, double across)
    {
        int left = (int)Math.Round(Left * across), top = (int)Math.Round(Top * down);
        return new(left, top, End(left, Left, Right, across), End(top, Top, Bottom, down));

        static int End(int start, int from, int to, double factor) =>
            to == from ? start : Math.Max(start + 1, (int)Math.Round(to * factor));
    }

    /// <summary>Returns the box in a view of an image: scaled, then seen through the view's crop, and clipped.</summary>
    /// <param name="view">The view.</param>
    /// <param name="height">The height of the image, in pixels.</param>
    /// <param name="width">The width of the image, in pixels.</param>
    internal BoundingBox In(ImageView view, int height, int width)
    {
        return new(At(Left, width), At(Top, height), At(Right, width), At(Bottom, height));

        int At(int edge, int length) =>
            (int)Math.Round(Math.Clamp((((double)edge / length) - 0.5) / view.Crop + 0.5, 0, 1) * view.Size);
    }
}

/// <summary>
/// Labelled images of one size, held once as bytes: N images × H rows × W columns × C channels, in this order. The bytes lie in memory
/// or in a mapped file. A set never changes; splits and subsets are lists of indices into it.
/// </summary>
public sealed class ImageSet
{
    private readonly PixelMemory _pixels;
    private string? _fingerprint;
    private IReadOnlyList<ImageSet> _otherSizes = [];

    /// <summary>Creates a set; the parts are not copied.</summary>
    /// <param name="name">The name of the set, such as <c>cifar10/train</c>.</param>
    /// <param name="pixels">N·H·W·C bytes, 0…255, in the order image, row, column, channel (RGB).</param>
    /// <param name="labels">N class numbers, 0…K−1.</param>
    /// <param name="classes">The K class names, each once.</param>
    /// <param name="height">H, in pixels.</param>
    /// <param name="width">W, in pixels.</param>
    /// <param name="channels">C, 1 or 3.</param>
    /// <param name="boxes">The object's box for each image; null if the source has none.</param>
    /// <exception cref="ArgumentException">The parts do not fit together.</exception>
    public ImageSet(string name, byte[] pixels, int[] labels, IReadOnlyList<string> classes, int height, int width, int channels,
        BoundingBox[]? boxes = null)
        : this(name, PixelMemory.FromArray(pixels), ImageLabels.OfOne(labels), classes, height, width, channels, boxes)
    {
    }

    /// <summary>Creates a set whose images have several labels each.</summary>
    /// <param name="name">The name of the set.</param>
    /// <param name="pixels">N·H·W·C bytes, 0…255, in the order image, row, column, channel (RGB).</param>
    /// <param name="labelSets">The class numbers of each of the N images, 0…K−1; none for an image without any of the classes.</param>
    /// <param name="classes">The K class names, each once.</param>
    /// <param name="height">H, in pixels.</param>
    /// <param name="width">W, in pixels.</param>
    /// <param name="channels">C, 1 or 3.</param>
    /// <param name="boxes">A box for each image; null if the source has none.</param>
    /// <exception cref="ArgumentException">The parts do not fit together.</exception>
    public ImageSet(string name, byte[] pixels, int[][] labelSets, IReadOnlyList<string> classes, int height, int width, int channels,
        BoundingBox[]? boxes = null)
        : this(name, PixelMemory.FromArray(pixels), ImageLabels.OfSeveral(labelSets), classes, height, width, channels, boxes)
    {
    }

    /// <summary>Creates a set with pixels in memory or in a mapped file.</summary>
    internal ImageSet(string name, PixelMemory pixels, ImageLabels labels, IReadOnlyList<string> classes, int height, int width,
        int channels, BoundingBox[]? boxes = null, PictureSize[]? pictureSizes = null, string? fingerprint = null)
    {
        if (pixels.Length != (long)labels.Count * height * width * channels)
            throw new ArgumentException($"Found {pixels.Length} bytes for {labels.Count} images of {height}×{width}×{channels}.");
        if (boxes is not null && boxes.Length != labels.Count)
            throw new ArgumentException($"Found {boxes.Length} boxes for {labels.Count} images.");
        if (!labels.AreWithin(classes.Count))
            throw new ArgumentException($"Found a label outside 0…{classes.Count - 1}.");
        (Name, _pixels, AllLabels, Classes, Boxes, PictureSizes) = (name, pixels, labels, classes, boxes, pictureSizes);
        (Height, Width, Channels, _fingerprint) = (height, width, channels, fingerprint);
    }

    /// <summary>The name of the set.</summary>
    public string Name { get; }

    /// <summary>The number of labels of each image.</summary>
    public Labelling Labelling => AllLabels.Labelling;

    /// <summary>The class number of each image of a set with one label each.</summary>
    /// <exception cref="InvalidOperationException">The images have several labels each; see <see cref="LabelsOf"/>.</exception>
    public int[] Labels => AllLabels.Numbers;

    /// <summary>Returns the class numbers of an image in rising order: one, or any number of them with several labels.</summary>
    public ReadOnlySpan<int> LabelsOf(int index) => AllLabels.Of(index);

    /// <summary>The labels of all images, of either kind.</summary>
    internal ImageLabels AllLabels { get; }

    /// <summary>The class names.</summary>
    public IReadOnlyList<string> Classes { get; }

    /// <summary>The object's box in each image; null if the source has none.</summary>
    public BoundingBox[]? Boxes { get; }

    /// <summary>The original size of each picture; null if all had the size of the set.</summary>
    public PictureSize[]? PictureSizes { get; }

    /// <summary>The file of each image, relative to the set's folder or archive; null where images have no files of their own.</summary>
    internal IReadOnlyList<string>? Files { get; set; }

    /// <summary>The blocks that a set too large for memory is read in; null for another one, which is read in any order.</summary>
    internal ImageBlocks? Blocks { get; init; }

    /// <summary>The same images decoded to other sizes, for teachers that read them; the indices are the same.</summary>
    internal IReadOnlyList<ImageSet> OtherSizes { get => _otherSizes; init => _otherSizes = value; }

    /// <summary>Adds the same images at another size.</summary>
    /// <exception cref="UserErrorException">The numbers of images differ: files have changed.</exception>
    internal void AddSize(ImageSet other) => _otherSizes = other.Count == Count ? [.. _otherSizes, other]
        : throw new UserErrorException($"{Name}: found {other.Count:N0} pictures, expected {Count:N0} as at the start; start again.");

    /// <summary>Returns the same images at a stored size; this set where there is none.</summary>
    internal ImageSet ForSize(int size) => OtherSizes.FirstOrDefault(other => (other.Height, other.Width) == (size, size)) ?? this;

    /// <summary>N, the number of images.</summary>
    public int Count => AllLabels.Count;

    /// <summary>H, in pixels.</summary>
    public int Height { get; }

    /// <summary>W, in pixels.</summary>
    public int Width { get; }

    /// <summary>C, the number of channels.</summary>
    public int Channels { get; }

    /// <summary>The number of bytes of one image.</summary>
    public int ImageBytes => Height * Width * Channels;

    /// <summary>The pixels of all images, one after the other.</summary>
    internal PixelMemory Pixels => _pixels;

    /// <summary>Returns the pixels of one image: row, column, channel. Valid as long as the set is in use.</summary>
    public ReadOnlySpan<byte> Image(int index) => _pixels.Slice((long)index * ImageBytes, ImageBytes);

    /// <summary>Whether the labels are the answers of an expert, so that an accuracy is the agreement with it. Default false.</summary>
    internal bool AreAnswers { get; private init; }

    /// <summary>Returns the same images with other class names and labels.</summary>
    internal ImageSet WithClasses(IReadOnlyList<string> classes, ImageLabels labels, bool areAnswers = false) =>
        new(Name, _pixels, labels, classes, Height, Width, Channels, Boxes, PictureSizes)
        {
            Files = Files,
            Blocks = Blocks,
            OtherSizes = OtherSizes,
            AreAnswers = areAnswers,
        };

    /// <summary>SHA-256 over size, class names, labels and pixels, in lower-case hexadecimal; equal content gives equal text.</summary>
    public string Fingerprint => _fingerprint ??= ComputeFingerprint();

    /// <summary>Starts the fingerprint of a set, before its pixels are appended.</summary>
    internal static IncrementalHash StartFingerprint(
        ImageLabels labels, IReadOnlyList<string> classes, int height, int width, int channels)
    {
        var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(System.Text.Encoding.UTF8.GetBytes($"{labels.Count} {height} {width} {channels} {string.Join('\n', classes)}\0"));
        labels.AppendTo(hash);
        return hash;
    }

    /// <summary>Computes the fingerprint from the content, also where one was given.</summary>
    /// <param name="hashed">Receives the number of bytes of each part that is hashed; may throw to end it.</param>
    internal string ComputeFingerprint(Action<int>? hashed = null)
    {
        using var hash = StartFingerprint(AllLabels, Classes, Height, Width, Channels);
        const int Chunk = 1 << 24;
        for (long start = 0; start < _pixels.Length;)
        {
            var run = _pixels.Run(start, Chunk);
            hash.AppendData(run);
            start += run.Length;
            hashed?.Invoke(run.Length);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
