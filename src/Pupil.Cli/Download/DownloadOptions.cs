namespace Pupil.Cli.Download;

/// <summary>How patient a download is.</summary>
public sealed record DownloadOptions
{
    /// <summary>How often it tries again, at least once, without getting any further. Default 5.</summary>
    public int Retries { get; init; } = 5;

    /// <summary>The wait before the first new try, on average; each further one waits twice as long. Default 1 second.</summary>
    public TimeSpan FirstWait { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest wait of its own choice. Default 30 seconds.</summary>
    public TimeSpan LongestWait { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// The longest wait that a server may ask for (<c>Retry-After</c>); if it asks for more, the download ends. Default 2 minutes.
    /// </summary>
    public TimeSpan LongestAskedWait { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>How long nothing may come before the connection counts as broken. Default 30 seconds.</summary>
    public TimeSpan StallAfter { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How many redirections are followed. Default 10.</summary>
    public int Redirections { get; init; } = 10;
}
