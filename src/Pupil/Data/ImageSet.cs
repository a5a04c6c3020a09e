using System.Security.Cryptography;

namespace Pupil.Data;

/// <summary>The box around an object, in pixels of its image: left and top inside, right and bottom just outside.</summary>
public readonly record struct BoundingBox(int Left, int Top, int Right, int Bottom)
{
    /// <summary>Whether the pixel lies inside the box.</summary>
    public bool Contains(int x, int y) => x >= Left && x < Right && y >= Top && y < Bottom;
}

/// <summary>
/// Labelled images of one size, held in memory once as bytes: N images × H rows × W columns × C channels, row by row, the
/// channels of a pixel side by side. Never changed after it is made; splits and subsets are lists of indices into it.
/// </summary>
public sealed class ImageSet
{
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
    {
        if (pixels.LongLength != (long)labels.Length * height * width * channels)
            throw new ArgumentException($"{pixels.LongLength} bytes do not make {labels.Length} images of {height}×{width}×{channels}.");
        if (boxes is not null && boxes.Length != labels.Length)
            throw new ArgumentException($"{boxes.Length} boxes for {labels.Length} images.");
        if (labels.Any(label => label < 0 || label >= classes.Count))
            throw new ArgumentException($"A label lies outside 0…{classes.Count - 1}.");
        (Name, Pixels, Labels, Classes, Boxes) = (name, pixels, labels, classes, boxes);
        (Height, Width, Channels) = (height, width, channels);
    }

    /// <summary>What people call it.</summary>
    public string Name { get; }

    /// <summary>All pixels: image, row, column, channel.</summary>
    public byte[] Pixels { get; }

    /// <summary>The class number of each image.</summary>
    public int[] Labels { get; }

    /// <summary>The class names.</summary>
    public IReadOnlyList<string> Classes { get; }

    /// <summary>The object's box in each image, or null where the source has none.</summary>
    public BoundingBox[]? Boxes { get; }

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

    /// <summary>The pixels of one image: row, column, channel.</summary>
    public ReadOnlySpan<byte> Image(int index) => Pixels.AsSpan(index * ImageBytes, ImageBytes);

    /// <summary>SHA-256 over sizes, class names, labels and pixels, in lower-case hexadecimal: equal content, equal fingerprint.</summary>
    public string Fingerprint => _fingerprint ??= ComputeFingerprint();

    private string ComputeFingerprint()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(System.Text.Encoding.UTF8.GetBytes($"{Count} {Height} {Width} {Channels} {string.Join('\n', Classes)}\0"));
        hash.AppendData(System.Runtime.InteropServices.MemoryMarshal.AsBytes(Labels.AsSpan()));
        hash.AppendData(Pixels);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
