using System.Diagnostics;

namespace Pupil.Tests;

/// <summary>The command line tool in a process of its own.</summary>
internal sealed class PupilProcess : IDisposable
{
    // A shell's background job ignores SIGINT, and so do its child processes: the tool would not receive Ctrl-C.
    private static readonly bool IgnoresInterrupts = OperatingSystem.IsLinux() && File.ReadLines("/proc/self/status")
        .Any(line => line.StartsWith("SigIgn:", StringComparison.Ordinal) && (Convert.ToUInt64(line.Split('\t')[1], 16) & 2) != 0);

    /// <summary>The file of the tool.</summary>
    public static readonly string Tool = Path.Combine(AppContext.BaseDirectory, "Pupil.Cli.dll");

    private readonly Process _process;
    private readonly Task<string> _output, _errors;

    public PupilProcess(params string[] arguments) : this(arguments, [])
    {
    }

    /// <summary>Starts the tool.</summary>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="environment">Variables beside those of this process.</param>
    /// <param name="folder">The current folder; empty for that of this process.</param>
    /// <param name="launcher">A program with arguments that starts the tool; null: none.</param>
    public PupilProcess(string[] arguments, Dictionary<string, string> environment, string folder = "", string[]? launcher = null)
    {
        string host = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
        string[] command = [.. IgnoresInterrupts ? ["env", "--default-signal=INT"] : Array.Empty<string>(), .. launcher ?? [], host];
        var start = new ProcessStartInfo(command[0])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder,
        };
        foreach (string part in command.Skip(1))
            start.ArgumentList.Add(part);
        start.ArgumentList.Add(Tool);
        foreach (string argument in arguments)
            start.ArgumentList.Add(argument);
        // Spinning threads on a busy machine turn seconds into minutes; --threads still applies. Tiered compilation does not pay for a
        // process of
        // one second.
        start.Environment["OMP_NUM_THREADS"] = $"{Tensors.Threads}";
        start.Environment["DOTNET_TieredPGO"] = "0";
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        _process = Process.Start(start)!;
        (_output, _errors) = (_process.StandardOutput.ReadToEndAsync(), _process.StandardError.ReadToEndAsync());
    }

    /// <summary>Waits until a condition holds, or the process has ended.</summary>
    /// <returns>Whether the process still runs.</returns>
    public async Task<bool> WaitUntil(Func<bool> condition, CancellationToken stop)
    {
        while (!_process.HasExited && !condition())
            await Task.Delay(2, stop);
        return !_process.HasExited;
    }

    /// <summary>Waits until a condition holds, which must be while the process runs.</summary>
    public async Task WaitFor(Func<bool> condition, CancellationToken stop)
    {
        if (await WaitUntil(condition, stop))
            return;
        var (code, output, errors) = await End(stop);
        Assert.Fail($"it ended too early, exit code {code}: {output}{errors}");
    }

    /// <summary>Its number in the system.</summary>
    public int Id => _process.Id;

    /// <summary>Ends it like a power failure (SIGKILL), without cleaning up.</summary>
    public async Task Kill(CancellationToken stop)
    {
        _process.Kill();
        await _process.WaitForExitAsync(stop);
    }

    /// <summary>Requests a stop, like Ctrl-C.</summary>
    public void Interrupt()
    {
        using var kill = Process.Start("kill", ["-INT", $"{_process.Id}"]);
        kill.WaitForExit();
    }

    /// <summary>Runs the tool to its end, with additional environment variables.</summary>
    public static async Task<(int ExitCode, string Output, string Errors)> Run(
        string[] arguments, Dictionary<string, string> environment, CancellationToken stop)
    {
        using var process = new PupilProcess(arguments, environment);
        return await process.End(stop);
    }

    /// <summary>Runs the tool, which must print an error line with some words, with exit code 2.</summary>
    public static async Task AssertRefuses(string arguments, string part, CancellationToken stop)
    {
        var (code, output, errors) = await Run(stop, arguments.Split(' '));
        Assert.Equal(2, code);
        Assert.Contains(part, errors);
        Assert.DoesNotContain("   at ", output + errors);
    }

    /// <summary>Runs the tool, whose help must contain some word.</summary>
    public static async Task AssertExplains(string arguments, string part, CancellationToken stop)
    {
        var (code, output, errors) = await Run(stop, arguments.Split(' '));
        Assert.Equal((0, ""), (code, errors));
        Assert.Contains("pupil", output);
        Assert.Contains(part, output);
    }

    /// <summary>Runs the tool to its end.</summary>
    public static async Task<(int ExitCode, string Output, string Errors)> Run(CancellationToken stop, params string[] arguments)
    {
        using var process = new PupilProcess(arguments);
        return await process.End(stop);
    }

    /// <summary>Waits for its end, with any exit code.</summary>
    public async Task<(int ExitCode, string Output, string Errors)> End(CancellationToken stop)
    {
        await _process.WaitForExitAsync(stop);
        return (_process.ExitCode, await _output, await _errors);
    }

    /// <summary>Waits for its end, with exit code 0.</summary>
    public async Task Finish(CancellationToken stop)
    {
        await _process.WaitForExitAsync(stop);
        Assert.True(_process.ExitCode == 0, $"exit code {_process.ExitCode}:\n{await _output}{await _errors}");
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill();
        _process.Dispose();
    }
}
