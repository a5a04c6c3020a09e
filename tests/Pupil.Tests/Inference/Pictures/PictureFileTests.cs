using Pupil.Inference.Pictures;

namespace Pupil.Tests.Inference.Pictures;

public sealed class PictureFileTests
{
    [Theory]
    [InlineData("FF D8 FF E0 00 10 4A 46", true)] // JPEG
    [InlineData("89 50 4E 47 0D 0A 1A 0A 00 00 00 0D", true)] // PNG
    [InlineData("47 49 46 38 39 61", true)] // GIF
    [InlineData("52 49 46 46 24 00 00 00 57 45 42 50", true)] // WebP
    [InlineData("52 49 46 46 24 00 00 00 57 41 56 45", false)] // WAVE
    [InlineData("42 4D 9A 00 00 00 00 00 00 00 36 00 00 00 28 00", true)] // BMP
    [InlineData("42 4D 20 69 73 20 61 20 77 6F 72 64 2E 2E 2E 2E", false)] // a text
    [InlineData("42 4D", false)]
    [InlineData("49 49 2A 00", false)] // TIFF, which cannot be read
    [InlineData("25 50 44 46 2D 31 2E 37", false)] // PDF
    [InlineData("", false)]
    public void A_picture_is_told_by_its_first_bytes(string head, bool isPicture) =>
        Assert.Equal(isPicture, PictureFile.IsPicture(Convert.FromHexString(head.Replace(" ", "", StringComparison.Ordinal))));

    [Theory]
    [InlineData("49 49 2A 00", "TIFF")]
    [InlineData("4D 4D 00 2A", "TIFF")]
    [InlineData("00 00 00 18 66 74 79 70 68 65 69 63", "HEIC")]
    [InlineData("00 00 00 20 66 74 79 70 61 76 69 66", "AVIF")]
    [InlineData("00 00 00 20 66 74 79 70 69 73 6F 6D", null)] // a film
    [InlineData("FF 0A", "JPEG XL")]
    [InlineData("00 00 00 0C 6A 50 20 20 0D 0A 87 0A", "JPEG 2000")]
    [InlineData("FF D8 FF E0 00 10 4A 46", null)] // JPEG
    [InlineData("", null)]
    public void A_format_that_cannot_be_read_is_told_by_its_first_bytes(string head, string? format) =>
        Assert.Equal(format, PictureFile.UnreadFormat(Convert.FromHexString(head.Replace(" ", "", StringComparison.Ordinal))));

    [Theory]
    [InlineData("a/1.TIF", "TIFF")]
    [InlineData("a/1.heif", "HEIC")]
    [InlineData("a/1.CR2", "camera raw")]
    [InlineData("a/1.jpg", null)]
    [InlineData("a/1", null)]
    public void A_format_that_cannot_be_read_is_told_by_its_extension(string name, string? format) =>
        Assert.Equal(format, PictureFile.UnreadFormat(name));

    [Theory]
    [InlineData("a/b.c/picture", true)]
    [InlineData("picture.JPG", false)]
    [InlineData("a/.hidden", false)]
    public void An_extension_belongs_to_the_name_alone(string name, bool hasNone) =>
        Assert.Equal(hasNone, PictureFile.HasNoEnding(name));
}
