using System.Diagnostics;
using System.Runtime.InteropServices;
using Pupil.Cli.Display;
using Pupil.Processes;

namespace Pupil.Cli.Hosting;

/// <summary>Lets Ctrl-C and SIGTERM stop work in an orderly way.</summary>
internal static class Interruption
{
    private static readonly TimeSpan Repetition = TimeSpan.FromSeconds(5);

    /// <summary>Runs work that can be stopped. A second signal ends the process at once.</summary>
    /// <param name="work">The work; returns the exit code.</param>
    /// <param name="stopped">The line to print after a stop.</param>
    public static async Task<int> RunAsync(Func<CancellationToken, Task<int>> work, string stopped = "Stopped.")
    {
        using var stop = new CancellationTokenSource();
        long asked = 0;
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Ask);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Ask);
        try
        {
            return await work(stop.Token);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            Output.Line(stopped);
            // The other processes may wait for this one.
            if (ProcessGroups.Current.Size > 1)
                ProcessGroups.Current.Abort(ExitCode.Stopped);
            return ExitCode.Stopped;
        }

        void Ask(PosixSignalContext context)
        {
            // A launcher may send SIGTERM to a process and to the shell that passes it on.
            bool isSame = context.Signal == PosixSignal.SIGTERM && Stopwatch.GetElapsedTime(asked) < Repetition;
            context.Cancel = !stop.IsCancellationRequested || isSame;
            if (!stop.IsCancellationRequested)
                asked = Stopwatch.GetTimestamp();
            stop.Cancel();
        }
    }

    /// <summary>Runs synchronous work that can be stopped.</summary>
    public static int Run(Func<CancellationToken, int> work, string stopped = "Stopped.") =>
        RunAsync(stop => Task.FromResult(work(stop)), stopped).GetAwaiter().GetResult();
}
