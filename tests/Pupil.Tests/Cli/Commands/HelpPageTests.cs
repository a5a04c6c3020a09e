using System.CommandLine;
using System.Reflection;
using Pupil.Cli.Commands;
using Pupil.Cli.Commands.Data;

namespace Pupil.Tests.Cli.Commands;

/// <summary>Tests that the root's help fits on one screen, and that every command has its own.</summary>
public sealed class HelpPageTests
{
    private const int Lines = 24, Columns = 80;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    // Found by reflection, so that a command missing on the page fails the test. The help of 'pupil data' lists its own commands.
    private static IEnumerable<string> CommandNames =>
        from type in typeof(CommandList).Assembly.GetTypes()
        where type.Namespace == typeof(CommandList).Namespace || type == typeof(DataCommand)
        let create = type.GetMethod("Create", BindingFlags.Static | BindingFlags.Public, [])
        where create?.ReturnType == typeof(Command)
        select ((Command)create.Invoke(null, null)!).Name;

    [Theory]
    [InlineData("--help")]
    [InlineData("-h")]
    [InlineData("--help --nonsense")]
    public async Task It_fits_on_one_screen_and_names_every_command_once(string arguments)
    {
        var (code, output, errors) = await PupilProcess.Run(Stop, arguments.Split(' '));
        Assert.Equal((0, ""), (code, errors));
        string[] lines = output.TrimEnd('\n').Split('\n');
        Assert.InRange(lines.Length, 1, Lines);
        Assert.All(lines, line => Assert.InRange(line.TrimEnd('\r').Length, 0, Columns));
        string[] named = [.. lines.Where(line => line.StartsWith("  ", StringComparison.Ordinal))
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[0])];
        Assert.Equal(CommandNames.Order(StringComparer.Ordinal), named.Order(StringComparer.Ordinal));
        Assert.True(named.Length > 10);
    }

    [Fact]
    public void Every_entry_builds_the_command_that_it_names_with_an_example() => Assert.All(CommandList.All, entry =>
    {
        var command = entry.Create();
        Assert.Equal(entry.Name, command.Name);
        Assert.InRange(entry.Summary.Length, 1, ListedCommand.LongestSummary);
        Assert.True(command.Subcommands.Count > 0 || command.Description!.Contains($"pupil {entry.Name}", StringComparison.Ordinal),
            entry.Name);
    });

    [Fact]
    public async Task A_command_keeps_its_own_help()
    {
        var (code, output, errors) = await PupilProcess.Run(Stop, "measure", "--help");
        Assert.Equal((0, ""), (code, errors));
        Assert.Contains("--max-latency", output);
        Assert.Contains("pupil measure student.onnx", output);
        Assert.DoesNotContain("Exit codes:", output);
    }
}
