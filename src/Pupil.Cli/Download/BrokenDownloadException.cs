namespace Pupil.Cli.Download;

/// <summary>A download broke off in a way that may be over at the next try.</summary>
/// <param name="reason">What happened, as part of a sentence.</param>
/// <param name="inner">The failure behind it.</param>
internal sealed class BrokenDownloadException(string reason, Exception? inner = null) : Exception(reason, inner)
{
    /// <summary>How long the server asks to wait.</summary>
    public TimeSpan? RetryAfter { get; init; }
}
