using System.Diagnostics;
using System.Text.RegularExpressions;
using Pupil.LibTorch;

namespace Pupil.Tests;

/// <summary>What a program and all its threads asked the kernel for, by strace: files opened or made, and everything about the network.</summary>
internal sealed partial class SystemCalls
{
    private readonly string[] _lines;

    private SystemCalls(string[] lines) => _lines = lines;

    /// <summary>Runs a .NET program to its end, in a home of its own.</summary>
    /// <param name="folder">Where its home and its temporary files are (<c>home</c>), and what strace writes.</param>
    /// <param name="arguments">The program's file and its arguments.</param>
    /// <param name="stop">Stops waiting.</param>
    /// <remarks>Skips the calling test where there is no strace, or where it must not trace.</remarks>
    public static async Task<SystemCalls> Of(TemporaryFolder folder, string[] arguments, CancellationToken stop)
    {
        string trace = folder["system-calls.txt"], home = folder["home"];
        Assert.SkipUnless(CanTrace(folder), "strace is missing or may not trace: apt install strace.");
        Directory.CreateDirectory(home);
        string dotnet = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
        string[] options = ["-f", "-qq", "-s", "256", "-o", trace, "-e", "trace=network,?open,openat,?openat2,?creat,?mkdir,mkdirat"];
        var start = new ProcessStartInfo("strace", [.. options, dotnet, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string name in start.Environment.Keys.Where(name => name.StartsWith("ORT_", StringComparison.Ordinal) || AutomatedBuild().IsMatch(name)).ToList())
            start.Environment.Remove(name);
        // The copy of libtorch's bindings is another matter: it is made where the tests have it.
        start.Environment["PUPIL_NATIVE_CACHE"] = PatchedCopies.Folder(Environment.GetEnvironmentVariable, Environment.GetFolderPath(Environment.SpecialFolder.UserProfile));
        start.Environment["HOME"] = home;
        start.Environment["TMPDIR"] = home;
        start.Environment["XDG_CACHE_HOME"] = Path.Combine(home, ".cache");
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(stop);
        string errors = await process.StandardError.ReadToEndAsync(stop);
        await process.WaitForExitAsync(stop);
        Assert.True(process.ExitCode == 0, $"exit code {process.ExitCode}:\n{await output}{errors}");
        return new SystemCalls(await File.ReadAllLinesAsync(trace, stop));
    }

    /// <summary>Files that were opened; those that are missing are not among them.</summary>
    public IEnumerable<string> Opened => _lines.Select(line => Open().Match(line)).Where(match => match.Success).Select(match => match.Groups["path"].Value);

    /// <summary>Files and folders that were made, or opened so that they are made where they are missing.</summary>
    public IEnumerable<string> Made => _lines.Select(line => Make().Match(line)).Where(match => match.Success).Select(match => match.Groups["path"].Value);

    /// <summary>Calls about the internet: its sockets, and addresses that are looked up. Those that stay on the machine are not among them.</summary>
    public IEnumerable<string> Internet => _lines.Where(line => line.Contains("AF_INET", StringComparison.Ordinal) || line.Contains("\"/etc/resolv.conf\"", StringComparison.Ordinal));

    private static bool CanTrace(TemporaryFolder folder)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo("strace", ["-f", "-o", folder["nothing.txt"], "true"]) { RedirectStandardError = true })!;
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }

    // ONNX Runtime is silent in automated builds by itself: what a user gets is meant here.
    [GeneratedRegex("^(CI|TF_BUILD|GITHUB_ACTIONS|GITLAB_CI|CIRCLECI|TRAVIS|JENKINS_URL|CODEBUILD_BUILD_ID|BUILDKITE|TEAMCITY_VERSION|APPVEYOR|BITBUCKET_.*|SYSTEM_TEAM.*)$")]
    private static partial Regex AutomatedBuild();

    [GeneratedRegex("""open(at2?)?\(([^",]+, )?"(?<path>[^"]+)".* = \d""")]
    private static partial Regex Open();

    [GeneratedRegex("""((open(at2?)?\(([^",]+, )?"(?<path>[^"]+)".*O_CREAT.*)|(creat|mkdir(at)?)\(([^",]+, )?"(?<path>[^"]+)".*) = \d""")]
    private static partial Regex Make();
}
