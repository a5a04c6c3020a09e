using System.Runtime.InteropServices;

namespace Pupil.Inference;

/// <summary>Sets environment variables that native libraries read. Except on Windows, .NET changes only its own copy of them.</summary>
internal static partial class NativeEnvironment
{
    /// <summary>Sets a variable for native code, for .NET and for child processes.</summary>
    public static void Set(string name, string value)
    {
        Environment.SetEnvironmentVariable(name, value);
        if (!OperatingSystem.IsWindows())
            _ = SetInLibrary(name, value, overwrite: 1);
    }

    // The runtime resolves this name to the C library on every system except Windows.
    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetInLibrary(string name, string value, int overwrite);
}
