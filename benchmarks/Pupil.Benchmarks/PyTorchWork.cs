using System.Diagnostics;
using System.Text.Json;

namespace Pupil.Benchmarks;

/// <summary>A PyTorch process that does the work of benchmarks/pytorch/steps.py on request.</summary>
internal sealed class PyTorchWork : IDisposable
{
    private readonly Process _process;

    /// <summary>Starts the process.</summary>
    /// <param name="python">The interpreter.</param>
    /// <param name="work">The work, such as <c>ctkd</c>.</param>
    /// <param name="style"><c>eager</c>, <c>careful</c> or <c>bfloat16</c>.</param>
    /// <param name="threads">PyTorch's threads.</param>
    /// <param name="device"><c>cpu</c> or <c>cuda</c>.</param>
    public PyTorchWork(string python, string work, string style, int threads, string device)
    {
        Style = style;
        string script = Path.Combine(Repository(), "benchmarks", "pytorch", "steps.py");
        var start = new ProcessStartInfo(python) { RedirectStandardInput = true, RedirectStandardOutput = true };
        string[] arguments =
            [script, "--serve", "--work", work, "--style", style, "--threads", $"{threads}", "--device", device];
        foreach (string argument in arguments)
            start.ArgumentList.Add(argument);
        if (style != "eager")
        {
            // glibc then keeps the memory of a step for the next one.
            start.Environment["MALLOC_MMAP_MAX_"] = "0";
            start.Environment["MALLOC_TRIM_THRESHOLD_"] = "2000000000";
            start.Environment["MALLOC_ARENA_MAX"] = "1";
        }
        _process = Process.Start(start)!;
    }

    /// <summary>The style of the program.</summary>
    public string Style { get; }

    /// <summary>The terms of the first step of known weights and images.</summary>
    public double[] Check() => JsonSerializer.Deserialize<double[]>(Request("check"))!;

    /// <summary>Does the work once and returns its seconds.</summary>
    public double Step() => JsonSerializer.Deserialize<double>(Request("step"));

    /// <summary>Ends the process and returns its memory and versions.</summary>
    public JsonElement Quit()
    {
        string reply = Request("quit");
        _process.WaitForExit();
        return JsonDocument.Parse(reply).RootElement;
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
