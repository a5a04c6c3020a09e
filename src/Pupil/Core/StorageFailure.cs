namespace Pupil.Core;

/// <summary>Explains failures of writing that a person can fix: a full disk, a used quota, a closed output.</summary>
internal static class StorageFailure
{
    private const string Full = "the disk is full; make room or choose another disk";

    // The numbers of errno.h on Linux and macOS, and those of winerror.h.
    private static readonly Dictionary<int, string> Reasons = OperatingSystem.IsWindows()
        ? new()
        {
            [unchecked((int)0x80070027)] = Full,
            [unchecked((int)0x80070070)] = Full,
            [unchecked((int)0x8007006d)] = "the output was closed by its reader; nothing more can be written",
        }
        : new()
        {
            [28] = Full,
            [OperatingSystem.IsMacOS() ? 69 : 122] = "the quota of the disk is used up; make room or choose another disk",
            [27] = "the file would be larger than allowed; raise the limit (ulimit -f) or choose another disk",
            [30] = "the disk is read-only; choose another one",
            [32] = "the output was closed by its reader; nothing more can be written",
        };

    /// <summary>Returns the reason of a failure and what to do; null for failures of other kinds.</summary>
    public static string? Reason(Exception failure) => failure is IOException ? Reasons.GetValueOrDefault(failure.HResult) : null;

    /// <summary>Returns the reason of a failure or of an inner one; null for failures of other kinds.</summary>
    public static string? FindReason(Exception? failure)
    {
        for (; failure is not null; failure = failure.InnerException)
        {
            if (Reason(failure) is { } reason)
                return reason;
        }
        return null;
    }
}
