namespace Pupil.Tests;

public sealed class NumbersInTextTests
{
    [Theory]
    [InlineData("top-1 10.00 %, cross-entropy 411.4771", "top-1 10.00 %, cross-entropy 411.4770", true)]
    [InlineData("cross-entropy 411.4771", "cross-entropy 411.4768", false)]
    [InlineData("+0.33 ± 3.79", "+0.34 ± 3.79", true)]
    [InlineData("+0.33 ± 3.79", "0.33 ± 3.79", false)]
    [InlineData("+0.00 ± 3.79", "−0.00 ± 3.79", true)]
    [InlineData("9.99", "10.00", true)]
    [InlineData("1.23", "1.230", false)]
    [InlineData("11 seconds", "12 seconds", false)]
    [InlineData("1.5 of it", "1.5 of that", false)]
    public void Digits_may_differ_by_one_unit_of_the_last_and_words_may_not(string expected, string found, bool near)
    {
        Check(() => NumbersInText.AssertNear(expected, found));
        Check(() => NumbersInText.AssertContains(expected, $"before 7.1 {found} after"));

        void Check(Action compare)
        {
            if (near)
                compare();
            else
                Assert.Throws<Xunit.Sdk.TrueException>(compare);
        }
    }

    [Fact]
    public void A_number_is_found_after_its_words() =>
        Assert.Equal(-1234.5, NumbersInText.After("top-1: ", "top-5: 3, top-1: −1,234.5 %"));
}
