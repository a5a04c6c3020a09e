using System.Runtime.InteropServices;

namespace Pupil.Core;

/// <summary>Advice to the system about mapped files (<c>madvise</c>). On Windows, and in part on macOS, the system decides alone.</summary>
internal static unsafe partial class ResidentMemory
{
    // The numbers of Linux and macOS.
    private const int WillNeed = 3, DontNeed = 4;

    /// <summary>Asks for bytes to be read soon.</summary>
    public static void Fetch(byte* first, long length) => Advise(first, length, WillNeed);

    /// <summary>Gives up the resident pages of bytes of a mapped file, which is not written to.</summary>
    public static void Release(byte* first, long length) => Advise(first, length, DontNeed);

    // Whole pages around the bytes: those that others share are read again. A refusal changes nothing but time and memory.
    private static void Advise(byte* first, long length, int advice)
    {
        if (OperatingSystem.IsWindows())
            return;
        nuint page = (nuint)Environment.SystemPageSize, start = (nuint)first / page * page;
        _ = MemoryAdvice((byte*)start, (nuint)first + (nuint)length - start, advice);
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int MemoryAdvice(byte* address, nuint length, int advice);
}
