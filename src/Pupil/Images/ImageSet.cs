using System.Security.Cryptography;
using Pupil.Core;
using Pupil.Inference.Pictures;

namespace Pupil.Images;

/// <summary>The box around an object, in pixels of its image: left and top inside, right and bottom just outside.</summary>
public readonly record struct BoundingBox(int Left, int Top, int Right, int Bottom)
{
    /// <summary>Whether the pixel lies inside the box.</summary>
    public bool Contains(int x, int y) => x >= Left && x < Right && y >= Top && y < Bottom;
}

/// <summary>
/// Labelled images of one size, held once as bytes: N images × H rows × W columns × C channels, row by row, the channels of a pixel
/// side by side; in memory, or in a file that is mapped into it. Never changed after it is made; splits and subsets are lists of indices into it.
/// </summary>
public sealed class ImageSet
{
    private readonly PixelMemory _pixels;
    private string? _fingerprint;

    /// <summary>Creates a set from its parts, which it keeps without copying.</summary>
    /// <param name="name">What people call it, for example <c>cifar10/train</c>.</param>
    /// <param name="pixels">N·H·W·C bytes, 0…255, in the order image, row, column, channel (RGB).</param>
    /// <param name="labels">N class numbers, 0…K−1.</param>
    /// <param name="classes">The K class names, each once.</param>
    /// <param name="height">H, in pixels.</param>
    /// <param name="width">W, in pixels.</param>
    /// <param name="channels">C, 1 or 3.</param>
    /// <param name="boxes">The object's box for each image, or null where the source has none.</param>
    /// <exception cref="ArgumentException">The parts do not fit together.</exception>
    public ImageSet(string name, byte[] pixels, int[] labels, IReadOnlyList<string> classes, int height, int width, int channels,
        BoundingBox[]? boxes = null)
        : this(name, PixelMemory.FromArray(pixels), labels, classes, height, width, channels, boxes)
    {
    }

    /// <summary>Creates a set whose pixels lie anywhere.</summary>
    internal ImageSet(string name, PixelMemory pixels, int[] labels, IReadOnlyList<string> classes, int height, int width, int channels,
        BoundingBox[]? boxes = null, PictureSize[]? pictureSizes = null, string? fingerprint = null)
    {
        if (pixels.Length != (long)labels.Length * height * width * channels)
            throw new ArgumentException($"{pixels.Length} bytes do not make {labels.Length} images of {height}×{width}×{channels}.");
        if (boxes is not null && boxes.Length != labels.Length)
            throw new ArgumentException($"{boxes.Length} boxes for {labels.Length} images.");
        if (labels.Any(label => label < 0 || label >= classes.Count))
            throw new ArgumentException($"A label lies outside 0…{classes.Count - 1}.");
        (Name, _pixels, Labels, Classes, Boxes, PictureSizes) = (name, pixels, labels, classes, boxes, pictureSizes);
        (Height, Width, Channels, _fingerprint) = (height, width, channels, fingerprint);
    }

    /// <summary>What people call it.</summary>
    public string Name { get; }

    /// <summary>The class number of each image.</summary>
    public int[] Labels { get; }

    /// <summary>The class names.</summary>
    public IReadOnlyList<string> Classes { get; }

    /// <summary>The object's box in each image, or null where the source has none.</summary>
    public BoundingBox[]? Boxes { get; }

    /// <summary>The size that each picture had before it was brought to that of the set, or null where all came in it.</summary>
    public PictureSize[]? PictureSizes { get; }

    /// <summary>N, the number of images.</summary>
    public int Count => Labels.Length;

    /// <summary>H, in pixels.</summary>
    public int Height { get; }

    /// <summary>W, in pixels.</summary>
    public int Width { get; }

    /// <summary>C, the number of channels.</summary>
    public int Channels { get; }

    /// <summary>The bytes of one image.</summary>
    public int ImageBytes => Height * Width * Channels;

    /// <summary>The pixels of one image: row, column, channel. Valid as long as the set is in use.</summary>
    public ReadOnlySpan<byte> Image(int index) => _pixels.Slice((long)index * ImageBytes, ImageBytes);

    /// <summary>SHA-256 over sizes, class names, labels and pixels, in lower-case hexadecimal: equal content, equal fingerprint.</summary>
    public string Fingerprint => _fingerprint ??= ComputeFingerprint();

    /// <summary>The fingerprint of a set before its pixels are appended.</summary>
    internal static IncrementalHash StartFingerprint(int[] labels, IReadOnlyList<string> classes, int height, int width, int channels)
    {
        var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(System.Text.Encoding.UTF8.GetBytes($"{labels.Length} {height} {width} {channels} {string.Join('\n', classes)}\0"));
        hash.AppendData(System.Runtime.InteropServices.MemoryMarshal.AsBytes(labels.AsSpan()));
        return hash;
    }

    private string ComputeFingerprint()
    {
        using var hash = StartFingerprint(Labels, Classes, Height, Width, Channels);
        const int Chunk = 1 << 24;
        for (long start = 0; start < _pixels.Length; start += Chunk)
            hash.AppendData(_pixels.Slice(start, (int)Math.Min(Chunk, _pixels.Length - start)));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
