using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Pupil.Reporting.Content;
using Pupil.Reporting.Page;

namespace Pupil.Cli.Watching;

/// <summary>Serves the report of runs to browsers of this machine; it is made again whenever the records change.</summary>
internal sealed class WatchServer : IAsyncDisposable
{
    private const string Here = "127.0.0.1";

    private static readonly string[] RecordNames = ["epochs.jsonl", "run.json", "comparison.json"];

    // Links are not followed, since one may lead back to its own folder. RECIPE/ROW/seed-N below cells is the deepest folder with records.
    private static readonly EnumerationOptions Below = new()
    {
        RecurseSubdirectories = true,
        MaxRecursionDepth = 5,
        AttributesToSkip = FileAttributes.ReparsePoint,
        IgnoreInaccessible = true,
    };

    private readonly WebApplication _server;
    private readonly IReadOnlyList<string> _folders;
    private readonly Lock _making = new();
    private (string Version, string Page)? _made;

    private WatchServer(WebApplication server, IReadOnlyList<string> folders) => (_server, _folders) = (server, folders);

    /// <summary>The address of the page.</summary>
    public string Address => _server.Urls.First();

    /// <summary>Starts the server.</summary>
    /// <param name="folders">Run folders, or the folder of a comparison.</param>
    /// <param name="port">The port of 127.0.0.1; 0 for any free one.</param>
    /// <param name="stop">Requests an end of the start.</param>
    /// <exception cref="UserErrorException">The port is taken.</exception>
    public static async Task<WatchServer> StartAsync(IReadOnlyList<string> folders, int port, CancellationToken stop)
    {
        // The builder has no source of settings and no other address, so no file or variable changes where it listens.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(options => options.Listen(IPAddress.Loopback, port));
        // A page of another site that gives its name this address is refused.
        builder.Services.AddHostFiltering(options => options.AllowedHosts = [Here, "localhost"]);
        var server = new WatchServer(builder.Build(), folders);
        server._server.UseHostFiltering();
        server._server.Run(server.AnswerAsync);
        try
        {
            await server._server.StartAsync(stop);
        }
        catch (IOException error)
        {
            await server.DisposeAsync();
            throw new UserErrorException($"--port: {port} cannot be served ({error.Message}); choose another one, or leave it out.", error);
        }
        return server;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await _server.DisposeAsync();

    private Task AnswerAsync(HttpContext context)
    {
        var (type, text) = (context.Request.Method, context.Request.Path.Value) switch
        {
            ("GET", "/") => ("text/html; charset=utf-8", Page()),
            ("GET", "/version") => ("text/plain; charset=utf-8", Version()),
            _ => ("", ""),
        };
        if (type.Length == 0)
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        }
        context.Response.ContentType = type;
        return context.Response.WriteAsync(text);
    }

    private string Page()
    {
        lock (_making)
        {
            string version = Version();
            if (_made?.Version != version)
                _made = (version, Report.LivePage(ReportContent.FromFolders(_folders)));
            return _made.Value.Page;
        }
    }

    // Changes with the records that a run writes after an epoch or at its end, and not with every step.
    private string Version()
    {
        FileInfo[] records =
        [
            .. _folders.SelectMany(folder => new DirectoryInfo(folder).EnumerateFiles("*", Below))
                .Where(file => RecordNames.Contains(file.Name)),
        ];
        long bytes = records.Sum(file => file.Length);
        var latest = records.Max(file => (DateTime?)file.LastWriteTimeUtc);
        return string.Create(CultureInfo.InvariantCulture, $"{records.Length} {bytes} {latest?.Ticks}");
    }
}
