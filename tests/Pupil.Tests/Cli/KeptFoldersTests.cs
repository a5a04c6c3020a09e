using Pupil.Experiments.Runs;

namespace Pupil.Tests.Cli;

/// <summary>Folders that earlier versions wrote still open: a finished run, a stopped one, a student file and a comparison.</summary>
/// <remarks>
/// <c>KeptFolders/v0.1</c> was written by commit 56c8583, before the house was rebuilt. Students, checkpoints and exhibits that no test
/// needs are left out because of their size.
/// </remarks>
public sealed class KeptFoldersTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("v0.1")]
    public async Task A_finished_run_is_reported_without_a_problem(string version)
    {
        string run = Copy(version, "run");
        await Run("report", run, "--charts", _folder["charts"]);
        string page = File.ReadAllText(Path.Combine(run, "report.html"));
        Assert.DoesNotContain("<section id=\"problems\"", page);
        foreach (string section in new[] { "curves", "mistakes", "attention", "path" })
            Assert.Contains($"<section id=\"{section}\"", page);
        Assert.NotEmpty(Directory.GetFiles(_folder["charts"], "*.svg"));
    }

    [Theory]
    [InlineData("v0.1")]
    public async Task A_student_file_gives_the_recorded_accuracy(string version)
    {
        string run = Copy(version, "run");
        string output = await Run("evaluate", Path.Combine(run, "students", "student.safetensors"), "--threads", "1");
        var recorded = new RunFolder(run).ReadSummary()!.Networks.First(network => network.Network.Name == "student").Best!.Test;
        double measured = NumbersInText.After("top-1", output);
        // Processors round differently, which may turn one image of a network near chance.
        Assert.InRange(measured - 100 * recorded.Top1, -100.1 / recorded.Images, 100.1 / recorded.Images);
    }

    [Theory]
    [InlineData("v0.1")]
    public async Task A_stopped_run_is_resumed_to_its_end(string version)
    {
        string run = Copy(version, "stopped");
        string[] first = [.. File.ReadLines(Path.Combine(run, "epochs.jsonl"))];
        await Run("train", "--resume", run);
        string[] all = [.. File.ReadLines(Path.Combine(run, "epochs.jsonl"))];
        Assert.Equal(first, all[..first.Length]);
        Assert.Equal(new RunFolder(run).ReadRecipe().Training.Epochs, all.Length);
        Assert.NotNull(new RunFolder(run).ReadSummary());
    }

    [Theory]
    [InlineData("v0.1")]
    public async Task A_comparison_is_shown_and_has_nothing_left_to_do(string version)
    {
        string comparison = Copy(version, "comparison");
        string cells = File.ReadAllText(Path.Combine(comparison, "cells.csv"));
        Assert.Contains("student alone", await Run("compare", "--table", comparison));
        Assert.Contains("student alone", await Run("compare", "--resume", comparison));
        Assert.Equal(cells, File.ReadAllText(Path.Combine(comparison, "cells.csv")));
        Assert.Empty(Directory.GetFiles(comparison, "checkpoint.safetensors", SearchOption.AllDirectories));
    }

    private static async Task<string> Run(params string[] arguments)
    {
        var (code, output, errors) = await PupilProcess.Run(arguments, [], Stop);
        Assert.True(code == 0, errors);
        return output;
    }

    private string Copy(string version, string name)
    {
        Assert.SkipWhen(RealData.RepositoryFolder is null, "The kept folders are not here.");
        string kept = Path.Combine(RealData.RepositoryFolder!, "tests", "Pupil.Tests", "Cli", "KeptFolders", version, name);
        foreach (string file in Directory.GetFiles(kept, "*", SearchOption.AllDirectories))
        {
            string copy = Path.Combine(_folder[name], Path.GetRelativePath(kept, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
        return _folder[name];
    }
}
