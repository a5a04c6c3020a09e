using Pupil.Lettering;
using SkiaSharp;

namespace Pupil.Tests.Lettering;

public sealed class LetteringTests
{
    private static readonly TextShaper Shaper = new(new SheetFonts());
    private static readonly TextStyle Style = new(Shaper, 13, SKColors.Black);

    // The characters as drawn from left to right; a bracket that opens to the left has the glyph of one that closes.
    [Theory]
    [InlineData("plain (text) 12", "plain (text) 12")]
    [InlineData("אבג", "גבא")]
    [InlineData("אב 12.5 גד", "דג 12.5 בא")]
    [InlineData("abc אב גד def", "abc דג בא def")]
    [InlineData("אב abc גד", "דג abc בא")]
    [InlineData("אב (ג)", "(ג) בא")]
    [InlineData("abc אב!", "abc בא!")]
    [InlineData("אב!", "!בא")]
    [InlineData("7 אב", "בא 7")]
    [InlineData("abc אב (5) def", "abc (5) בא def")]
    [InlineData("אב (abc) 12.5", "12.5 (abc) בא")]
    [InlineData("abc (אב) def", "abc (בא) def")]
    public void Runs_are_ordered_from_left_to_right(string read, string placed) => Assert.Equal(placed, Seen(read));

    // By hb-shape of HarfBuzz 6.0.0 with the font's file: glyph indices and advances from left to right, in 2048ths of the size.
    public static TheoryData<string, int[], int[]> FromHarfBuzz => new()
    {
        { "كلب صغير", [5288, 5358, 5322, 5301, 3, 5258, 5338, 5333], [1130, 618, 988, 1739, 651, 2011, 678, 975] },
        { "سلام", [1390, 5366, 5293], [1268, 1222, 1716] }, // lam and alef are one glyph
        { "שלום", [1332, 1324, 1331, 1344], [1359, 558, 1164, 1451] },
        // Lao: sara am is two glyphs, one on the letter
        { "ໝາ ນ້ຳ", [1635, 1601, 3, 1582, 1623, 1619, 1601], [2106, 1104, 651, 1349, 0, 0, 1104] },
        { "fi AV", [5042, 3, 36, 57], [1290, 651, 1270, 1401] }, // a ligature, and a kerned pair
    };

    [Theory]
    [MemberData(nameof(FromHarfBuzz))]
    public void Glyphs_and_positions_are_those_of_HarfBuzz(string text, int[] glyphs, int[] advances)
    {
        var run = Assert.Single(Shaper.Shape(WrittenText.Characters(text), 2048));
        Assert.Equal("DejaVu Sans", run.Face.FamilyName);
        Assert.Equal(glyphs, run.Glyphs.Select(glyph => (int)glyph));
        Assert.Equal(advances.Sum(), run.Right, advances.Length * 4f); // HarfBuzz computes in 512ths of the size
        float left = 0;
        foreach (var (advance, place) in advances.Zip(run.Places).Where(glyph => glyph.First > 0))
        {
            Assert.InRange(place.X, left - 4 * advances.Length, left + 4 * advances.Length);
            left += advance;
        }
    }

    [Fact]
    public void Joiners_separate_letters_and_accents_are_on_their_letters()
    {
        Assert.Equal(7, Assert.Single(Shaper.Shape(WrittenText.Characters("میخواهم"), 13)).Glyphs.Length);
        var (joined, apart) = (Glyphs("میخواهم"), Glyphs("می\u200Cخواهم"));
        Assert.NotEqual(joined.Where(glyph => glyph != Space), apart.Where(glyph => glyph != Space));
        var run = Assert.Single(Shaper.Shape(WrittenText.Characters("e\u030A\u0302"), 100));
        Assert.Equal(3, run.Glyphs.Length);
        Assert.InRange(run.Right, 60, 63); // the width of the letter alone
    }

    [Fact]
    public void Scripts_of_other_fonts_are_shaped_if_the_system_has_one()
    {
        var runs = Shaper.Shape(WrittenText.Characters("क्षि"), 100);
        Assert.SkipWhen(runs[0].Face.FamilyName == "DejaVu Sans", "No font on this machine has Devanagari.");
        // Four characters become a conjunct and a vowel before it.
        Assert.Equal(2, Assert.Single(runs).Glyphs.Length);
    }

    [Fact]
    public void Runs_of_several_scripts_follow_each_other()
    {
        var runs = Shaper.Shape(WrittenText.Characters("cat קט כلب"), 13);
        Assert.Equal(3, runs.Count);
        Assert.True(runs[0].Right < runs[1].Right && runs[1].Right < runs[2].Right);
        Assert.Equal(runs[0].Right, runs[1].Places[0].X, 0.01f);
        Assert.Equal(runs[1].Right, runs[2].Places[0].X, 0.01f);
    }

    private static ushort Space => Glyphs(" ")[0];

    private static ushort[] Glyphs(string text) => [.. Shaper.Shape([text], 13).SelectMany(run => run.Glyphs)];

    // Each glyph as its character in the font.
    private static string Seen(string text)
    {
        var face = new SheetFonts().FontOf("a").Face;
        var known = text.Concat("()").Distinct().ToDictionary(character => face.GetGlyph(character));
        return string.Concat(Shaper.Shape(WrittenText.Characters(text), 13).SelectMany(run => run.Glyphs).Select(glyph => known[glyph]));
    }

    [Fact]
    public void Lines_break_after_words_and_fit()
    {
        const string Text = "the quick brown fox jumps over the lazy dog";
        var lines = Style.Break(Text, 120, 10);
        Assert.Equal(Text, string.Join(' ', lines));
        Assert.All(lines, line => Assert.InRange(Style.Width(line), 1, 120));
        Assert.True(lines.Count is > 2 and < 6);
        var cut = Style.Break(Text, 120, 2);
        Assert.Equal((2, lines[0]), (cut.Count, cut[0]));
        Assert.EndsWith("…", cut[1], StringComparison.Ordinal);
        Assert.StartsWith(cut[1][..^1], string.Join(' ', lines.Skip(1)), StringComparison.Ordinal);
        Assert.InRange(Style.Width(cut[1]), 90, 120);
    }

    [Fact]
    public void Words_that_are_too_long_are_broken_anywhere()
    {
        string word = new('m', 40);
        var lines = Style.Break(word, 100, 100);
        Assert.Equal(word, string.Concat(lines));
        Assert.All(lines, line => Assert.InRange(Style.Width(line), 1, 100));
        Assert.Equal(["a_long_", "name"], Style.Break("a_long_name", Style.Width("a_long_na"), 2));
        Assert.Equal(["a", "…"], Style.Break("ab", 1, 2)); // narrower than any letter, and still terminates
        Assert.Empty(Style.Break("", 100, 2));
    }

    [Fact]
    public void A_character_without_a_font_is_a_square()
    {
        var fonts = new SheetFonts();
        Assert.Equal("□", fonts.FontOf("\uE123").Shown); // a private-use character without a glyph
        Assert.Equal("DejaVu Sans", fonts.FontOf("ж").Face.FamilyName);
        Assert.Equal("ж", fonts.FontOf("ж").Shown);
        Assert.Equal("a", fonts.FontOf("a\uE123").Shown);
    }
}
