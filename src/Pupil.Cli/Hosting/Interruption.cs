using System.Runtime.InteropServices;
using Pupil.Cli.Display;

namespace Pupil.Cli.Hosting;

/// <summary>Lets Ctrl-C and SIGTERM ask work to stop, so that it can tidy up.</summary>
internal static class Interruption
{
    /// <summary>Does something that may be asked to stop. A second signal ends the process at once.</summary>
    /// <param name="work">The work; gives the exit code.</param>
    /// <param name="stopped">What is said when it was stopped.</param>
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

    /// <summary>The same for work that is not asynchronous.</summary>
    public static int Run(Func<CancellationToken, int> work, string stopped = "Stopped.") =>
        RunAsync(stop => Task.FromResult(work(stop)), stopped).GetAwaiter().GetResult();
}
