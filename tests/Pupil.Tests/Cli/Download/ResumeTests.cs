using Pupil.Cli.Download;

namespace Pupil.Tests.Cli.Download;

/// <summary>Tests how a download continues an earlier attempt, and when it must not.</summary>
public sealed class ResumeTests
{
    private const string Date = "Mon, 01 Jan 2024 00:00:00 GMT";

    [Theory]
    [InlineData($"ETag: {Answers.Tag}", Answers.Tag)]
    [InlineData($"Last-Modified: {Date}", Date)]
    public async Task A_broken_download_goes_on_if_the_file_is_the_same(string header, string validator)
    {
        using var getting = new Getting();
        using var server = new ScriptedServer(Answers.Broken(getting.Content, 100_000, header), Answers.File(getting.Content, header));
        await getting.Get(server);
        getting.AssertGot();
        Assert.Equal(validator, server.Requests[1]["if-range"]);
        long from = getting.Reported<DownloadStarted>().Last().From;
        Assert.InRange(from, 1, 100_000);
        Assert.Equal($"bytes={from}-", server.Requests[1]["range"]);
        Assert.Single(getting.Reported<DownloadRetrying>());
        Assert.Empty(getting.Reported<DownloadStartedOver>());
    }

    [Fact]
    public async Task A_stopped_download_goes_on_with_the_next_command()
    {
        using var getting = new Getting();
        using var server = new ScriptedServer(Answers.Stalling(getting.Content, 200_000), Answers.File(getting.Content));
        using var stop = new CancellationTokenSource();
        var first = getting.Get(server, stop: stop.Token);
        while (!(File.Exists(getting.Part) && new FileInfo(getting.Part).Length == 200_000))
            await Task.Delay(1, Getting.Stop);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        Assert.Equal(["file.bin.part", "file.bin.part.json"], getting.Files);
        await getting.Get(server);
        getting.AssertGot();
        Assert.Equal("bytes=200000-", server.Requests[1]["range"]);
    }

    [Fact]
    public async Task A_file_that_changed_between_two_tries_starts_over()
    {
        using var getting = new Getting();
        byte[] old = Getting.Bytes(300_000, seed: 2);
        using var server = new ScriptedServer(Answers.Broken(old, 100_000), Answers.File(getting.Content, "ETag: \"two\""));
        await getting.Get(server);
        getting.AssertGot();
        Assert.Single(getting.Reported<DownloadStartedOver>());
    }

    [Fact]
    public async Task A_part_of_a_changed_file_is_not_added_even_if_the_server_sends_it()
    {
        using var getting = new Getting();
        byte[] old = Getting.Bytes(300_000, seed: 2);
        using var server = new ScriptedServer(
            Answers.Broken(old, 100_000), IgnoringIfRange, Answers.File(getting.Content, "ETag: \"two\""));
        await getting.Get(server);
        getting.AssertGot();
        Assert.Contains("changed", getting.Reported<DownloadStartedOver>().Single().Reason);
        Assert.Null(server.Requests[2]["range"]);

        async Task IgnoringIfRange(Request request, Reply reply)
        {
            int from = int.Parse(request["range"]!["bytes=".Length..^1], null);
            await reply.Head("206 Partial Content", $"Content-Range: bytes {from}-299999/300000", "ETag: \"two\"");
            await reply.Bytes(getting.Content.AsMemory(from));
        }
    }

    [Fact]
    public async Task Another_part_than_asked_for_is_not_taken()
    {
        using var getting = new Getting();
        using var server = new ScriptedServer(Answers.Broken(getting.Content, 100_000), async (_, reply) =>
        {
            await reply.Head("206 Partial Content", "Content-Range: bytes 5-299999/300000", $"ETag: {Answers.Tag}");
            await reply.Bytes(getting.Content.AsMemory(5));
        }, Answers.File(getting.Content));
        await getting.Get(server);
        getting.AssertGot();
    }

