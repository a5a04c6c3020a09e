using System.Reflection;
using Polly;
using Polly.Retry;

namespace Pupil.Cli.Download;

/// <summary>
/// Gets files from the web, with patience: it goes on where an earlier try broke off, tries again when it may help, and gives a
/// file its name only when it is whole and its checksum is right. Until then it is <c>NAME.part</c>, beside it.
/// </summary>
public sealed class Downloader : IDisposable
{
    private readonly DownloadOptions _options;
    private readonly HttpClient _client;

    /// <summary>Creates the downloader.</summary>
    /// <param name="options">How patient it is; defaults if null.</param>
    public Downloader(DownloadOptions? options = null) : this(options ?? new(), Handler(options ?? new())) { }

    /// <summary>Creates the downloader with a way to the network of the caller's, such as <see cref="Handler"/> makes them.</summary>
    internal Downloader(DownloadOptions options, SocketsHttpHandler handler)
    {
        _options = options;
        // Not for the whole download, which may take hours: StallWatch looks after it.
        _client = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
        _client.DefaultRequestHeaders.UserAgent.Add(new("pupil", Version));
    }

    private static string Version =>
        typeof(Downloader).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    /// <summary>Gets a file. Nothing is done to a file that is there already but to replace it when all went well.</summary>
    /// <param name="address">Where from: http or https. Redirections from https to http are not followed.</param>
    /// <param name="target">Where to; its folder is created.</param>
    /// <param name="checksum">What its bytes must add up to.</param>
    /// <param name="bytes">Its size, or null if it is not known.</param>
    /// <param name="progress">Who is told, on the thread that downloads.</param>
    /// <param name="stop">Ends it; the partial file stays, and the next call goes on with it if the server allows it.</param>
    /// <exception cref="UserErrorException">It cannot be got, is another file than expected, or cannot be written.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
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

    /// <summary>A way to the network for the options.</summary>
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
                // Whoever gets further has all tries again.
            }
        }
    }

    private UserErrorException GiveUp(Uri address, PartialFile part, BrokenDownloadException broken)
    {
        string then = part.Length > 0 && part.Origin is not null
            ? "what came so far is kept, and the same command goes on" : "run the same command again";
        return new(IsTooLong(broken.RetryAfter)
            ? $"{address}: {broken.Message} and asks to wait {broken.RetryAfter:g}; after that, {then}, or name another place with --from."
            : $"{address}: {broken.Message}, {_options.Retries + 1} times without getting further; check the network: {then}, "
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
