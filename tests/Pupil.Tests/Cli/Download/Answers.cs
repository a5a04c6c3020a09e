using System.Globalization;

namespace Pupil.Tests.Cli.Download;

/// <summary>Responses for a <see cref="ScriptedServer"/>.</summary>
internal static class Answers
{
    public const string Tag = "\"one\"";

    /// <summary>Sends a file as a correct server does: the requested range if the validator matches, otherwise the whole file.</summary>
    /// <param name="content">The whole file.</param>
    /// <param name="validators">The file's <c>ETag</c> or <c>Last-Modified</c> header.</param>
    public static Func<Request, Reply, Task> File(byte[] content, string validators = $"ETag: {Tag}") => (request, reply) =>
        Send(request, reply, content, validators, content.Length);

    /// <summary>Sends a file, but the connection breaks after some bytes of the body.</summary>
    public static Func<Request, Reply, Task> Broken(byte[] content, int after, string validators = $"ETag: {Tag}") =>
        async (request, reply) =>
        {
            await Send(request, reply, content, validators, after);
            reply.Reset();
        };

    /// <summary>Sends a file, but stalls after some bytes of the body.</summary>
    public static Func<Request, Reply, Task> Stalling(byte[] content, int after) => async (request, reply) =>
    {
        await Send(request, reply, content, $"ETag: {Tag}", after);
        await reply.Stall();
    };

    /// <summary>Sends a response without a body.</summary>
    public static Func<Request, Reply, Task> Status(string status, params string[] headers) => (_, reply) =>
        reply.Head(status, ["Content-Length: 0", .. headers]);

    private static async Task Send(Request request, Reply reply, byte[] content, string validators, int bytes)
    {
        int from = request["range"] is string range && validators.EndsWith($": {request["if-range"]}", StringComparison.Ordinal)
            ? int.Parse(range["bytes=".Length..^1], CultureInfo.InvariantCulture) : 0;
        string length = $"Content-Length: {content.Length - from}";
        await (from == 0
            ? reply.Head("200 OK", length, validators)
            : reply.Head("206 Partial Content", length, validators, $"Content-Range: bytes {from}-{content.Length - 1}/{content.Length}"));
        await reply.Bytes(content.AsMemory(from, Math.Min(bytes, content.Length - from)));
    }
}
