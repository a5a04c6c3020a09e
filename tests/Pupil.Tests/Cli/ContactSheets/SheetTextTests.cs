using Pupil.Cli.ContactSheets;
using Pupil.Images;

namespace Pupil.Tests.Cli.ContactSheets;

public sealed class SheetTextTests
{
    private static readonly (byte, byte, byte) Red = (254, 2, 2), Blue = (2, 2, 254);

    [Fact]
    public void Labels_stand_beneath_their_pictures_and_differ()
    {
        var frog = LabelMarks("frog");
        var ship = LabelMarks("ship");
        Assert.InRange(frog.Count, 60, 1000);
        Assert.InRange(ship.Count, 60, 1000);
        Assert.NotEqual(frog, ship);
        Assert.Equal(frog, LabelMarks("frog"));
        Assert.Empty(LabelMarks(""));
        Assert.Equal(LabelMarks("two words"), LabelMarks(" two\n\0\twords\u200F "));
    }

    [Fact]
    public void A_long_label_does_not_reach_the_next_tile()
    {
        string words = string.Join(' ', Enumerable.Repeat("word", 100));
        foreach (string label in new[] { new string('W', 300), words, "n02123045_tabby_cat_mouser_of_the_house" })
        {
            ReadSheet sheet = Draw(Tile(label, Red), Tile("", Blue));
            var first = sheet.Find(Red);
            var second = sheet.Find(Blue);
            Assert.Equal((first.Right + 14, first.Top), (second.Left, second.Top));
            var marks = sheet.Marks(first.Left, first.Bottom + 4, first.Right, sheet.Height);
            Assert.True(marks.Max(mark => mark.X) > 90);
            Assert.InRange(marks.Max(mark => mark.Y), 20, 45); // two lines
            Assert.Empty(sheet.Marks(first.Right + 1, first.Top - 4, second.Left - 1, sheet.Height));
            Assert.Empty(sheet.Marks(second.Left, second.Bottom + 1, sheet.Width, sheet.Height));
        }
    }

    [Fact]
    public void Names_in_any_script_are_drawn_and_none_breaks_the_sheet()
    {
        string[] names = ["狗和猫", "كلب صغير", "שלום 123", "नमस्ते", "🐶👨‍👩‍👧", "e\u0301\u0302\u0303", "\uD83D", "\uDC00x",
            "a\u0000b\u0007c", "\u202Eabc", "\uFFFF", "\u0301"];
        foreach (string name in names)
            Assert.True(LabelMarks(name).Count > 0 || name == "\u0301", name);
        Assert.Empty(LabelMarks("\u0007\u200F \uFE0F"));
        byte[] title = ContactSheet.Draw(new(string.Concat(names), string.Concat(names), [Tile("x", Red)]));
        Assert.Equal(title, ContactSheet.Draw(new(string.Concat(names), string.Concat(names), [Tile("x", Red)])));
    }

    [Fact]
    public void Title_and_subtitle_stand_above_within_the_margins()
    {
        string words = string.Join(' ', Enumerable.Repeat("many words", 100));
        var sheet = new ReadSheet(ContactSheet.Draw(new(words, words, [Tile("x", Red)])));
        var picture = sheet.Find(Red);
        var marks = sheet.Marks(0, 0, sheet.Width, picture.Top - 4);
        Assert.InRange(marks.Min(mark => mark.X), 24, 27);
        Assert.InRange(marks.Max(mark => mark.X), sheet.Width - 24 - 120, sheet.Width - 24);
        Assert.InRange(picture.Top, 24 + 30 + 3 * 19, 24 + 30 + 3 * 19 + 40);
        var plain = new ReadSheet(ContactSheet.Draw(new("", "", [Tile("x", Red)])));
        Assert.Empty(plain.Marks(0, 0, plain.Width, plain.Find(Red).Top - 1));
    }

    [Fact]
    public void The_legend_explains_only_the_parts_of_the_sheet()
    {
        int Legend(ContactTile tile)
        {
            var sheet = new ReadSheet(ContactSheet.Draw(new("", "", [tile])));
            return sheet.Marks(0, 0, sheet.Width, sheet.Find(Red).Top - 4).Count;
        }
        ContactTile plain = Tile("x", Red);
        ContactTile boxed = plain with { Box = new BoundingBox(8, 8, 20, 20) }, seen = plain with { AsSeen = [Tile("", Blue).Picture] };
        Assert.Equal(0, Legend(plain));
        Assert.True(Legend(boxed) > 100);
        Assert.True(Legend(seen) > 2 * 20 * 3);
        int both = Legend(seen with { Box = boxed.Box });
        Assert.InRange(both - Legend(boxed) - Legend(seen), -40, 40);
    }

    private static HashSet<(int X, int Y)> LabelMarks(string label)
    {
        ReadSheet sheet = Draw(Tile(label, Red));
        var picture = sheet.Find(Red);
        return sheet.Marks(picture.Left, picture.Bottom + 4, sheet.Width, sheet.Height);
    }

    private static ReadSheet Draw(params ContactTile[] tiles) => new(ContactSheet.Draw(new("Title", "", tiles)));

    private static ContactTile Tile(string label, (byte Red, byte Green, byte Blue) colour)
    {
        byte[] pixels = [.. Enumerable.Repeat<byte[]>([colour.Red, colour.Green, colour.Blue], 32 * 32).SelectMany(pixel => pixel)];
        return new ContactTile(label, new TilePicture(pixels, 32, 32, 3), null, []);
    }
}
