using System.Diagnostics;
using Pupil.Cli.Display;
using Spectre.Console;

namespace Pupil.Tests.Cli;

/// <summary>Tests that no name from a file controls the terminal or forges a line.</summary>
public sealed class TerminalTextTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("plain é 猫 👩‍🚀", "plain é 猫 👩‍🚀")]
    [InlineData("a\u001b[31mb", "a\\u001b[31mb")]
    [InlineData("a\r\nb\tc", "a\\u000d\\u000ab\\u0009c")]
    [InlineData("a\u202eb\u2066c\u2028d\u0085e\u009bf\u007f", "a\\u202eb\\u2066c\\u2028d\\u0085e\\u009bf\\u007f")]
    public void Controls_are_escaped(string text, string expected) => Assert.Equal(expected, TerminalText.Escape(text));

    [Fact]
    public void Lines_stay_where_they_are_the_program_s_own() =>
        Assert.Equal("a\n\tb\\u000d\\u001b", TerminalText.Escape("a\n\tb\r\u001b", keepsLines: true));

    [Fact]
    public void Tables_are_escaped_and_keep_their_colours()
    {
        var written = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.Yes,
            ColorSystem = ColorSystemSupport.Standard,
            Out = new AnsiConsoleOutput(written),
        });
        console.Pipeline.Attach(new TerminalText.Hook());
        var table = new Table().AddColumn("class");
        table.AddRow(new Text("cat\u001b]0;taken\u0007", new Style(Color.Red)));
        console.Write(table);
        console.MarkupLineInterpolated($"[green]{"dog\u001b[2J"}[/]");
        string text = written.ToString();
        Assert.Contains("cat\\u001b]0;taken\\u0007", text);
        Assert.Contains("dog\\u001b[2J", text);
        Assert.Contains("\u001b[91m", text);
        Assert.DoesNotContain("\u001b]0;", text);
        Assert.DoesNotContain("\u001b[2J", text);
    }

    [Fact]
    public async Task Names_of_pictures_and_folders_forge_no_line()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows allows no control characters in names.");
        using var folder = new TemporaryFolder();
        foreach (string name in new[] { "cat\u001b[2J", "dog\ncat.png  cat 99.00 %" })
        {
            Directory.CreateDirectory(folder[$"set/{name}"]);
            for (int i = 0; i < 5; i++)
                File.WriteAllBytes(folder[$"set/{name}/{i}.png"], Inference.PictureClassifierTests.Picture(16, 16 + i));
        }
        var (code, output, errors) = await PupilProcess.Run(
            ["data", "info", folder["set"]], new() { ["PUPIL_CACHE"] = folder["cache"] }, Stop);
        Assert.Equal(0, code);
        Assert.DoesNotContain('\u001b', output + errors);
        Assert.DoesNotContain(output.Split('\n'), line => line.StartsWith("cat.png", StringComparison.Ordinal));
        Assert.Contains("\\u001b[2J", output);

        (code, output, errors) = await PupilProcess.Run(Stop, "predict", folder["no\nsuch\u001b.onnx"], "a.png");
        Assert.Equal(2, code);
        Assert.DoesNotContain('\u001b', output + errors);
    }

    [Theory]
    [InlineData("data", "info")]
    [InlineData("data", "preview")]
    public async Task Folders_whose_names_are_not_UTF_8_are_read_or_refused(params string[] command)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Elsewhere all names are Unicode.");
        using var folder = new TemporaryFolder();
        foreach (string name in new[] { "cat", "caf\\351" })
        {
            string place = $"$(printf '{folder["set"]}/{name}')";
            string made = $"mkdir -p \"{place}\"; cp '{folder["a.png"]}' \"{place}/a.png\"";
            File.WriteAllBytes(folder["a.png"], Inference.PictureClassifierTests.Picture(16, 16));
            using var shell = Process.Start(new ProcessStartInfo("sh", ["-c", made]))!;
            await shell.WaitForExitAsync(Stop);
            Assert.Equal(0, shell.ExitCode);
        }
        var (code, _, errors) = await PupilProcess.Run(
            [.. command, folder["set"]], new() { ["PUPIL_CACHE"] = folder["cache"] }, Stop);
        // .NET itself cannot remove such a folder.
        using (var removal = Process.Start("rm", ["-r", folder["set"]]))
            await removal.WaitForExitAsync(Stop);
        Assert.Equal(2, code);
        Assert.Contains("the name of a folder is not UTF-8", errors);
    }
}
