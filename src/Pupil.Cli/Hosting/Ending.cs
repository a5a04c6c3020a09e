using Pupil.Cli.Display;

namespace Pupil.Cli.Hosting;

/// <summary>Ends the process after a failure.</summary>
internal static class Ending
{
    /// <summary>Prints a message on standard error and returns the exit code, also where nothing can be printed.</summary>
    public static int With(int code, string message)
    {
        try
        {
            Output.Asides(message);
        }
        catch (IOException)
        {
            // Standard error is full or closed; the exit code remains.
        }
        return code;
    }
}
