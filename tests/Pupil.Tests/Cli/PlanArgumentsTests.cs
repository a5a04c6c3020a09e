using Pupil.Cli.Arguments;

namespace Pupil.Tests.Cli;

public sealed class PlanArgumentsTests
{
    [Theory]
    [InlineData("90s", 90)]
    [InlineData("10m", 600)]
    [InlineData("1.5m", 90)]
    [InlineData("2h", 7200)]
    [InlineData("1h30m", 5400)]
    [InlineData("1h1m1s", 3661)]
    public void A_time_has_units(string text, double seconds) => Assert.Equal(seconds, PlanArguments.Parse(text)!.Value.TotalSeconds, 9);

    [Theory]
    [InlineData("")]
    [InlineData("10")]
    [InlineData("9s")]
    [InlineData("1m1h")]
    [InlineData("-5m")]
    [InlineData("5 m")]
    [InlineData("1,5m")]
    [InlineData("9999h")]
    [InlineData("10m\n")]
    public void Another_text_is_no_time(string text) => Assert.Null(PlanArguments.Parse(text));
}
