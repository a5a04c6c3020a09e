using System.Diagnostics;
using System.Globalization;

namespace Pupil.Benchmarks;

/// <summary>A PyTorch process that makes a step on request and writes its seconds.</summary>
internal sealed class PyTorchStep : IDisposable
{
    private readonly Process _process;

    public PyTorchStep(string python, int threads, int warmUp)
    {
        string script = Path.Combine(Repository(), "benchmarks", "pytorch", "ctkd_step.py");
        var start = new ProcessStartInfo(python) { RedirectStandardInput = true, RedirectStandardOutput = true };
        foreach (string argument in new[] { script, "--serve", "--threads", $"{threads}", "--warmup", $"{warmUp}" })
            start.ArgumentList.Add(argument);
        _process = Process.Start(start)!;
    }

    /// <summary>Makes one step and returns its seconds.</summary>
    public double Step() => double.Parse(Request("step"), CultureInfo.InvariantCulture);

    /// <summary>Ends the process and returns its memory and versions, as JSON.</summary>
    public string Quit()
    {
        string reply = Request("quit");
        _process.WaitForExit();
        return reply;
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill();
        _process.Dispose();
    }

    private string Request(string line)
    {
        _process.StandardInput.WriteLine(line);
        _process.StandardInput.Flush();
        return _process.StandardOutput.ReadLine()
            ?? throw new InvalidOperationException("The PyTorch process has ended; see its error above.");
    }

    private static string Repository()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Pupil.slnx")))
            folder = folder.Parent;
        return folder?.FullName ?? throw new DirectoryNotFoundException("The benchmark runs inside of the repository.");
    }
}
