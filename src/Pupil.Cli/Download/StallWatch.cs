namespace Pupil.Cli.Download;

/// <summary>Limits the time that network operations may take without data.</summary>
/// <param name="patience">The longest time without data.</param>
/// <param name="stop">Cancels at once.</param>
internal sealed class StallWatch(TimeSpan patience, CancellationToken stop) : IDisposable
{
    private readonly CancellationTokenSource _waiting = CancellationTokenSource.CreateLinkedTokenSource(stop);

    /// <summary>Awaits one network operation.</summary>
    /// <param name="host">The host, for messages.</param>
    /// <param name="receive">The operation.</param>
    /// <exception cref="BrokenDownloadException">No data arrived in time, or the connection broke.</exception>
    /// <exception cref="UserErrorException">The server's certificate is not valid for the host.</exception>
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
            throw new UserErrorException($"{host}: found a certificate that is not valid for it ({error.InnerException.Message}), "
                + "expected a valid one; check this machine's clock and proxy, or name another place with --from.", error);
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
