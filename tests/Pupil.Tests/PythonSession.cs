using System.Diagnostics;
using System.Text.Json;

namespace Pupil.Tests;

/// <summary>One process of Python that runs several programs: importing PyTorch takes longer than most of them.</summary>
public sealed class PythonSession : IDisposable
{
    private const string Loop = """
        import contextlib, io, json, sys, traceback
        for line in sys.stdin:
            printed = io.StringIO()
            try:
                with contextlib.redirect_stdout(printed):
                    exec(open(line.strip()).read(), {"__name__": "__main__"})
                result = [True, printed.getvalue()]
            except BaseException:
                result = [False, traceback.format_exc()]
            print(json.dumps(result), flush=True)
        """;

    private Process? _process;

    /// <summary>Returns what a program prints; fails the calling test if the program fails.</summary>
    /// <param name="file">The program.</param>
    public string Run(string file)
    {
        _process ??= Process.Start(new ProcessStartInfo(PythonProcess.Python, ["-c", Loop])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        _process.StandardInput.WriteLine(file);
        _process.StandardInput.Flush();
        using var result = JsonDocument.Parse(_process.StandardOutput.ReadLine() ?? "[false, \"Python has ended.\"]");
        string text = result.RootElement[1].GetString()!.Trim();
        Assert.True(result.RootElement[0].GetBoolean(), text);
        return text;
    }

    public void Dispose()
    {
        if (_process is null)
            return;
        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
    }
}
