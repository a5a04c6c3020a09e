using System.Diagnostics;
using Pupil.Experiments.Comparisons;

namespace Pupil.Tests.Cli.Cluster;

/// <summary>Comparisons whose cells several processes share: those of this machine, and tasks of a real Slurm.</summary>
public sealed class SharedComparisonTests
{
    private static readonly string[] Comparison =
    [
        "compare", "smoke", "--methods", "kd", "--seeds", "0,1,2", "--together", "1",
        .. new[]
        {
            "data.source.train=300", "data.source.test=100", "data.heldOut=50", "expert.network=wrn-10-1", "expert.training.epochs=1",
            "training.epochs=2",
        }.SelectMany(value => new[] { "--set", value }),
    ];

    private static string? FakeClock => !Directory.Exists("/usr/lib") ? null
        : Directory.EnumerateDirectories("/usr/lib").Select(folder => Path.Combine(folder, "faketime"))
            .Select(folder => Path.Combine(folder, "libfaketimeMT.so.1")).FirstOrDefault(File.Exists);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Local_processes_share_the_cells()
    {
        using var folder = new TemporaryFolder();
        var (code, output, errors) = await PupilProcess.Run(
            [.. Comparison, "--out", folder["mine"], "--experts", folder["experts"], "--jobs", "local:2", "--threads", "1"], [], Stop);
        Assert.True(code == 0, output + errors);
        AssertFinished(folder["mine"]);
        Assert.Equal(2, Directory.GetFiles(Path.Combine(folder["mine"], "jobs"), "local-*.out").Length);
        Assert.Contains("6 of 6 cells are finished", output);
    }

    // The signal reaches the process that the user started, and not those that it has started.
    [Fact(Explicit = true)]
    public async Task A_stop_ends_the_local_processes_with_checkpoints()
    {
        using var folder = new TemporaryFolder();
        string[] local = ["--jobs", "local:2", "--threads", "1", "--quiet"];
        using (var process = new PupilProcess(
            [.. Comparison, "--set", "training.epochs=200", "--out", folder["mine"], "--experts", folder["experts"], .. local]))
        {
            await process.WaitFor(() => Directory.Exists(folder["mine"])
                && Directory.GetFiles(folder["mine"], "checkpoint.safetensors", SearchOption.AllDirectories).Length > 0, Stop);
            process.Interrupt();
            var (code, output, errors) = await process.End(Stop);
            Assert.True(code == 130, $"exit code {code}: {output}{errors}");
            // Nothing but the folder.
            Assert.EndsWith("mine", Assert.Single(output.Split('\n', StringSplitOptions.RemoveEmptyEntries)));
        }
        string logs = string.Concat(Directory.GetFiles(folder["mine/jobs"], "*.out").Select(File.ReadAllText));
        Assert.Contains("Stopped; everything is kept.", logs);
        var comparison = new ComparisonFolder(folder["mine"]);
        Assert.All(comparison.ReadPlan().Cells, cell => Assert.False(comparison.FolderOf(cell).IsFinished, cell.Path));
    }

    // On a network's file system, where the lock of a file may not reach other machines.
    [Fact(Explicit = true)]
    public async Task Another_process_takes_over_the_cells_of_a_killed_one()
    {
        using var folder = new TemporaryFolder();
        var claims = new Dictionary<string, string> { ["PUPIL_CLAIMS"] = "always" };
        string[] arguments = [.. Comparison, "--out", folder["mine"], "--experts", folder["experts"], "--threads", "1"];
        using (var first = new PupilProcess(arguments, claims))
        {
            await first.WaitFor(() => Directory.Exists(folder["mine"])
                && Directory.GetFiles(folder["mine"], "checkpoint.safetensors", SearchOption.AllDirectories).Length > 0, Stop);
            await first.Kill(Stop);
        }
        Assert.NotEmpty(Directory.GetFiles(folder["mine"], ".claim-*", SearchOption.AllDirectories));
        using var second = new PupilProcess(arguments, claims);
        await second.Finish(Stop);
        AssertFinished(folder["mine"]);
        Assert.Empty(Directory.GetFiles(folder["mine"], ".claim-*", SearchOption.AllDirectories));
    }

