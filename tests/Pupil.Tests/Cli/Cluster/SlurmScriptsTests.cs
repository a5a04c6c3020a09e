using System.Diagnostics;
using Pupil.Cli.Cluster;

namespace Pupil.Tests.Cli.Cluster;

public sealed class SlurmScriptsTests
{
    private static readonly SlurmOptions Options = new("gpu", "4:00:00", 3, 8, ["--mem=16G"]);

    [Fact]
    public void The_array_has_the_options_and_one_command()
    {
        string script = Scripts("/shared/it's mine").Tasks(5, ["--only", "*/kd/*", "--threads", "8"]);
        string[] lines = script.Split('\n');
        Assert.Equal("#!/bin/bash", lines[0]);
        foreach (string option in new[]
            {
                "--array=1-5%3", "--partition=gpu", "--time=4:00:00", "--cpus-per-task=8", "--mem=16G", "--requeue", "--signal=B:USR1@120",
                "--output=\"/logs/%A_%a.out\"", "--job-name=pupil-mine",
            })
            Assert.Contains($"#SBATCH {option}", lines);
        Assert.Contains(
            "dotnet /tools/Pupil.Cli.dll compare --resume '/shared/it'\\''s mine' --no-wait --only '*/kd/*' --threads 8 &", lines);
        // Slurm reads options up to the first command.
        int command = Array.FindIndex(lines, line => line.StartsWith("dotnet", StringComparison.Ordinal));
        Assert.All(lines.Skip(command), line => Assert.DoesNotContain("#SBATCH", line));
    }

    [Fact]
    public void The_table_comes_from_the_folder() =>
        Assert.Contains("exec dotnet /tools/Pupil.Cli.dll compare --table /shared/mine", Scripts("/shared/mine").Table().Split('\n'));

    [Theory]
    [InlineData(0, "", false)]
    [InlineData(2, "", false)]
    [InlineData(137, "", true)]
    [InlineData(130, "USR1", true)]
    // Cancelled.
    [InlineData(130, "TERM", false)]
    public void A_task_passes_on_signals_and_is_requeued_before_its_time_limit(int code, string signal, bool isRequeued)
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("It needs a POSIX shell.");
            return;
        }
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["tool"], $"#!/bin/bash\necho compare \"$@\" >> '{folder["calls"]}'\n"
            + (signal.Length == 0 ? $"exit {code}\n"
                : $"trap 'exit {code}' TERM\nkill -{signal} $PPID\nfor i in $(seq 100); do sleep 0.1; done\n"));
        File.WriteAllText(folder["scontrol"], $"#!/bin/bash\necho scontrol \"$@\" >> '{folder["calls"]}'\n");
        foreach (string name in new[] { "tool", "scontrol" })
            File.SetUnixFileMode(folder[name], UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var scripts = new SlurmScripts("mine", "/shared/mine", "/logs", [folder["tool"]], new(null, null, null, null, []));
        File.WriteAllText(folder["tasks.sh"], scripts.Tasks(1, []));

        var start = new ProcessStartInfo("bash", [folder["tasks.sh"]]) { RedirectStandardOutput = true };
        start.Environment["PATH"] = $"{Path.GetDirectoryName(folder["tool"])}:{start.Environment["PATH"]}";
        (start.Environment["SLURM_ARRAY_JOB_ID"], start.Environment["SLURM_ARRAY_TASK_ID"]) = ("77", "3");
        using var process = Process.Start(start)!;
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.Equal(code, process.ExitCode);
        string[] calls = File.ReadAllLines(folder["calls"]);
        Assert.Equal(isRequeued ? "scontrol requeue 77_3" : calls[0], calls[^1]);
        Assert.Equal(isRequeued ? 2 : 1, calls.Length);
    }

    private static SlurmScripts Scripts(string folder) => new("mine", folder, "/logs", ["dotnet", "/tools/Pupil.Cli.dll"], Options);
}
