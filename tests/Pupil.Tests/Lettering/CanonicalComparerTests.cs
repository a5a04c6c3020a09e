using Pupil.Lettering;

namespace Pupil.Tests.Lettering;

public sealed class CanonicalComparerTests
{
    // By unicodedata.normalize('NFD', …) of Python 3.11.
    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("\u00e9", "e\u0301")]
    [InlineData("\u1ebf", "e\u0302\u0301")]
    [InlineData("\u1ec7", "e\u0323\u0302")]
    [InlineData("\u212b", "A\u030a")] // the sign of a unit is its letter
    [InlineData("\uac01", "\u1100\u1161\u11a8")]
    [InlineData("\uac00", "\u1100\u1161")]
    [InlineData("\u0958", "\u0915\u093c")]
    [InlineData("\u1ff7", "\u03c9\u0342\u0345")]
    [InlineData("\ufb01", "\ufb01")] // a ligature is another spelling, not the same letters
    [InlineData("\u00f6\u0332", "o\u0332\u0308")]
    [InlineData("q\u0307\u0323", "q\u0323\u0307")]
    [InlineData("\ufb2c", "\u05e9\u05bc\u05c1")]
    [InlineData("\u304c\u304e", "\u304b\u3099\u304d\u3099")]
    [InlineData("\u0301\u00e9", "\u0301e\u0301")]
    public void Texts_are_decomposed_as_Unicode_says(string text, string decomposed)
    {
        Assert.Equal(decomposed, CanonicalComparer.Decompose(text));
        Assert.True(CanonicalComparer.Instance.Equals(text, decomposed));
        Assert.Equal(CanonicalComparer.Instance.GetHashCode(text), CanonicalComparer.Instance.GetHashCode(decomposed));
    }

    [Theory]
    [InlineData("e", "\u00e9")]
    [InlineData("\u00e9", "\u00c9")]
    [InlineData("o\u0308\u0301", "o\u0301\u0308")] // marks of one class keep their order
    [InlineData("a", null)]
    public void Other_letters_are_not_equal(string one, string? other) => Assert.False(CanonicalComparer.Instance.Equals(one, other));
}
