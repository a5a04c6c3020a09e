using System.Diagnostics;

namespace Pupil.Benchmarks;

/// <summary>A process of this program: one that keeps a core busy, or one that computes on request.</summary>
internal sealed class OwnProcess : IDisposable
{
    private readonly Process _process;

    public OwnProcess(string[] arguments, IEnumerable<KeyValuePair<string, string>> environment)
    {
        string program = Environment.ProcessPath!;
        var start = new ProcessStartInfo(program) { RedirectStandardInput = true, RedirectStandardOutput = true };
        string[] self = Path.GetFileNameWithoutExtension(program) == "dotnet" ? [Environment.GetCommandLineArgs()[0]] : [];
        foreach (string argument in self.Concat(arguments))
            start.ArgumentList.Add(argument);
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        _process = Process.Start(start)!;
    }

    /// <summary>Sends a line and waits for one; null: none came in that time.</summary>
    public string? Request(string line, TimeSpan patience)
    {
        _process.StandardInput.WriteLine(line);
        _process.StandardInput.Flush();
        var reply = _process.StandardOutput.ReadLineAsync();
        if (!reply.Wait(patience))
            return null;
        return reply.Result ?? throw new InvalidOperationException("The process has ended; see its error above.");
    }

    /// <summary>The processor time of the process, in seconds.</summary>
    public double ProcessorSeconds
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime.TotalSeconds;
        }
    }

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }
}
