using Pupil.Images;

namespace Pupil.Cli.ContactSheets;

/// <summary>What a contact sheet shows.</summary>
/// <param name="Title">The heading, in one line.</param>
/// <param name="Subtitle">What the pictures are and where they come from; up to three lines. Empty: none.</param>
/// <param name="Tiles">The pictures, in the order of reading; at least one.</param>
public sealed record ContactSheetContent(string Title, string Subtitle, IReadOnlyList<ContactTile> Tiles);

/// <summary>One picture of a contact sheet.</summary>
/// <param name="Label">Its label, in any script; up to two lines, cut with … where too long.</param>
/// <param name="Picture">The picture as stored.</param>
/// <param name="Box">The object's box, in pixels of the picture, or null; what lies outside the picture is left out.</param>
/// <param name="AsSeen">The same picture as the network sees it, so many times as shall be shown; may be empty.</param>
public sealed record ContactTile(string Label, TilePicture Picture, BoundingBox? Box, IReadOnlyList<TilePicture> AsSeen);

/// <summary>A picture as bytes.</summary>
public sealed record TilePicture
{
    /// <summary>Creates the picture, which keeps the bytes without copying.</summary>
    /// <param name="pixels">H·W·C bytes, 0…255, in the order row, column, channel (RGB).</param>
    /// <param name="height">H, in pixels, from 1.</param>
    /// <param name="width">W, in pixels, from 1.</param>
    /// <param name="channels">C, 1 (shown grey) or 3.</param>
    /// <exception cref="ArgumentException">The bytes do not make such a picture.</exception>
    public TilePicture(byte[] pixels, int height, int width, int channels)
    {
        if (height < 1 || width < 1 || channels is not (1 or 3) || pixels.Length != (long)height * width * channels)
            throw new ArgumentException($"{pixels.Length} bytes do not make a picture of {height}×{width}×{channels}.", nameof(pixels));
        (Pixels, Height, Width, Channels) = (pixels, height, width, channels);
    }

    /// <summary>H·W·C bytes: row, column, channel.</summary>
    public byte[] Pixels { get; }

    /// <summary>H, in pixels.</summary>
    public int Height { get; }

    /// <summary>W, in pixels.</summary>
    public int Width { get; }

    /// <summary>C, 1 or 3.</summary>
    public int Channels { get; }

    /// <summary>An image of a set.</summary>
    public static TilePicture Of(ImageSet images, int index) =>
        new(images.Image(index).ToArray(), images.Height, images.Width, images.Channels);
}
