namespace Pupil.Cli.Download;

/// <summary>Waits for the network, but not for ever.</summary>
/// <param name="patience">How long nothing may come.</param>
/// <param name="stop">Ends the waiting at once.</param>
internal sealed class StallWatch(TimeSpan patience, CancellationToken stop) : IDisposable
{
    private readonly CancellationTokenSource _waiting = CancellationTokenSource.CreateLinkedTokenSource(stop);

    /// <summary>Waits for something to come.</summary>
    /// <param name="host">Whom it comes from, for messages.</param>
    /// <param name="receive">What is waited for.</param>
    /// <exception cref="BrokenDownloadException">Nothing came, or the connection broke.</exception>
    /// <exception cref="UserErrorException">The server is not who it says it is.</exception>
    public async ValueTask<T> WaitAsync<T>(string host, Func<CancellationToken, ValueTask<T>> receive)
    {
        _waiting.CancelAfter(patience);
        try
        {
            return await receive(_waiting.Token);
        }
        catch (OperationCanceledException error) when (!stop.IsCancellationRequested)
        {
            throw new BrokenDownloadException($"nothing came from {host} for {patience.TotalSeconds:0.###} s", error);
        }
        catch (HttpRequestException error) when (error.InnerException is System.Security.Authentication.AuthenticationException)
        {
            throw new UserErrorException($"{host}: cannot prove by its certificate who it is ({error.InnerException.Message}); "
                + "check this machine's clock and proxy, or name another place with --from.", error);
        }
        catch (Exception error) when (error is HttpRequestException or IOException)
        {
            stop.ThrowIfCancellationRequested();
            throw new BrokenDownloadException(Reason(host, error), error);
        }
        finally
        {
            _waiting.CancelAfter(Timeout.InfiniteTimeSpan);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _waiting.Dispose();

    private static string Reason(string host, Exception error) => (error as HttpRequestException)?.HttpRequestError switch
    {
        HttpRequestError.NameResolutionError => $"the name {host} cannot be looked up",
        HttpRequestError.ConnectionError => $"no connection to {host} ({error.GetBaseException().Message})",
        _ => $"the connection to {host} broke off ({error.GetBaseException().Message.ReplaceLineEndings(" ")})",
    };
}
