using System.Reflection;
using Polly;
using Polly.Retry;

namespace Pupil.Cli.Download;

/// <summary>
/// Downloads files by HTTP. It continues an earlier attempt, retries transient failures, and gives a file its name only when
/// it is complete and its checksum is right. Until then the file is <c>NAME.part</c> in the same folder.
/// </summary>
internal sealed class Downloader : IDisposable
{
    private readonly DownloadOptions _options;
    private readonly HttpClient _client;

    /// <summary>Creates the downloader.</summary>
    /// <param name="options">The limits; null for the defaults.</param>
    public Downloader(DownloadOptions? options = null) : this(options ?? new(), Handler(options ?? new())) { }

    /// <summary>Creates the downloader with the caller's HTTP handler, such as one of <see cref="Handler"/>.</summary>
    internal Downloader(DownloadOptions options, SocketsHttpHandler handler)
    {
        _options = options;
        // No timeout for the whole download, which may take hours: StallWatch limits the time without data.
        _client = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
        _client.DefaultRequestHeaders.UserAgent.Add(new("pupil", Version));
    }

    private static string Version =>
        typeof(Downloader).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    /// <summary>Downloads a file. An existing file is replaced only after a successful download.</summary>
    /// <param name="address">The address, http or https. Redirections from https to http are not followed.</param>
    /// <param name="target">The path to write; its folder is created.</param>
    /// <param name="checksum">The expected checksum.</param>
    /// <param name="bytes">The expected size in bytes, or null if it is unknown.</param>
    /// <param name="progress">Receives events on the downloading thread; null for none.</param>
    /// <param name="stop">Cancels; the partial file stays, and the next call continues it if the server supports ranges.</param>
    /// <exception cref="UserErrorException">The file cannot be downloaded or written, or has other content than expected.</exception>
    /// <exception cref="OperationCanceledException">The download was cancelled.</exception>
    public async Task DownloadAsync(Uri address, string target, Checksum checksum, long? bytes = null,
        IProgress<DownloadProgress>? progress = null, CancellationToken stop = default)
    {
        string name = Path.GetFileName(target);
        using var part = PartialFile.Take(target);
        var attempt = new DownloadAttempt(_client, address, part, _options.StallAfter) { Name = name, Bytes = bytes, Progress = progress };
        try { await TryAsync(attempt, part, stop); }
        catch (BrokenDownloadException broken) { throw GiveUp(address, part, broken); }
        string found = await checksum.OfFileAsync(part.Path, stop);
        if (found != checksum.Hex)
        {
            part.Discard();
            throw new UserErrorException($"{address}: found a file with {checksum.Name} {found}, expected {checksum.Hex}; it was removed: "
                + "run the same command again, and if this happens twice, name another place with --from.");
        }
        long length = part.Length;
        part.Complete();
        progress?.Report(new DownloadFinished(name, target, length));
    }

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    /// <summary>Creates an HTTP handler with the limits of the options.</summary>
    internal static SocketsHttpHandler Handler(DownloadOptions options) => new()
    {
        ConnectTimeout = options.StallAfter,
        MaxAutomaticRedirections = options.Redirections,
    };

    private async Task TryAsync(DownloadAttempt attempt, PartialFile part, CancellationToken stop)
    {
        var retry = Retry(attempt);
        for (bool done = false; !done;)
        {
            long before = part.Length;
            try
            {
                await retry.ExecuteAsync(async token => await attempt.RunAsync(token), stop);
                done = true;
            }
            catch (BrokenDownloadException broken) when (part.Length > before && !IsTooLong(broken.RetryAfter))
            {
                // Progress restores the full number of retries.
            }
        }
    }

    private UserErrorException GiveUp(Uri address, PartialFile part, BrokenDownloadException broken)
    {
        string then = part.Length > 0 && part.Origin is not null
            ? "what came so far is kept, and the same command continues" : "run the same command again";
        return new(IsTooLong(broken.RetryAfter)
            ? $"{address}: {broken.Message} and asks to wait {broken.RetryAfter:g}; after that, {then}, or name another place with --from."
            : $"{address}: {broken.Message}, {_options.Retries + 1} times without progress; check the network: {then}, "
                + "or name another place with --from.", broken);
    }

    private ResiliencePipeline Retry(DownloadAttempt attempt) => new ResiliencePipelineBuilder()
        .AddRetry(new RetryStrategyOptions
        {
            ShouldHandle = new PredicateBuilder().Handle<BrokenDownloadException>(broken => !IsTooLong(broken.RetryAfter)),
            MaxRetryAttempts = _options.Retries,
            BackoffType = DelayBackoffType.Exponential,
            UseJitter = true,
            Delay = _options.FirstWait,
            MaxDelay = _options.LongestWait,
            DelayGenerator = arguments => new((arguments.Outcome.Exception as BrokenDownloadException)?.RetryAfter),
            OnRetry = arguments =>
            {
                string reason = arguments.Outcome.Exception!.Message;
                int retry = arguments.AttemptNumber + 1;
                attempt.Progress?.Report(new DownloadRetrying(attempt.Name, reason, arguments.RetryDelay, retry, _options.Retries));
                return default;
            },
        })
        .Build();

    private bool IsTooLong(TimeSpan? wait) => wait > _options.LongestAskedWait;
}
