using Pupil.Cli.ContactSheets;
using Pupil.Images;
using Pupil.Tests.Images;

namespace Pupil.Tests.Cli.ContactSheets;

public sealed class ContactSheetTests
{
    private static readonly (byte, byte, byte) Marker = (1, 250, 3), Other = (250, 1, 7);
    private static readonly (byte, byte, byte) BoxLight = (0xFF, 0xD3, 0x3D), BoxDark = (0x1F, 0x23, 0x28), Frame = (0xD1, 0xD9, 0xE0);
    private static readonly (byte, byte, byte) StoredBar = (0x59, 0x63, 0x6E), SeenBar = (0x09, 0x69, 0xDA), White = (255, 255, 255);

    [Theory]
    [InlineData(32, 32, 4)]
    [InlineData(28, 28, 4)]
    [InlineData(64, 64, 2)]
    [InlineData(20, 40, 3)]
    [InlineData(100, 90, 1)]
    [InlineData(160, 3, 1)]
    [InlineData(1, 1, 128)]
    public void Small_pictures_are_enlarged_by_whole_numbers_pixel_by_pixel(int height, int width, int factor)
    {
        TilePicture picture = Noise(height, width, 3);
        ReadSheet sheet = Draw(new ContactTile("noise", picture, null, []));
        var (left, top, right, bottom) = sheet.Find(Marker);
        Assert.Equal((factor, factor), (right - left, bottom - top));
        for (int y = 0; y < height * factor; y++)
        {
            for (int x = 0; x < width * factor; x++)
            {
                int at = (y / factor * width + x / factor) * 3;
                Assert.Equal((picture.Pixels[at], picture.Pixels[at + 1], picture.Pixels[at + 2]), sheet[left + x, top + y]);
            }
        }
        Assert.Equal(Frame, sheet[left - 1, top]);
        Assert.Equal(Frame, sheet[left + width * factor, top + height * factor - 1]);
    }

    [Fact]
    public void Pictures_of_one_channel_are_grey()
    {
        TilePicture picture = new([10, 200, 90, 130], 2, 2, 1);
        ReadSheet sheet = Draw(new ContactTile("", picture, null, []));
        var (left, top, right, bottom) = sheet.Find((10, 10, 10));
        Assert.Equal((64, 64), (right - left, bottom - top));
        Assert.Equal((200, 200, 200), sheet[left + 64, top]);
        Assert.Equal((90, 90, 90), sheet[left, top + 64]);
        Assert.Equal((130, 130, 130), sheet[left + 127, top + 127]);
    }

    [Fact]
    public void Large_pictures_are_reduced_smoothly()
    {
        // Stripes of one pixel, black and white, after a red quarter: shrunk to two fifths they are grey, and never black and white again.
        var pixels = new byte[200 * 400 * 3];
        for (int at = 0; at < pixels.Length; at += 3)
        {
            int x = at / 3 % 400;
            byte stripe = (byte)(x % 2 * 255);
            (pixels[at], pixels[at + 1], pixels[at + 2]) = x < 100 ? (byte.MaxValue, (byte)0, (byte)0) : (stripe, stripe, stripe);
        }
        ReadSheet sheet = Draw(new ContactTile("", new(pixels, 200, 400, 3), null, []));
        var (left, top, right, bottom) = sheet.Find((255, 0, 0));
        Assert.InRange(right - left, 38, 40);
        Assert.Equal(80, bottom - top);
        for (int x = left + 45; x < left + 155; x++)
            Assert.InRange(sheet[x, top + 40].Red, 90, 165);
        Assert.Equal(Frame, sheet[left + 160, top]);
    }

    [Fact]
    public void The_box_has_a_light_and_a_dark_outline_outside_its_edge()
    {
        TilePicture picture = Noise(32, 32, 3);
        ReadSheet sheet = Draw(new ContactTile("", picture, new BoundingBox(5, 8, 20, 31), []));
        ReadSheet without = Draw(new ContactTile("", picture, null, []));
        var (x0, y0) = Corner(sheet);
        var (x1, y1) = Corner(without);
        var (left, top, right, bottom) = (5 * 4, 8 * 4, 20 * 4, 31 * 4);
        for (int y = -4; y < 132; y++)
        {
            for (int x = -4; x < 132; x++)
            {
                int distance = Math.Max(Math.Max(left - x, x - right + 1), Math.Max(top - y, y - bottom + 1));
                var expected = distance is 1 or 2 ? BoxLight : distance == 3 ? BoxDark : without[x1 + x, y1 + y];
                Assert.Equal(expected, sheet[x0 + x, y0 + y]);
            }
        }
    }

    [Fact]
    public void Parts_of_a_box_outside_the_picture_are_left_out()
    {
        TilePicture picture = Noise(32, 32, 3);
        byte[] whole = ContactSheet.Draw(Content(new ContactTile("", picture, new(10, 0, 32, 32), [])));
        Assert.Equal(whole, ContactSheet.Draw(Content(new ContactTile("", picture, new(10, -5, 50, 32), []))));
        Assert.NotEqual(whole, ContactSheet.Draw(Content(new ContactTile("", picture, new(40, 0, 50, 32), []))));
    }