    // As on machines of a network whose clocks differ by minutes: each cell is trained once, by one of them.
    [Fact(Explicit = true)]
    public async Task Processes_with_clocks_that_differ_share_the_cells()
    {
        Assert.SkipUnless(FakeClock is not null, "libfaketime is missing: install Debian's package faketime.");
        using var folder = new TemporaryFolder();
        string[] arguments = [.. Comparison, "--out", folder["mine"], "--experts", folder["experts"], "--threads", "1"];
        PupilProcess[] processes = [.. new[] { "+300s", "-300s", "+0s" }.Select(shift => new PupilProcess(arguments, new()
        {
            ["PUPIL_CLAIMS"] = "always",
            ["LD_PRELOAD"] = FakeClock!,
            ["FAKETIME"] = shift,
            ["FAKETIME_DONT_FAKE_MONOTONIC"] = "1",
            ["NO_FAKE_STAT"] = "1",
        }))];
        try
        {
            foreach (var process in processes)
                await process.Finish(Stop);
        }
        finally
        {
            foreach (var process in processes)
                process.Dispose();
        }
        AssertFinished(folder["mine"]);
        var comparison = new ComparisonFolder(folder["mine"]);
        var starts = comparison.ReadPlan().Cells.ToDictionary(cell => cell.Path, cell => comparison.FolderOf(cell).ReadEnvironments());
        Assert.All(starts, cell => Assert.Single(cell.Value));
        // At least two of the clocks made a cell.
        Assert.True(starts.Values.Max(cell => cell[0].Started) - starts.Values.Min(cell => cell[0].Started) > TimeSpan.FromMinutes(4));
    }

    [Theory]
    [InlineData("--partition all", "found without --slurm")]
    [InlineData("--jobs two", "expected local:N")]
    [InlineData("--jobs local:2 --slurm", "expected one of them")]
    public Task Wrong_options_are_refused(string options, string message)
    {
        using var folder = new TemporaryFolder();
        return PupilProcess.AssertRefuses($"compare smoke --out {folder["mine"]} {options}", message, Stop);
    }

    [Fact(Explicit = true)]
    public async Task Slurm_runs_a_comparison_and_a_task_at_its_time_limit_goes_on()
    {
        Slurm.Require();
        using var folder = new TemporaryFolder();
        var (code, output, errors) = await PupilProcess.Run(
            [.. Comparison, "--out", folder["mine"], "--experts", folder["experts"], "--slurm", "--array-limit", "2", "--threads", "1"], [],
            Stop);
        Assert.True(code == 0, output + errors);
        string[] jobs = Slurm.JobsIn(output);
        // A signal as before a time limit: the task writes checkpoints and is requeued.
        await Until(() => Directory.GetFiles(folder["mine"], "checkpoint.safetensors", SearchOption.AllDirectories).Length > 0);
        Slurm.Run("scancel", "--batch", "--signal=USR1", jobs[0]);
        var plan = new ComparisonFolder(folder["mine"]).ReadPlan();
        await Until(() => plan.Cells.All(cell => new ComparisonFolder(folder["mine"]).FolderOf(cell).IsFinished));
        await Until(() => Slurm.HaveEnded(jobs));
        AssertFinished(folder["mine"]);
        string logs = string.Concat(Directory.GetFiles(Path.Combine(folder["mine"], "slurm"), "*.out").Select(File.ReadAllText));
        Assert.Contains("it goes on in a requeued task", logs);
    }

    [Fact(Explicit = true)]
    public async Task A_cancelled_comparison_on_Slurm_goes_on_by_another_submission()
    {
        Slurm.Require();
        using var folder = new TemporaryFolder();
        string[] slurm = ["--slurm", "--threads", "1"];
        var (code, output, errors) = await PupilProcess.Run(
            [.. Comparison, "--set", "training.epochs=20", "--out", folder["mine"], "--experts", folder["experts"], .. slurm], [], Stop);
        Assert.True(code == 0, output + errors);
        await Until(() => Directory.GetFiles(folder["mine"], "checkpoint.safetensors", SearchOption.AllDirectories).Length > 0);
        string[] jobs = Slurm.JobsIn(output);
        Slurm.Run("scancel", jobs);
        await Until(() => Slurm.HaveEnded(jobs));
        var comparison = new ComparisonFolder(folder["mine"]);
        Assert.Contains(comparison.ReadPlan().Cells, cell => !comparison.FolderOf(cell).IsFinished);
        (code, output, errors) = await PupilProcess.Run(["compare", "--resume", folder["mine"], .. slurm], [], Stop);
        Assert.True(code == 0, output + errors);
        await Until(() => Slurm.HaveEnded(Slurm.JobsIn(output)));
        AssertFinished(folder["mine"]);
    }

    private static void AssertFinished(string place)
    {
        var folder = new ComparisonFolder(place);
        Assert.All(folder.ReadPlan().Cells, cell => Assert.True(folder.FolderOf(cell).IsFinished, cell.Path));
        Assert.True(File.Exists(folder.MarkdownFile));
    }

    private static async Task Until(Func<bool> condition)
    {
        var watch = Stopwatch.StartNew();
        while (!condition())
        {
            Assert.True(watch.Elapsed < TimeSpan.FromMinutes(5), "it did not happen in five minutes");
            await Task.Delay(500, Stop);
        }
    }
}
