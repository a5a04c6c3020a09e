using System.Net;
using System.Net.Http.Headers;

namespace Pupil.Cli.Download;

/// <summary>Interprets a server's response to a download request.</summary>
internal static class ServerAnswer
{
    /// <summary>Checks that a response delivers bytes.</summary>
    /// <param name="answer">The response.</param>
    /// <param name="address">The address that was requested first.</param>
    /// <exception cref="BrokenDownloadException">The failure may be transient.</exception>
    /// <exception cref="UserErrorException">The failure is permanent.</exception>
    public static void Check(HttpResponseMessage answer, Uri address)
    {
        if (answer.StatusCode is HttpStatusCode.OK or HttpStatusCode.PartialContent)
            return;
        string status = $"{(int)answer.StatusCode} {answer.ReasonPhrase}".TrimEnd();
        throw answer.StatusCode switch
        {
            HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests or HttpStatusCode.InternalServerError
                or HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout
                => new BrokenDownloadException($"the server responds with {status}") { RetryAfter = RetryAfter(answer) },
            HttpStatusCode.NotFound or HttpStatusCode.Gone
                => new UserErrorException($"{address}: the server responds with {status}, expected the file; check the address, "
                    + "or name another place with --from (an address that ends in / is a folder)."),
            HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden
                => new UserErrorException($"{address}: the server responds with {status}, expected the file without authorization; "
                    + "name another place with --from."),
            >= HttpStatusCode.MovedPermanently and < HttpStatusCode.BadRequest
                => new UserErrorException(Redirection(answer, address, status)),
            _ => new UserErrorException(
                $"{address}: the server responds with {status}, expected the file; name another place with --from."),
        };
    }

    /// <summary>Returns the origin of a response's bytes; null if the response has no validator.</summary>
    public static PartialOrigin? Origin(HttpResponseMessage answer, Uri address) =>
        Validator(answer) is string validator ? new(address.AbsoluteUri, validator) : null;

    /// <summary>Whether a part belongs to another version of the file than the one of the validator.</summary>
    public static bool IsOfAnother(HttpResponseMessage part, string validator) =>
        EntityTagHeaderValue.TryParse(validator, out var known)
            ? part.Headers.ETag is { } tag && !tag.Equals(known)
            : part.Content.Headers.LastModified is { } changed && changed.ToString("R") != validator;

    // A weak tag does not guarantee equal bytes; a file changed in the second of the response may change again in it (RFC 9110, 8.8).
    private static string? Validator(HttpResponseMessage answer) => answer switch
    {
        { Headers.ETag: { IsWeak: false } tag } => tag.ToString(),
        { Content.Headers.LastModified: { } changed } when Now(answer) - changed >= TimeSpan.FromSeconds(1) => changed.ToString("R"),
        _ => null,
    };

    private static TimeSpan? RetryAfter(HttpResponseMessage answer)
    {
        var asked = answer.Headers.RetryAfter;
        var wait = asked?.Delta ?? asked?.Date - Now(answer);
        return wait > TimeSpan.Zero ? wait : null;
    }

    // The server's clock if the response has its date, since the other dates are by that clock.
    private static DateTimeOffset Now(HttpResponseMessage answer) => answer.Headers.Date ?? DateTimeOffset.UtcNow;

    private static string Redirection(HttpResponseMessage answer, Uri address, string status)
    {
        var at = answer.RequestMessage?.RequestUri ?? address;
        var next = answer.Headers.Location is { } location ? new Uri(at, location) : null;
        return next is null
            ? $"{address}: the server responds with {status} without saying where the file is; name another place with --from."
            : at.Scheme == Uri.UriSchemeHttps && next.Scheme != Uri.UriSchemeHttps
            ? $"{address}: redirects from https to {next}, which is not encrypted, expected https; name another place with --from."
            : $"{address}: redirects without end (last to {next}), expected the file; name another place with --from.";
    }
}
