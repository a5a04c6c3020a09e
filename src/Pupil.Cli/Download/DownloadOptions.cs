namespace Pupil.Cli.Download;

/// <summary>The limits of a download: retries, waits and redirections.</summary>
internal sealed record DownloadOptions
{
    /// <summary>The number of retries without progress, at least 1. Default 5.</summary>
    public int Retries { get; init; } = 5;

    /// <summary>The mean wait before the first retry; it doubles with every further retry. Default 1 second.</summary>
    public TimeSpan FirstWait { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest wait before a retry. Default 30 seconds.</summary>
    public TimeSpan LongestWait { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// The longest wait that a server may request (<c>Retry-After</c>); a longer one ends the download. Default 2 minutes.
    /// </summary>
    public TimeSpan LongestAskedWait { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>The time without data after which the connection counts as broken. Default 30 seconds.</summary>
    public TimeSpan StallAfter { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The largest number of redirections that are followed. Default 10.</summary>
    public int Redirections { get; init; } = 10;
}