    [Theory]
    [InlineData("200 OK")] // a server without support for ranges
    [InlineData("416 Range Not Satisfiable")]
    public async Task Where_the_server_cannot_go_on_it_starts_over(string answer)
    {
        using var getting = new Getting();
        using var server = new ScriptedServer(Answers.Broken(getting.Content, 100_000), async (request, reply) =>
        {
            Assert.NotNull(request["range"]);
            await reply.Head(answer, $"Content-Length: {(answer[0] == '2' ? 300_000 : 0)}");
            if (answer[0] == '2')
                await reply.Bytes(getting.Content);
        }, Answers.File(getting.Content));
        await getting.Get(server);
        getting.AssertGot();
        Assert.Single(getting.Reported<DownloadStartedOver>());
    }

    [Theory]
    [InlineData("ETag: W/\"weak\"")]
    [InlineData("X-Nothing: 1")]
    [InlineData($"Date: {Date}\r\nLast-Modified: {Date}")] // changed in this very second: it may change once more
    public async Task What_cannot_be_known_for_the_same_file_starts_over(string header)
    {
        using var getting = new Getting();
        using var server = new ScriptedServer(Answers.Broken(getting.Content, 100_000, header), Answers.File(getting.Content));
        await getting.Get(server);
        getting.AssertGot();
        Assert.Null(server.Requests[1]["range"]);
    }

    [Fact]
    public async Task What_an_earlier_state_was_known_by_is_forgotten_with_it()
    {
        using var getting = new Getting();
        using var server = new ScriptedServer(Answers.Stalling(getting.Content, 50_000),
            async (_, reply) =>
            {
                await reply.Head("200 OK", "Content-Length: 300000"); // and no tag
                await reply.Bytes(Getting.Bytes(100_000, seed: 2));
                reply.Reset();
            },
            Answers.File(getting.Content));
        // Long enough that a busy machine's own answers come in time.
        await getting.Get(server, options: Getting.Hasty with { StallAfter = TimeSpan.FromSeconds(2) });
        getting.AssertGot();
        Assert.Matches(@"^bytes=\d+-$", server.Requests[1]["range"]);
        Assert.Null(server.Requests[2]["range"]);
    }

    [Theory]
    [InlineData("other.bin", """{"Address":"ADDRESS","Validator":"\"one\""}""")] // of another address
    [InlineData("file.bin", "{ not JSON")]
    [InlineData("file.bin", """{"Address":"ADDRESS","Validator":"?"}""")]
    [InlineData("file.bin", null)]
    public async Task A_partial_file_of_unknown_origin_is_not_trusted(string name, string? sidecar)
    {
        using var getting = new Getting();
        using var server = new ScriptedServer(Answers.File(getting.Content));
        Directory.CreateDirectory(Path.GetDirectoryName(getting.Part)!);
        await File.WriteAllBytesAsync(getting.Part, Getting.Bytes(1_000, seed: 3), Getting.Stop);
        if (sidecar is not null)
            await File.WriteAllTextAsync(getting.Part + ".json", sidecar.Replace("ADDRESS", server[name].ToString()), Getting.Stop);
        await getting.Get(server);
        getting.AssertGot();
        Assert.Null(server.Requests.Single()["range"]);
    }

    [Fact]
    public async Task All_bytes_there_already_are_checked_without_asking()
    {
        using var getting = new Getting();
        using var server = new ScriptedServer(Answers.File(getting.Content));
        Directory.CreateDirectory(Path.GetDirectoryName(getting.Part)!);
        await File.WriteAllBytesAsync(getting.Part, getting.Content, Getting.Stop);
        string sidecar = $$"""{"Address":"{{server["file.bin"]}}","Validator":"\"one\""}""";
        await File.WriteAllTextAsync(getting.Part + ".json", sidecar, Getting.Stop);
        await getting.Get(server);
        getting.AssertGot();
        Assert.Empty(server.Requests);
    }
}
