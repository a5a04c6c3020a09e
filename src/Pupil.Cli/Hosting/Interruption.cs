using System.Runtime.InteropServices;
using Pupil.Cli.Display;

namespace Pupil.Cli.Hosting;

/// <summary>Lets Ctrl-C and SIGTERM stop work in an orderly way.</summary>
internal static class Interruption
{
    /// <summary>Runs work that can be stopped. A second signal ends the process at once.</summary>
    /// <param name="work">The work; returns the exit code.</param>
    /// <param name="stopped">The line to print after a stop.</param>
    public static async Task<int> RunAsync(Func<CancellationToken, Task<int>> work, string stopped = "Stopped.")
    {
        using var stop = new CancellationTokenSource();
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Ask);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Ask);
        try
        {
            return await work(stop.Token);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            Output.Line(stopped);
            return ExitCode.Stopped;
        }

        void Ask(PosixSignalContext context)
        {
            context.Cancel = !stop.IsCancellationRequested;
            stop.Cancel();
        }
    }

    /// <summary>Runs synchronous work that can be stopped.</summary>
    public static int Run(Func<CancellationToken, int> work, string stopped = "Stopped.") =>
        RunAsync(stop => Task.FromResult(work(stop)), stopped).GetAwaiter().GetResult();
}
