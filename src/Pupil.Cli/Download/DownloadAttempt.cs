using System.Net;
using System.Net.Http.Headers;

namespace Pupil.Cli.Download;

/// <summary>One attempt to download the rest of a file.</summary>
/// <param name="client">The HTTP client.</param>
/// <param name="address">The file's address.</param>
/// <param name="part">The partial file.</param>
/// <param name="patience">The longest time without any data.</param>
internal sealed class DownloadAttempt(HttpClient client, Uri address, PartialFile part, TimeSpan patience)
{
    private const int BufferBytes = 1 << 16;

    /// <summary>The file's name in events.</summary>
    public required string Name { get; init; }

    /// <summary>The expected size of the file in bytes, or null if it is unknown.</summary>
    public long? Bytes { get; init; }

    /// <summary>Receives the events; null for none.</summary>
    public IProgress<DownloadProgress>? Progress { get; init; }

    /// <summary>Requests the missing bytes and writes them to the partial file.</summary>
    /// <exception cref="BrokenDownloadException">The download broke off; another attempt may continue.</exception>
    /// <exception cref="UserErrorException">Another attempt would not help.</exception>
    public async Task RunAsync(CancellationToken stop)
    {
        using var watch = new StallWatch(patience, stop);
        var (from, validator) = Beginning();
        if (from > 0 && from == Bytes)
            return;
        if (!await ReceiveAsync(from, validator, watch))
            await ReceiveAsync(0, null, watch);
    }

    /// <summary>Returns the length of the usable beginning, and the validator that identifies its file.</summary>
    private (long From, RangeConditionHeaderValue? Validator) Beginning()
    {
        long length = part.Length;
        bool usable = length > 0 && length <= (Bytes ?? long.MaxValue) && part.Origin?.Address == address.AbsoluteUri;
        return usable && RangeConditionHeaderValue.TryParse(part.Origin?.Validator, out var validator) ? (length, validator) : (0, null);
    }

    /// <returns>False if the partial file is useless and was discarded.</returns>
    private async Task<bool> ReceiveAsync(long from, RangeConditionHeaderValue? validator, StallWatch watch)
    {
        // The stored bytes, without content encoding: checksum and ranges refer to these.
        using var request = new HttpRequestMessage(HttpMethod.Get, address) { Headers = { { "Accept-Encoding", "identity" } } };
        if (from > 0)
            (request.Headers.Range, request.Headers.IfRange) = (new(from, null), validator);
        using var answer = await watch.WaitAsync(address.Host,
            async stop => await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, stop));
        if (from > 0 && IsUseless(answer, from, validator!.ToString(), out string reason))
        {
            part.Discard();
            Progress?.Report(new DownloadStartedOver(Name, reason));
            return false;
        }
        ServerAnswer.Check(answer, address);
        if (from > 0 && answer.StatusCode == HttpStatusCode.OK)
        {
            Progress?.Report(new DownloadStartedOver(Name, "it has changed on the server, or the server does not support ranges"));
            from = 0;
        }
        long? whole = Whole(answer, from);
        bool fits;
        await using (var target = from > 0 ? part.Continue() : part.StartOver(ServerAnswer.Origin(answer, address)))
        {
            Progress?.Report(new DownloadStarted(Name, address.AbsoluteUri, from, whole));
            fits = await WriteAsync(answer, target, from, whole, watch);
        }
        if (fits)
            return true;
        part.Discard();
        throw new UserErrorException($"{address}: found more than {whole:N0} bytes, expected exactly as many: it is another file; "
            + "name another place with --from.");
    }

    private static bool IsUseless(HttpResponseMessage answer, long from, string validator, out string reason)
    {
        reason = answer.StatusCode switch
        {
            HttpStatusCode.RequestedRangeNotSatisfiable => "the server has no such part of the file",
            HttpStatusCode.PartialContent when answer.Content.Headers.ContentRange?.From != from =>
                "the server sends another part than the requested one",
            HttpStatusCode.PartialContent when ServerAnswer.IsOfAnother(answer, validator) => "it has changed on the server",
            _ => "",
        };
        return reason.Length > 0;
    }

    /// <summary>Returns the size of the whole file, by the response or as known before.</summary>
    private long? Whole(HttpResponseMessage answer, long from)
    {
        long? declared = from > 0 ? answer.Content.Headers.ContentRange?.Length
            : answer.StatusCode == HttpStatusCode.OK ? answer.Content.Headers.ContentLength
            : throw new UserErrorException($"{address}: found a part of the file, expected all of it; name another place with --from.");
        return declared is long found && Bytes is long expected && found != expected
            ? throw new UserErrorException($"{address}: found {found:N0} bytes, expected {expected:N0}: it is another file; "
                + "name another place with --from (an address that ends in / is a folder).")
            : declared ?? Bytes;
    }

    /// <returns>False if more bytes arrived than the file has.</returns>
    private async Task<bool> WriteAsync(HttpResponseMessage answer, FileStream target, long done, long? whole, StallWatch watch)
    {
        byte[] buffer = new byte[BufferBytes];
        await using var body = await watch.WaitAsync(address.Host, async stop => await answer.Content.ReadAsStreamAsync(stop));
        while (await watch.WaitAsync(address.Host, stop => body.ReadAsync(buffer, stop)) is > 0 and var count)
        {
            if (done + count > whole)
                return false;
            part.Do(() => target.Write(buffer, 0, count));
            done += count;
            Progress?.Report(new DownloadAdvanced(Name, done, whole));
        }
        part.Do(() => target.Flush(flushToDisk: true));
        return done < whole ? throw new BrokenDownloadException($"{address.Host} sent {done:N0} of {whole:N0} bytes") : true;
    }
}
