using Pupil.Images;

namespace Pupil.Cli.ContactSheets;

/// <summary>The title and pictures of a contact sheet.</summary>
/// <param name="Title">The heading, in one line.</param>
/// <param name="Subtitle">The description of the pictures, up to three lines; may be empty.</param>
/// <param name="Tiles">The pictures, in the order of reading; at least one.</param>
internal sealed record ContactSheetContent(string Title, string Subtitle, IReadOnlyList<ContactTile> Tiles);

/// <summary>One picture of a contact sheet.</summary>
/// <param name="Label">Its label, in any script; up to two lines, cut with … if too long.</param>
/// <param name="Picture">The picture as stored.</param>
/// <param name="Box">The object's box, in pixels of the picture; parts outside the picture are left out. Null for none.</param>
/// <param name="AsSeen">Versions of the network's input made of the picture; may be empty.</param>
internal sealed record ContactTile(string Label, TilePicture Picture, BoundingBox? Box, IReadOnlyList<TilePicture> AsSeen);

/// <summary>A picture as bytes.</summary>
internal sealed record TilePicture
{
    /// <summary>Creates the picture; the bytes are not copied.</summary>
    /// <param name="pixels">H·W·C bytes, 0…255, in the order row, column, channel (RGB).</param>
    /// <param name="height">H, in pixels, from 1.</param>
    /// <param name="width">W, in pixels, from 1.</param>
    /// <param name="channels">C, 1 (shown grey) or 3.</param>
    /// <exception cref="ArgumentException">The number of bytes does not fit the size.</exception>
    public TilePicture(byte[] pixels, int height, int width, int channels)
    {
        if (height < 1 || width < 1 || channels is not (1 or 3) || pixels.Length != (long)height * width * channels)
            throw new ArgumentException($"Found {pixels.Length} bytes for a picture of {height}×{width}×{channels}.", nameof(pixels));
        (Pixels, Height, Width, Channels) = (pixels, height, width, channels);
    }

    /// <summary>H·W·C bytes, in the order row, column, channel.</summary>
    public byte[] Pixels { get; }

    /// <summary>H, in pixels.</summary>
    public int Height { get; }

    /// <summary>W, in pixels.</summary>
    public int Width { get; }

    /// <summary>C, 1 or 3.</summary>
    public int Channels { get; }

    /// <summary>Returns an image of a set.</summary>
    public static TilePicture Of(ImageSet images, int index) =>
        new(images.Image(index).ToArray(), images.Height, images.Width, images.Channels);
}
