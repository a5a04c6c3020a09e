using Pupil.Lettering;
using SkiaSharp;

namespace Pupil.Tests.Lettering;

public sealed class LetteringTests
{
    private static readonly TextStyle Style = new(new SheetFonts(), 13, SKColors.Black);

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
    public void Lines_are_brought_into_the_order_of_places(string read, string placed) =>
        Assert.Equal(placed, string.Concat(WritingOrder.FromLeft(WrittenText.Characters(read))));

    [Theory]
    [InlineData("\u0643\u0644\u0628", "\uFEDB\uFEE0\uFE90")] // kaf, lam, beh: initial, medial, final
    [InlineData("\u0628", "\uFE8F")]
    [InlineData("\u062F\u0628", "\uFEA9\uFE8F")] // dal does not reach out to the next
    [InlineData("\u0628\u062F", "\uFE91\uFEAA")]
    [InlineData("\u0644\u0627", "\uFEFB")] // lam and alef melt
    [InlineData("\u0628\u0644\u0627", "\uFE91\uFEFC")]
    [InlineData("\u0628\u064E\u0628", "\uFE91\u064E\uFE90")] // a vowel mark does not part letters
    [InlineData("\u0628 \u0628", "\uFE8F \uFE8F")]
    [InlineData("\u067E\u0627", "\uFB58\uFE8E")]
    [InlineData("abc", "abc")]
    public void Arabic_letters_are_joined(string stored, string joined) =>
        Assert.Equal(joined, string.Concat(ArabicJoining.Join(WrittenText.Characters(stored))));

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
        Assert.Equal(["a", "…"], Style.Break("ab", 1, 2)); // narrower than any letter: still an end
        Assert.Empty(Style.Break("", 100, 2));
    }

    [Fact]
    public void What_no_font_has_is_shown_as_a_square()
    {
        var fonts = new SheetFonts();
        Assert.Equal("□", fonts.For("\uE123").Shown); // for private use: nothing there
        Assert.Equal("DejaVu Sans", fonts.For("ж").Face.FamilyName);
        Assert.Equal("ж", fonts.For("ж").Shown);
        Assert.Equal("a", fonts.For("a\uE123").Shown);
    }
}
