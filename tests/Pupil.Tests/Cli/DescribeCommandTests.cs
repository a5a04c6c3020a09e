namespace Pupil.Tests.Cli;

/// <summary><c>pupil describe</c>, as a process of its own.</summary>
public sealed class DescribeCommandTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_recipe_is_described_and_drawn_without_its_data()
    {
        using var folder = new TemporaryFolder();
        string svg = folder["paper.svg"];
        var (code, output, errors) = await PupilProcess.Run(["describe", "cifar100/paper", "--svg", svg], [], Stop);
        Assert.Equal((0, ""), (code, errors));
        Assert.Contains("100 classes", output);
        Assert.Contains("stage1 ← expert stage1", output);
        Assert.Contains("stops at scratch-teacher", output);
        Assert.StartsWith("<svg", await File.ReadAllTextAsync(svg, Stop));
    }

    [Theory]
    [InlineData("no such network", "wrn-17-1")]
    [InlineData("go with a recipe", "wrn-16-1", "--set", "method=kd")]
    [InlineData("there is no such file", "students/student.safetensors")]
    [InlineData("found no such file", "my.jsonc")]
    [InlineData("no-pictures", "pictures/quick", "--data", "no-pictures")]
    [InlineData("its folder does not exist", "wrn-16-1", "--svg", "no/such/folder.svg")]
    public async Task Wrong_arguments_are_refused(string said, params string[] arguments)
    {
        var (code, _, errors) = await PupilProcess.Run(["describe", .. arguments], [], Stop);
        Assert.Equal(2, code);
        Assert.Contains(said, errors);
    }
}
