using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Pupil.Tests.Cli.Download;

/// <summary>A client's request: the path, and the headers by their names in lower case.</summary>
internal sealed record Request(string Path, IReadOnlyDictionary<string, string> Headers)
{
    public string? this[string header] => Headers.GetValueOrDefault(header);
}

/// <summary>
/// A local web server with scripted responses, valid or invalid: one response for each request, each on its own connection. The last
/// response repeats.
/// </summary>
internal sealed class ScriptedServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _end = new();
    private readonly Func<Request, Reply, Task>[] _script;
    private readonly X509Certificate2? _certificate;
    private readonly List<Request> _requests = [];

    public ScriptedServer(params Func<Request, Reply, Task>[] script) : this(null, script) { }

    public ScriptedServer(X509Certificate2? certificate, params Func<Request, Reply, Task>[] script)
    {
        (_certificate, _script) = (certificate, script);
        _listener.Start();
        _ = AcceptAsync();
    }

    /// <summary>The address of the server's folder, which ends in <c>/</c>.</summary>
    public Uri Address => new($"{(_certificate is null ? "http" : "https")}://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/");

    /// <summary>Returns the address of a file.</summary>
    public Uri this[string name] => new(Address, name);

    /// <summary>The requests so far.</summary>
    public IReadOnlyList<Request> Requests
    {
        get { lock (_requests) return [.. _requests]; }
    }

    public void Dispose()
    {
        _end.Cancel();
        _listener.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
                _ = ServeAsync(await _listener.AcceptTcpClientAsync(_end.Token));
        }
        catch (Exception error) when (error is OperationCanceledException or SocketException or ObjectDisposedException)
        {
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        try
        {
            using var connection = client;
            await using Stream stream = _certificate is null ? client.GetStream() : await SecureAsync(client.GetStream(), _certificate);
            if (await ReadAsync(stream) is not { } request)
                return;
            int turn;
            lock (_requests)
            {
                turn = _requests.Count;
                _requests.Add(request);
            }
            await _script[Math.Min(turn, _script.Length - 1)](request, new Reply(client, stream, _end.Token));
        }
        catch (Exception error) when (error is IOException or OperationCanceledException or AuthenticationException)
        {
            // The client left, or the test is over.
        }
    }

    private static async Task<Stream> SecureAsync(Stream stream, X509Certificate2 certificate)
    {
        var secure = new SslStream(stream);
        await secure.AuthenticateAsServerAsync(certificate);
        return secure;
    }

    private async Task<Request?> ReadAsync(Stream stream)
    {
        var text = new StringBuilder();
        byte[] one = new byte[1];
        while (!text.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            if (await stream.ReadAsync(one, _end.Token) == 0)
                return null;
            text.Append((char)one[0]);
        }
        string[] lines = text.ToString().Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        return new(lines[0].Split(' ')[1],
            lines[1..].Select(line => line.Split(": ", 2)).ToDictionary(pair => pair[0].ToLowerInvariant(), pair => pair[1]));
    }
}

/// <summary>The connection on which a response is written.</summary>
internal sealed class Reply(TcpClient client, Stream stream, CancellationToken end)
{
    /// <summary>Sends the status and headers.</summary>
    public Task Head(string status, params string[] headers) =>
        Text($"HTTP/1.1 {status}\r\nConnection: close\r\n{string.Concat(headers.Select(header => header + "\r\n"))}\r\n");

    public Task Text(string text) => Bytes(Encoding.ASCII.GetBytes(text));

    public async Task Bytes(ReadOnlyMemory<byte> bytes)
    {
        await stream.WriteAsync(bytes, end);
        await stream.FlushAsync(end);
    }

    /// <summary>Sends nothing more until the test is over.</summary>
    public Task Stall() => Task.Delay(Timeout.Infinite, end);

    /// <summary>Resets the connection.</summary>
    public void Reset() => client.Client.Close(0);
}
