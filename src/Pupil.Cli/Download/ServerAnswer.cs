using System.Net;
using System.Net.Http.Headers;

namespace Pupil.Cli.Download;

/// <summary>What a server's answer means for a download.</summary>
internal static class ServerAnswer
{
    /// <summary>Lets through only the answers that bring bytes.</summary>
    /// <param name="answer">The answer.</param>
    /// <param name="address">The address that was asked first.</param>
    /// <exception cref="BrokenDownloadException">It may be another at the next try.</exception>
    /// <exception cref="UserErrorException">It will not.</exception>
    public static void Check(HttpResponseMessage answer, Uri address)
    {
        if (answer.StatusCode is HttpStatusCode.OK or HttpStatusCode.PartialContent)
            return;
        string status = $"{(int)answer.StatusCode} {answer.ReasonPhrase}".TrimEnd();
        throw answer.StatusCode switch
        {
            HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests or HttpStatusCode.InternalServerError
                or HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout
                => new BrokenDownloadException($"the server answers {status}") { RetryAfter = RetryAfter(answer) },
            HttpStatusCode.NotFound or HttpStatusCode.Gone
                => new UserErrorException($"{address}: the server answers {status}; check the address, or name another place with --from "
                    + "(an address that ends in / is a folder)."),
            HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden
                => new UserErrorException($"{address}: the server answers {status}: it does not give this file to everybody; "
                    + "name another place with --from."),
            >= HttpStatusCode.MovedPermanently and < HttpStatusCode.BadRequest
                => new UserErrorException(Redirection(answer, address, status)),
            _ => new UserErrorException($"{address}: the server answers {status}, expected the file; name another place with --from."),
        };
    }

    /// <summary>Whose beginning the bytes of this answer are; null if it gives nothing to know it by later.</summary>
    public static PartialOrigin? Origin(HttpResponseMessage answer, Uri address) =>
        Validator(answer) is string validator ? new(address.AbsoluteUri, validator) : null;

    /// <summary>Whether a part of a file is of another state of the file than the one known by its validator.</summary>
    public static bool IsOfAnother(HttpResponseMessage part, string validator) =>
        EntityTagHeaderValue.TryParse(validator, out var known)
            ? part.Headers.ETag is { } tag && !tag.Equals(known)
            : part.Content.Headers.LastModified is { } changed && changed.ToString("R") != validator;

    // A weak tag allows for other bytes; a file that changed in the second of the answer may have changed after it (RFC 9110, 8.8).
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

    // By the server's clock where it tells it, since its dates are by that one.
    private static DateTimeOffset Now(HttpResponseMessage answer) => answer.Headers.Date ?? DateTimeOffset.UtcNow;

    private static string Redirection(HttpResponseMessage answer, Uri address, string status)
    {
        var at = answer.RequestMessage?.RequestUri ?? address;
        var next = answer.Headers.Location is { } location ? new Uri(at, location) : null;
        return next is null ? $"{address}: the server answers {status} without saying where the file is; name another place with --from."
            : at.Scheme == Uri.UriSchemeHttps && next.Scheme != Uri.UriSchemeHttps
            ? $"{address}: leads from https to {next}, which nobody protects; expected https; name another place with --from."
            : $"{address}: leads from address to address without end (last {next}); name another place with --from.";
    }
}
