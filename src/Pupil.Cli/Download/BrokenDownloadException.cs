namespace Pupil.Cli.Download;

/// <summary>The error for an interrupted download; another attempt may succeed.</summary>
/// <param name="reason">The reason, as a part of a sentence.</param>
/// <param name="inner">The failure that caused it.</param>
internal sealed class BrokenDownloadException(string reason, Exception? inner = null) : Exception(reason, inner)
{
    /// <summary>The wait that the server requests; null without a request.</summary>
    public TimeSpan? RetryAfter { get; init; }
}
