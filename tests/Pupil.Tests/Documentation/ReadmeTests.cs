namespace Pupil.Tests.Documentation;

/// <summary>Tests that README is one short page that starts with the commands for a new user.</summary>
public sealed class ReadmeTests
{
    private const int MostWords = 900, LongestLine = 120, FirstScreen = 30;

    private static readonly string[] Commands =
        ["    dotnet run -c Release --project src/Pupil.Cli -- distill", "    dotnet test -c Release"];

    private static string[] Lines()
    {
        Assert.SkipWhen(RealData.RepositoryFolder is null, "README is not here.");
        return File.ReadAllLines(Path.Combine(RealData.RepositoryFolder!, "README.md"));
    }

    [Fact]
    public void It_is_short()
    {
        string[] lines = Lines();
        Assert.InRange(lines.Sum(line => line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries).Length), 1, MostWords);
        Assert.All(lines, line => Assert.InRange(line.EnumerateRunes().Count(), 0, LongestLine));
    }

    [Fact]
    public void Both_commands_are_on_the_first_screen() =>
        Assert.Equal(Commands, Lines().Take(FirstScreen).Intersect(Commands));

    [Fact]
    public void It_has_one_picture() => Assert.Single(Lines(), line => line.Contains("![", StringComparison.Ordinal));
}
