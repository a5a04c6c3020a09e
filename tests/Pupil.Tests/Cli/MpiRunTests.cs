using System.Diagnostics;
using Pupil.Experiments.Runs;
using Pupil.Tests.Cli.Cluster;

namespace Pupil.Tests.Cli;

/// <summary>The tool started several times by <c>mpirun</c>; skipped where Open MPI is missing.</summary>
public sealed class MpiRunTests
{
    private static readonly string[] Recipe =
    [
        "distill", "smoke", .. Set("data.source.train=600", "data.source.test=200", "data.heldOut=100", "expert.network=wrn-10-1",
            "expert.training.epochs=2", "method.scratchTeacher=wrn-10-1", "training.testEvery=1"),
    ];

    private static readonly Lazy<bool> HasOpenMpi = new(() => Environment.GetEnvironmentVariable("PATH")!.Split(':')
        .Any(folder => File.Exists(Path.Combine(folder, "mpirun"))));

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Processes_compute_the_training_of_one()
    {
        RequireOpenMpi();
        using var folder = new TemporaryFolder();
        using (var alone = new PupilProcess([.. Recipe, "-o", folder["one"], "--experts", folder["experts"], "--threads", "1"]))
            await alone.Finish(Stop);
        using var process = Start(2, [.. Recipe, "-o", folder["two"], "--experts", folder["other-experts"]]);
        var (code, output, errors) = await process.End(Stop);
        Assert.True(code == 0, output + errors);

        // Only one process writes and prints, and the expert is trained once.
        Assert.Single(Lines(output, "Run folder:"));
        Assert.Single(Directory.GetDirectories(folder["other-experts"]));
        var (one, two) = (new RunFolder(folder["one"]), new RunFolder(folder["two"]));
        var environment = two.ReadEnvironments()[0];
        Assert.Equal(2, environment.Processes);
        Assert.StartsWith("Open MPI", environment.Mpi);
        // A few steps of a high rate enlarge differences of rounding; other tests compare step by step.
        foreach (var (name, value) in one.ReadEpochs()[0].Terms)
            Assert.Equal(value, two.ReadEpochs()[0].Terms[name], 0.3 * (1 + value));
        Assert.Equal(one.ReadEpochs().Count, two.ReadEpochs().Count);
        Assert.Equal(one.ReadSummary()!.Images, two.ReadSummary()!.Images);
        Assert.All(two.ReadSummary()!.Networks, network => Assert.Equal(200, network.Last.Test.Images));
    }

