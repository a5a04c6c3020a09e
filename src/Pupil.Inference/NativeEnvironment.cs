using System.Runtime.InteropServices;

namespace Pupil.Inference;

/// <summary>The environment variables that native libraries read. Except on Windows, .NET's own copy of them does not reach native code.</summary>
internal static partial class NativeEnvironment
{
    /// <summary>Sets a variable for native code, for .NET and for the processes that this one starts.</summary>
    public static void Set(string name, string value)
    {
        Environment.SetEnvironmentVariable(name, value);
        if (!OperatingSystem.IsWindows())
            _ = SetInLibrary(name, value, overwrite: 1);
    }

    // The runtime finds the C library by this name on every system but Windows.
    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetInLibrary(string name, string value, int overwrite);
}
