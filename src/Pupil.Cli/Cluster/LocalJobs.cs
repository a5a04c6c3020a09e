using System.Diagnostics;

namespace Pupil.Cli.Cluster;

/// <summary>Processes of this machine that share the cells of a comparison.</summary>
internal static class LocalJobs
{
    /// <summary>Starts the processes, and waits for all of them.</summary>
    /// <param name="count">The number of processes.</param>
    /// <param name="arguments">The arguments of each.</param>
    /// <param name="logs">The folder of their outputs.</param>
    /// <param name="look">Called every second meanwhile.</param>
    /// <param name="stop">Requests an end of the processes. To those that Ctrl-C of a terminal reached too, it is the same request.</param>
    /// <returns>The exit codes.</returns>
    public static IReadOnlyList<int> Run(int count, IReadOnlyList<string> arguments, string logs, Action look, CancellationToken stop)
    {
        Directory.CreateDirectory(logs);
        var command = OwnCommand.Parts();
        var processes = Enumerable.Range(1, count)
            .Select(number => Start([.. command, .. arguments], Path.Combine(logs, $"local-{number}.out"))).ToList();
        try
        {
            while (!processes.TrueForAll(entry => entry.Process.HasExited))
            {
                stop.WaitHandle.WaitOne(TimeSpan.FromSeconds(1));
                if (stop.IsCancellationRequested)
                {
                    Terminate(processes.Select(entry => entry.Process));
                    break;
                }
                look();
            }
            foreach (var (process, writing) in processes)
            {
                process.WaitForExit();
                writing.Wait(CancellationToken.None);
            }
            return [.. processes.Select(entry => entry.Process.ExitCode)];
        }
        finally
        {
            foreach (var (process, _) in processes)
                process.Dispose();
        }
    }

    private static (Process Process, Task Writing) Start(string[] command, string log)
    {
        var start = new ProcessStartInfo(command[0], command[1..]) { RedirectStandardOutput = true, RedirectStandardError = true };
        var process = Process.Start(start)!;
        return (process, Task.WhenAll(
            Copy(process.StandardOutput, log), Copy(process.StandardError, Path.ChangeExtension(log, ".err"))));
    }

    private static async Task Copy(StreamReader from, string to)
    {
        await using var file = new StreamWriter(to, append: true);
        while (await from.ReadLineAsync() is { } line)
        {
            await file.WriteLineAsync(line);
            await file.FlushAsync();
        }
    }

    // They end with checkpoints.
    private static void Terminate(IEnumerable<Process> processes)
    {
        if (OperatingSystem.IsWindows())
            return;
        string[] running = [.. processes.Where(process => !process.HasExited).Select(process => $"{process.Id}")];
        if (running.Length == 0)
            return;
        using var kill = Process.Start("kill", ["-TERM", .. running]);
        kill.WaitForExit();
    }
}