    [Fact(Explicit = true)]
    public async Task A_killed_process_ends_the_others_and_the_run_is_resumed_by_another_number()
    {
        RequireOpenMpi();
        using var folder = new TemporaryFolder();
        using (var process = Start(2, [.. Long, "-o", folder["run"], "--experts", folder["experts"]]))
        {
            var run = new RunFolder(folder["run"]);
            await process.WaitFor(() => File.Exists(run.CheckpointFile), Stop);
            var watch = Stopwatch.StartNew();
            int victim = ProcessesOf(process).Max();
            Process.GetProcessById(victim).Kill();
            var (code, output, errors) = await process.End(Stop);
            Assert.NotEqual(0, code);
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(30), $"the others ended after {watch.Elapsed}");
            Assert.Matches("process rank [01] with PID", errors);
            Assert.False(run.IsFinished);
        }
        using var resumed = Start(3, ["distill", "--resume", folder["run"]]);
        await resumed.Finish(Stop);
        Assert.True(new RunFolder(folder["run"]).IsFinished);
    }

    [Fact(Explicit = true)]
    public async Task A_signal_to_the_processes_writes_one_checkpoint_in_the_middle_of_an_epoch()
    {
        RequireOpenMpi();
        using var folder = new TemporaryFolder();
        var run = new RunFolder(folder["run"]);
        using (var process = Start(2, [.. Long, "-o", folder["run"], "--experts", folder["experts"]]))
        {
            await process.WaitFor(() => File.Exists(run.CheckpointFile), Stop);
            // Slurm signals all processes of a job; here, one of them alone is enough.
            Process.Start("kill", ["-TERM", $"{ProcessesOf(process).Max()}"]).WaitForExit();
            var (code, output, errors) = await process.End(Stop);
            Assert.True(code == 130, $"exit code {code}: {output}{errors}");
            Assert.Single(Lines(output, "Stopped"));
        }
        Assert.False(run.IsFinished);
        using var resumed = new PupilProcess("distill", "--resume", folder["run"]);
        await resumed.Finish(Stop);
        Assert.True(run.IsFinished);
    }

    [Fact(Explicit = true)]
    public async Task A_killed_task_of_srun_ends_the_others()
    {
        RequireOpenMpi();
        Slurm.RequirePmix();
        using var folder = new TemporaryFolder();
        var run = new RunFolder(folder["run"]);
        string[] launcher = ["srun", "--mpi=pmix", "--ntasks=2", "--kill-on-bad-exit=1"];
        using var process = new PupilProcess([.. Long, "-o", folder["run"], "--experts", folder["experts"]], [], "", launcher);
        await process.WaitFor(() => File.Exists(run.CheckpointFile), Stop);
        var watch = Stopwatch.StartNew();
        // Slurm's servers start the tasks, not srun.
        int victim = Process.GetProcesses().Select(one => one.Id)
            .Last(id => CommandOf(id) is var command && command.Contains(folder["run"]) && !command.Contains("srun"));
        Process.GetProcessById(victim).Kill();
        var (code, output, errors) = await process.End(Stop);
        Assert.NotEqual(0, code);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(30), $"the others ended after {watch.Elapsed}");
        Assert.Matches("task [01]", errors);
        Assert.False(run.IsFinished);
    }

    [Fact]
    public async Task A_process_with_another_recipe_is_refused_before_the_first_step()
    {
        RequireOpenMpi();
        using var folder = new TemporaryFolder();
        string host = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
        string[] common = ["-o", folder["run"], "--experts", folder["experts"]];
        string[] other = [":", "-np", "1", host, PupilProcess.Tool, .. Recipe, .. Set("method.gamma=0.5"), .. common];
        using var process = Start(1, [.. Recipe, .. common, .. other]);
        var (code, output, errors) = await process.End(Stop);
        Assert.Equal(2, code);
        Assert.Contains("recipe: process 1 has another one", errors);
        Assert.False(new RunFolder(folder["run"]).Exists);
    }

    [Fact]
    public async Task What_a_single_process_refuses_is_refused()
    {
        RequireOpenMpi();
        using var process = Start(2, ["distill", "/nowhere.jsonc"]);
        var (code, output, errors) = await process.End(Stop);
        Assert.Equal(2, code);
        Assert.Contains("/nowhere.jsonc", errors);
    }

    [Fact]
    public async Task A_missing_library_is_named()
    {
        RequireOpenMpi();
        using var folder = new TemporaryFolder();
        using var process = Start(2, [.. Recipe, "-o", folder["run"]], new() { ["PUPIL_MPI"] = "/nowhere/libmpi.so" });
        var (code, output, errors) = await process.End(Stop);
        Assert.Equal(2, code);
        Assert.Contains("/nowhere/libmpi.so", errors);
    }

    private static string[] Long => [.. Recipe, .. Set("training.epochs=8")];

    private static IEnumerable<string> Set(params string[] values) => values.SelectMany(value => new[] { "--set", value });

    private static void RequireOpenMpi() =>
        Assert.SkipUnless(HasOpenMpi.Value, "Open MPI is missing: install Debian's package openmpi-bin.");

    private static PupilProcess Start(int processes, string[] arguments, Dictionary<string, string>? environment = null) => new(
        arguments, environment ?? [], "", ["mpirun", "--allow-run-as-root", "--oversubscribe", "-np", $"{processes}"]);

    private static IEnumerable<string> Lines(string output, string part) => output.Split('\n').Where(line => line.Contains(part));

    // The tool's processes among the launcher's descendants.
    private static List<int> ProcessesOf(PupilProcess launcher)
    {
        var parents = Directory.EnumerateDirectories("/proc").Select(Path.GetFileName)
            .Where(name => int.TryParse(name, out _)).Select(name => int.Parse(name!))
            .Select(id => (Id: id, Parent: ParentOf(id))).ToLookup(entry => entry.Parent, entry => entry.Id);
        var found = new List<int>();
        var open = new Stack<int>([launcher.Id]);
        while (open.TryPop(out int id))
        {
            foreach (int child in parents[id])
                open.Push(child);
            if (CommandOf(id).Contains("Pupil.Cli.dll") && !CommandOf(id).Contains("mpirun"))
                found.Add(id);
        }
        return found;
    }

    private static int ParentOf(int id)
    {
        try
        {
            string status = File.ReadAllText($"/proc/{id}/stat");
            return int.Parse(status[(status.LastIndexOf(')') + 2)..].Split(' ')[1]);
        }
        catch (IOException)
        {
            return 0;
        }
    }

    private static string CommandOf(int id)
    {
        try
        {
            return File.ReadAllText($"/proc/{id}/cmdline").Replace('\0', ' ');
        }
        catch (IOException)
        {
            return "";
        }
    }
}
