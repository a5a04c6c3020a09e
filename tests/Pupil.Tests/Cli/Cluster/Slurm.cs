using System.ComponentModel;
using System.Diagnostics;

namespace Pupil.Tests.Cli.Cluster;

/// <summary>The Slurm that the environment names; tests of it are skipped where there is none.</summary>
internal static class Slurm
{
    /// <summary>The jobs that wait or run.</summary>
    public static string[] Jobs =>
        Run("squeue", "--noheader", "--format=%A").Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    /// <summary>Skips a test where no Slurm runs.</summary>
    public static void Require() => Assert.SkipUnless(
        Environment.GetEnvironmentVariable("SLURM_CONF") is not null && Run("sinfo", "--noheader").Length > 0,
        "Slurm is not running: set SLURM_CONF, and start slurmctld and slurmd (Debian's package slurm-wlm).");

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