    [Fact]
    public void Network_inputs_stand_beside_the_stored_picture_over_bars()
    {
        TilePicture[] seen = [Flat(Other, 32), Flat((9, 9, 200), 28), Flat((30, 99, 30), 32)];
        ReadSheet sheet = Draw(new ContactTile("", Noise(32, 32, 3), null, seen));
        var (x, y) = Corner(sheet);
        Assert.Equal((x + 140, y, x + 268, y + 128), sheet.Find(Other));
        Assert.Equal((x + 274 + 8, y + 8, x + 402 - 8, y + 128 - 8), sheet.Find((9, 9, 200)));
        Assert.Equal((x + 408, y, x + 536, y + 128), sheet.Find((30, 99, 30)));
        for (int at = x; at < x + 536; at++)
            Assert.Equal(at < x + 128 ? StoredBar : at < x + 140 ? White : SeenBar, sheet[at, y + 134]);
    }

    [Fact]
    public void Network_inputs_that_do_not_fit_continue_in_the_next_row()
    {
        TilePicture[] seen = [.. Enumerable.Repeat(Flat((9, 9, 200), 32), 13), Flat(Other, 32)];
        ReadSheet sheet = Draw(new ContactTile("", Noise(32, 32, 3), null, seen));
        var (x, y) = Corner(sheet);
        Assert.Equal((x + 140 + 6 * 134, y + 134, x + 140 + 7 * 134 - 6, y + 262), sheet.Find(Other));
        Assert.InRange(sheet.Width, 1000, 1600);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(12, 4)]
    [InlineData(20, 5)]
    [InlineData(300, 10)]
    public void The_number_of_columns_gives_a_good_shape(int count, int columns)
    {
        TilePicture last = Flat(Marker, 32), other = Flat(Other, 32);
        ContactTile[] tiles = [.. Enumerable.Range(0, count).Select(i => new ContactTile("", i == columns - 1 ? last : other, null, []))];
        ReadSheet sheet = Draw(tiles);
        var (left, top, _, _) = sheet.Find(Marker);
        Assert.Equal(24 + (columns - 1) * 142, left);
        Assert.Equal(Math.Max(480, columns * 142 - 14) + 48, sheet.Width);
        int rows = (count + columns - 1) / columns;
        Assert.InRange(sheet.Height, top + rows * 128, top + rows * 175 + 24);
    }

    [Fact]
    public void A_sheet_that_is_too_high_is_refused_with_the_number_that_fits()
    {
        ContactTile tile = new("label", Flat(Other, 32), null, [Flat(Other, 32)]);
        var error = Assert.Throws<UserErrorException>(() => ContactSheet.Draw(Content([.. Enumerable.Repeat(tile, 600)])));
        var found = System.Text.RegularExpressions.Regex.Match(error.Message,
            @"^A contact sheet of 600 pictures needs \d\d,\d{3} pixels of height, expected at most 16,000; "
            + @"show at most (\d{3}) of them, or fewer versions of each\.$");
        Assert.True(found.Success, error.Message);
        int fit = int.Parse(found.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture);
        var style = new SheetStyle();
        Assert.InRange(new SheetLayout(Content([.. Enumerable.Repeat(tile, fit)]), style).Height, 15_500, 16_000);
        Assert.Throws<UserErrorException>(() => new SheetLayout(Content([.. Enumerable.Repeat(tile, fit + 1)]), style));
    }

    [Fact]
    public void Pictures_that_do_not_exist_are_refused()
    {
        Assert.Throws<ArgumentException>(() => ContactSheet.Draw(Content()));
        Assert.Throws<ArgumentException>(() => new TilePicture(new byte[12], 2, 2, 1));
        Assert.Throws<ArgumentException>(() => new TilePicture(new byte[8], 2, 2, 2));
        Assert.Throws<ArgumentException>(() => new TilePicture([], 0, 2, 1));
    }

    [Fact]
    public void An_image_of_a_set_is_not_changed()
    {
        ImageSet images = TinyImages.Numbered(3, height: 4, width: 5);
        TilePicture picture = TilePicture.Of(images, 2);
        Assert.Equal((4, 5, 3), (picture.Height, picture.Width, picture.Channels));
        Assert.Equal(images.Image(2).ToArray(), picture.Pixels);
    }

    [Fact]
    public void The_same_content_gives_the_same_complete_file()
    {
        using var folder = new TemporaryFolder();
        var content = Content(new ContactTile("frog", Noise(32, 32, 3), new(1, 2, 30, 30), [Noise(32, 32, 3)]));
        ContactSheet.WritePng(content, folder["sheet.png"]);
        Assert.Equal(ContactSheet.Draw(content), File.ReadAllBytes(folder["sheet.png"]));
        Assert.Throws<ArgumentException>(() => ContactSheet.WritePng(Content(), folder["sheet.png"]));
        Assert.Equal([folder["sheet.png"]], Directory.GetFiles(folder.FullPath));
        Assert.Throws<UserErrorException>(() => ContactSheet.WritePng(content, folder["missing/sheet.png"]));
    }

    private static ContactSheetContent Content(params ContactTile[] tiles) => new("Title", "Subtitle", tiles);

    private static ReadSheet Draw(params ContactTile[] tiles) => new(ContactSheet.Draw(Content(tiles)));

    private static (int X, int Y) Corner(ReadSheet sheet)
    {
        var (left, top, _, _) = sheet.Find(Marker);
        return (left, top);
    }

    private static TilePicture Flat((byte, byte, byte) colour, int size) =>
        new([
            .. Enumerable.Repeat(colour, size * size).SelectMany<(byte, byte, byte), byte>(p => [p.Item1, p.Item2, p.Item3]),
        ], size, size, 3);

    // Its first pixel is the marker, a colour that nothing else has.
    private static TilePicture Noise(int height, int width, int channels)
    {
        var pixels = new byte[height * width * channels];
        new Random(5).NextBytes(pixels);
        (pixels[0], pixels[1], pixels[2]) = Marker;
        return new TilePicture(pixels, height, width, channels);
    }
}
