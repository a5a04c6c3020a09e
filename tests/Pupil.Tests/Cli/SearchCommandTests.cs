namespace Pupil.Tests.Cli;

/// <summary><c>pupil search</c> as a process of its own, and what is said of its runs.</summary>
public sealed class SearchCommandTests
{
    [Fact]
    public async Task What_is_measured_is_called_held_out_everywhere()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["tiny.jsonc"], """
            { "data": { "source": { "name": "shapes", "size": 16, "train": 80, "test": 20 }, "heldOut": 20 },
              "method": { "name": "supervised" }, "students": [{ "name": "student", "network": "wrn-10-1" }],
              "training": { "epochs": 1, "batchSize": 32 } }
            """);
        File.WriteAllText(folder["search.jsonc"], """
            { "name": "rates", "recipes": ["tiny.jsonc"], "rows": [{ "name": "alone" }],
              "try": ["training.optimizer.learningRate=0.05,0.1"] }
            """);
        var stop = TestContext.Current.CancellationToken;
        string search = folder["search"];
        var (code, output, _) = await PupilProcess.Run(
            ["search", folder["search.jsonc"], "--out", search, "--experts", folder["experts"]], [], stop);
        Assert.Equal(0, code);
        Assert.Contains("test images left alone", output);
        Assert.Contains("of the held-out images right", output);

        string[] runs =
            [.. Directory.GetFiles(search, "run.json", SearchOption.AllDirectories).Select(file => Path.GetDirectoryName(file)!)];
        Assert.Equal(2, runs.Length);
        (_, output, _) = await PupilProcess.Run(["info", runs[0]], [], stop);
        Assert.Contains("held-out, last epoch", output);
        Assert.Contains("of 20 held-out images)", output);
        Assert.DoesNotContain("test", output.Replace(search, "", StringComparison.Ordinal));
        (_, output, _) = await PupilProcess.Run(["info", .. runs], [], stop);
        Assert.Contains("| held-out, last epoch |", output);
    }
}
