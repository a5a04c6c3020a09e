using Pupil.Settings;

namespace Pupil.Tests.Settings;

public sealed class SettingsDifferenceTests
{
    private static readonly SampleRecipe Sample = new() { Data = "cifar10" };

    private static readonly Dictionary<string, (SampleRecipe Other, string Path, string Found, string Expected)> Differences = new()
    {
        ["a text"] = (Sample with { Data = "svhn" }, "data", "\"cifar10\"", "\"svhn\""),
        ["null"] = (Sample with { Notes = "none" }, "notes", "null", "\"none\""),
        ["a number within"] = (Sample with { Training = new() { Epochs = 3 } }, "training.epochs", "30", "3"),
        ["another kind"] = (Sample with { Method = new SampleHinton() }, "method.name", "\"collaborative-teaching\"", "\"hinton\""),
        ["an item"] = (Sample with { Students = [new(), new()] }, "students[1].taught", "false", "true"),
        ["fewer items"] = (Sample with { Training = new() { Milestones = [1] } }, "training.milestones", "[ 10, 20 ]", "[ 1 ]"),
        ["the first of two"] = (Sample with { Notes = "x", Data = "y" }, "data", "\"cifar10\"", "\"y\""),
    };

    public static TheoryData<string> What => [.. Differences.Keys];

    [Theory]
    [MemberData(nameof(What))]
    public void The_first_one_is_returned_with_its_path(string what)
    {
        var (other, path, found, expected) = Differences[what];
        var difference = SettingsDifference.First(Sample, other)!.Value;
        Assert.Equal((path, found, expected), (difference.Path, Bare(difference.Found), Bare(difference.Expected)));
    }

    [Fact]
    public void Equal_settings_have_none() =>
        Assert.Null(SettingsDifference.First(Sample, Sample with { Students = [new(), new() { Taught = false }] }));

    private static string Bare(string text) => string.Join(' ', text.Split(' ', StringSplitOptions.RemoveEmptyEntries));
}
