using System.Diagnostics;

namespace Pupil.Kills;

/// <summary>The command line tool under strace, in a process that may be killed.</summary>
internal static class TracedProcess
{
    /// <summary>The result of a process.</summary>
    /// <param name="Code">The exit code; <see cref="Killed"/> after a kill.</param>
    /// <param name="Output">What it printed.</param>
    /// <param name="Events">Its events on files; the last of a killed process was not carried out.</param>
    public sealed record Result(int Code, string Output, IReadOnlyList<FileEvent> Events);

    /// <summary>The exit code of a process that SIGKILL ended.</summary>
    public const int Killed = 137;

    private static readonly string Tool = Path.Combine(AppContext.BaseDirectory, "Pupil.Cli.dll");

    /// <summary>Whether strace is installed and may trace.</summary>
    public static bool IsPossible => Succeeds("strace", "-f", "-o", "/dev/null", "true");

    /// <summary>Whether a program may have process numbers of its own, as in a container.</summary>
    public static bool MayNumber { get; } = Succeeds("unshare", [.. OwnNumbers, "true"]);

    private static string[] OwnNumbers => ["--user", "--map-root-user", "--pid", "--fork", "--mount-proc"];

    /// <summary>Runs the tool to its end, or to its kill.</summary>
    /// <param name="folder">The working folder.</param>
    /// <param name="arguments">The command line.</param>
    /// <param name="numbers">Whether the process has a number of its own, which its successors have too.</param>
    /// <param name="kill">The event before which it is killed; null for none.</param>
    public static Result Run(string folder, IEnumerable<string> arguments, bool numbers, FileEvent? kill)
    {
        string log = folder + ".strace";
        string host = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
        string[] inject = kill is null ? [] : ["-e", $"inject={kill.Call}:signal=SIGKILL:when={kill.Count}"];
        string[] strace = ["strace", "-f", "-qq", "-y", "-s", "1", "-o", log, "-e", $"trace={FileEvent.Traced}", .. inject];
        string[] all = [.. numbers ? ["unshare", .. OwnNumbers] : Array.Empty<string>(), .. strace, host, Tool, .. arguments];
        var start = new ProcessStartInfo(all[0], all[1..])
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // The caches lie in the folder, so that kills while they are written count.
        start.Environment["PUPIL_CACHE"] = Path.Combine(folder, "cache");
        start.Environment["PUPIL_NATIVE_CACHE"] = Path.Combine(folder, "native");
        // Spinning threads cost time, and so do the runtime's many system calls that protect its memory, each of which stops it twice.
        start.Environment["OMP_NUM_THREADS"] = "1";
        start.Environment["DOTNET_TieredPGO"] = "0";
        start.Environment["DOTNET_EnableWriteXorExecute"] = "0";
        start.Environment["DOTNET_EnableDiagnostics"] = "0";
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return new(process.ExitCode, output + errors.Result, FileEvent.Read(log, folder));
    }

    private static bool Succeeds(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments)
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}
