using System.ComponentModel;
using System.Diagnostics;

namespace Pupil.Tests.Cli.Cluster;

/// <summary>The Slurm that the environment names; tests of it are skipped where there is none.</summary>
internal static class Slurm
{
    /// <summary>Returns the numbers of the jobs that the tool has submitted.</summary>
    /// <param name="output">What it printed.</param>
    public static string[] JobsIn(string output)
    {
        var cancel = output.Split('\n').Single(line => line.StartsWith("Cancel: scancel ", StringComparison.Ordinal));
        return cancel.Split(' ')[2..4];
    }

    /// <summary>Whether jobs have ended.</summary>
    public static bool HaveEnded(string[] jobs) => Run("squeue", "--noheader", $"--jobs={string.Join(',', jobs)}").Trim().Length == 0;

    /// <summary>Skips a test where no Slurm runs.</summary>
    public static void Require() => Assert.SkipUnless(
        Environment.GetEnvironmentVariable("SLURM_CONF") is not null && Run("sinfo", "--noheader").Length > 0,
        "Slurm is not running: set SLURM_CONF, and start slurmctld and slurmd (Debian's package slurm-wlm).");

    /// <summary>Skips a test where <c>srun</c> cannot start processes that find each other by PMIx.</summary>
    public static void RequirePmix()
    {
        Require();
        Assert.SkipUnless(Run("srun", "--mpi=pmix", "--ntasks=1", "echo", "started").Contains("started"),
            "Slurm does not load PMIx: install Debian's package libpmix-dev, then start slurmd again.");
    }

    /// <summary>Runs one of its programs.</summary>
    /// <returns>What it prints; nothing where it is missing.</returns>
    public static string Run(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!;
            string output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return output;
        }
        catch (Win32Exception)
        {
            return "";
        }
    }
}
