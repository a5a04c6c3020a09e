using System.Runtime.InteropServices;

namespace Pupil.Core;

/// <summary>Advice to the system about mapped files (<c>madvise</c>). On Windows, the system decides alone.</summary>
internal static unsafe partial class ResidentMemory
{
    // The numbers of Linux and macOS.
    private const int WillNeed = 3, DontNeed = 4;

    /// <summary>Asks for the pages to be read soon.</summary>
    /// <param name="first">The first byte, at the start of a page.</param>
    /// <param name="length">The number of bytes.</param>
    public static void Fetch(byte* first, long length) => Advise(first, length, WillNeed);

    /// <summary>Gives up the resident pages of a mapped file, which is not written to.</summary>
    /// <param name="first">The first byte, at the start of a page.</param>
    /// <param name="length">The number of bytes.</param>
    public static void Release(byte* first, long length) => Advise(first, length, DontNeed);

    // A refusal changes nothing but time and memory.
    private static void Advise(byte* first, long length, int advice)
    {
        if (!OperatingSystem.IsWindows())
            _ = MemoryAdvice(first, (nuint)length, advice);
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int MemoryAdvice(byte* address, nuint length, int advice);
}
