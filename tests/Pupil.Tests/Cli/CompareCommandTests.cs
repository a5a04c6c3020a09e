using Pupil.Experiments.Runs;
using Pupil.Tests.Experiments.Comparisons;

namespace Pupil.Tests.Cli;

/// <summary>Tests of <c>pupil compare</c> as a process.</summary>
public sealed class CompareCommandTests : IDisposable
{
    private readonly TinyComparison _tiny = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("compare --rows kd", "--rows: there is no such option")]
    [InlineData("compare smoke --methods kd,dkdd", "found 'dkdd', expected the name of a method")]
    [InlineData("compare compare/smoke --methods kd", "--methods: compare/smoke has rows of its own")]
    [InlineData("compare compare/smoke smoke", "compare/smoke: is a comparison, which stands alone")]
    [InlineData("compare smoke --seeds 0,-1", "--seeds: found '0,-1', expected whole numbers")]
    [InlineData("compare smoke --only nothing",
        "--only: no cell matches 'nothing'; recipes: smoke; rows: alone, ctkd, kd; seeds: seed-0, seed-1, seed-2")]
    [InlineData("compare smoke --resume no/such/folder", "--resume: takes the comparison of the folder")]
    [InlineData("compare smoke --table no/such/folder", "--table: prints the table of the folder")]
    public Task User_errors_are_one_line_with_exit_code_2(string arguments, string part) =>
        PupilProcess.AssertRefuses(arguments, part, Stop);

    [Fact]
    public async Task A_plan_lists_the_cells_and_runs_nothing()
    {
        var (code, output, _) = await PupilProcess.Run(
            Stop, "compare", "smoke", "--methods", "kd", "--seeds", "7", "--only", "kd", "--plan", "--out", _tiny["nowhere"]);
        Assert.Equal(0, code);
        Assert.Contains("1 cells in", output);
        Assert.Contains("smoke/kd/seed-7", output);
        Assert.False(Directory.Exists(_tiny["nowhere"]));
    }

    [Fact]
    public async Task A_failed_cell_is_reported_after_the_table()
    {
        _tiny.Plan($$"""["kd", { "name": "broken", "set": ["method={\"name\":\"kd\"}", "expert.file={{_tiny["none.safetensors"]}}"] }]""",
            "[0]");
        var (code, output, errors) = await PupilProcess.Run(Stop, Arguments());
        Assert.Equal(2, code);
        Assert.Contains("Cells 1–3/3: tiny, alone, kd, broken, seed 0, in lock-step", output);
        Assert.Contains("epoch 1/1", output);
        Assert.Contains("Finished alone: student", output);
        Assert.Contains("Failed: tiny/broken/seed-0: " + _tiny["none.safetensors"], errors);
        Assert.Contains("2 of 3 cells are finished.", output);
        Assert.Contains("student alone", output);
        Assert.DoesNotContain("\u001b", output);

        // Printed from the records alone; the files are written again.
        File.Delete(_tiny.Folder.MarkdownFile);
        var before = _tiny.Times();
        var table = await PupilProcess.Run(Stop, "compare", "--table", _tiny.Folder.Path);
        Assert.Equal((0, ""), (table.ExitCode, table.Errors));
        Assert.EndsWith(table.Output, output); // the text that was printed at the end
        Assert.True(File.Exists(_tiny.Folder.MarkdownFile));
        Assert.Equal(before, _tiny.Times());
        Assert.Equal(table.Output, (await PupilProcess.Run(Stop, "info", _tiny.Folder.Path)).Output);
    }

    [Fact(Explicit = true)]
    public async Task Two_processes_share_the_work_even_after_one_was_killed()
    {
        var plan = _tiny.Plan(seeds: "[0, 1, 2]", set: "[\"training.epochs=2\"]", parts: "\"fixed\"");
        var first = _tiny.Cell(plan.Cells[0].Path);
        using (var killed = new PupilProcess(Arguments()))
        {
            await killed.WaitFor(() => first.IsFinished, Stop);
            await killed.Kill(Stop);
        }
        var finished = File.GetLastWriteTimeUtc(first.SummaryFile);
        using var one = new PupilProcess(Arguments());
        using var other = new PupilProcess(Arguments());
        await Task.WhenAll(one.Finish(Stop), other.Finish(Stop));
        Assert.Equal(finished, File.GetLastWriteTimeUtc(first.SummaryFile));
        Assert.All(plan.Cells, cell => Assert.True(_tiny.Cell(cell.Path).IsFinished));
        // No finished work was repeated: a cell has one session, apart from the one that ran when the process was killed.
        var sessions = plan.Cells.Select(cell => _tiny.Cell(cell.Path).ReadEnvironments().Count).ToList();
        Assert.InRange(sessions.Sum(), plan.Cells.Count, plan.Cells.Count + 1);
        Assert.InRange(new RunFolder(Assert.Single(Directory.GetDirectories(_tiny.Experts))).ReadEnvironments().Count, 1, 2);
        Assert.Contains("6 of 6 cells are finished.", File.ReadAllText(_tiny.Folder.MarkdownFile));
    }

    [Fact]
    public async Task Ctrl_C_stops_it_and_its_folder_resumes_it()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no SIGINT to send to a process.");
        var plan = _tiny.Plan("[\"supervised\"]", "[0]", "[\"training.epochs=300\"]");
        var run = _tiny.Cell(plan.Cells[0].Path);
        using var process = new PupilProcess(Arguments());
        await process.WaitFor(() => File.Exists(run.CheckpointFile), Stop);
        process.Interrupt();
        var (code, output, _) = await process.End(Stop);
        Assert.Equal(130, code);
        Assert.Contains("pupil compare --resume", output);
        Assert.DoesNotContain("pupil distill", output);
        Assert.InRange(run.ReadEpochs().Count, 1, 299);
        var plans = await PupilProcess.Run(Stop, "compare", "--resume", _tiny.Folder.Path, "--plan");
        Assert.Contains("of 300 epochs", plans.Output);
    }

    public void Dispose() => _tiny.Dispose();

    private string[] Arguments() => ["compare", _tiny.File, "--out", _tiny.Folder.Path, "--experts", _tiny.Experts, "--threads", "1"];
}
