using System.Diagnostics;
using System.Text.RegularExpressions;
using Pupil.LibTorch;

namespace Pupil.Tests;

/// <summary>The system calls of a program and all its threads, by strace: opened or created files, and all network calls.</summary>
internal sealed partial class SystemCalls
{
    private readonly string[] _lines;

    private SystemCalls(string[] lines) => _lines = lines;

    /// <summary>Runs a .NET program to its end, with a home folder of its own.</summary>
    /// <param name="folder">The folder of its home and temporary files (<c>home</c>), and of strace's output.</param>
    /// <param name="arguments">The program's file and its arguments.</param>
    /// <param name="stop">Stops waiting.</param>
    /// <remarks>Skips the calling test if strace is missing or not permitted.</remarks>
    public static async Task<SystemCalls> Record(TemporaryFolder folder, string[] arguments, CancellationToken stop)
    {
        string trace = folder["system-calls.txt"], home = folder["home"];
        Assert.SkipUnless(CanTrace(folder), "strace is missing or may not trace: apt install strace.");
        Directory.CreateDirectory(home);
        string dotnet = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
        string[] options = ["-f", "-qq", "-s", "256", "-o", trace, "-e", "trace=network,?open,openat,?openat2,?creat,?mkdir,mkdirat"];
        var start = new ProcessStartInfo("strace", [.. options, dotnet, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        var settings = start.Environment.Keys
            .Where(name => name.StartsWith("ORT_", StringComparison.Ordinal) || AutomatedBuild().IsMatch(name));
        foreach (string name in settings.ToList())
            start.Environment.Remove(name);
        // The copy of libtorch's bindings is not created again: it is the tests' own.
        start.Environment["PUPIL_NATIVE_CACHE"] = PatchedCopies.Folder(Environment.GetEnvironmentVariable,
            Environment.GetFolderPath(Environment.SpecialFolder.UserProfile));
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

    /// <summary>Files that were opened, without missing ones.</summary>
    public IEnumerable<string> Opened =>
        _lines.Select(line => Open().Match(line)).Where(match => match.Success).Select(match => match.Groups["path"].Value);

    /// <summary>Files and folders that were created, or opened to be created if missing.</summary>
    public IEnumerable<string> Made =>
        _lines.Select(line => Make().Match(line)).Where(match => match.Success).Select(match => match.Groups["path"].Value);

    /// <summary>Network calls: internet sockets and looked-up addresses, without local ones.</summary>
    public IEnumerable<string> Internet => _lines.Where(line => line.Contains("AF_INET", StringComparison.Ordinal)
        || line.Contains("\"/etc/resolv.conf\"", StringComparison.Ordinal));

    private static bool CanTrace(TemporaryFolder folder)
    {
        try
        {
            using var process = Process.Start(
                new ProcessStartInfo("strace", ["-f", "-o", folder["nothing.txt"], "true"]) { RedirectStandardError = true })!;
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }

    // ONNX Runtime is silent in automated builds; the test is about a user's machine.
    [GeneratedRegex("^(CI|TF_BUILD|GITHUB_ACTIONS|GITLAB_CI|CIRCLECI|TRAVIS|JENKINS_URL|CODEBUILD_BUILD_ID|BUILDKITE|TEAMCITY_VERSION"
        + "|APPVEYOR|BITBUCKET_.*|SYSTEM_TEAM.*)$")]
    private static partial Regex AutomatedBuild();

    [GeneratedRegex("""open(at2?)?\(([^",]+, )?"(?<path>[^"]+)".* = \d""")]
    private static partial Regex Open();

    [GeneratedRegex("""((open(at2?)?\(([^",]+, )?"(?<path>[^"]+)".*O_CREAT.*)|(creat|mkdir(at)?)\(([^",]+, )?"(?<path>[^"]+)".*) = \d""")]
    private static partial Regex Make();
}
