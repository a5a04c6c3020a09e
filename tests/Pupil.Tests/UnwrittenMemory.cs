using System.Runtime.InteropServices;

namespace Pupil.Tests;

/// <summary>
/// Memory that nothing has written yet. The C library (glibc) fills it with ones, so that its numbers are NaN: a kernel that reads it
/// fails in every test, not in the few where a NaN happens to lie there.
/// </summary>
internal static partial class UnwrittenMemory
{
    private const int Perturb = -6;

    // The value's complement is what is written; 0 would mean that nothing is.
    private const int Ones = 0x100;

    /// <summary>Whether it is filled: with glibc alone.</summary>
    public static bool IsFilled { get; private set; }

    /// <summary>Fills all memory that is handed out from now on.</summary>
    public static void Fill()
    {
        if (!OperatingSystem.IsLinux())
            return;
        try
        {
            IsFilled = SetOption(Perturb, Ones) == 1;
        }
        catch (Exception error) when (error is DllNotFoundException or EntryPointNotFoundException)
        {
            // Another C library.
        }
    }

    [LibraryImport("libc.so.6", EntryPoint = "mallopt")]
    private static partial int SetOption(int option, int value);
}
