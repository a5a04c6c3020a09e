using Pupil.Cli.Download;

namespace Pupil.Tests.Cli.Download;

/// <summary>Tests when a download is retried, when not, and how long it waits.</summary>
public sealed class RetryTests
{
    [Theory]
    [InlineData("429 Too Many Requests")]
    [InlineData("500 Internal Server Error")]
    [InlineData("502 Bad Gateway")]
    [InlineData("503 Service Unavailable")]
    [InlineData("504 Gateway Timeout")]
    public async Task A_server_in_trouble_is_asked_again(string status)
    {
        using var getting = new Getting();
        using var server = new ScriptedServer(Answers.Status(status), Answers.Status(status), Answers.File(getting.Content));
        await getting.Get(server);
        getting.AssertGot();
        Assert.Equal([1, 2], getting.Reported<DownloadRetrying>().Select(retry => retry.Retry));
        Assert.All(getting.Reported<DownloadRetrying>(), retry => Assert.Contains(status, retry.Reason));
    }

    [Theory]
    [InlineData("400 Bad Request")]
    [InlineData("401 Unauthorized")]
    [InlineData("403 Forbidden")]
    [InlineData("404 Not Found")]
    [InlineData("410 Gone")]
    [InlineData("416 Range Not Satisfiable")]
    [InlineData("206 Partial Content")] // in response to a request for the whole file
    public async Task A_clear_no_is_not_asked_again(string status)
    {
        using var getting = new Getting();
        using var server = new ScriptedServer(Answers.Status(status));
        string message = await getting.Failure(server);
        Assert.Contains(server["file.bin"].ToString(), message);
        Assert.Contains("--from", message);
        if (status[0] == '4')
            Assert.Contains(status, message);
        Assert.Single(server.Requests);
        Assert.Empty(getting.Files);
    }

    [Fact]
    public async Task It_gives_up_after_some_tries_that_get_no_further()
    {
        using var getting = new Getting();
        using var server = new ScriptedServer(Answers.Status("503 Service Unavailable"));
        Assert.Contains("503 Service Unavailable, 4 times", await getting.Failure(server));
        Assert.Equal(4, server.Requests.Count);
        Assert.Empty(getting.Files);
    }

    [Fact]
    public async Task Who_gets_further_is_not_given_up()
    {
        using var getting = new Getting();
        // Ten broken connections and three retries; each connection brings progress.
        var broken = Enumerable.Repeat(Answers.Broken(getting.Content, 28_000), 10);
        using var server = new ScriptedServer([.. broken, Answers.File(getting.Content)]);
        await getting.Get(server);
        getting.AssertGot();
        Assert.InRange(server.Requests.Count, 11, 12);
    }

    [Fact]
    public async Task What_came_before_it_gave_up_is_kept()
    {
        using var getting = new Getting();
        using var server = new ScriptedServer(Answers.Stalling(getting.Content, 100_000), Answers.Status("503 Service Unavailable"));
        Assert.Contains("what came so far is kept", await getting.Failure(server, options: Getting.Hasty));
        Assert.Equal(getting.Reported<DownloadAdvanced>().Last().Done, new FileInfo(getting.Part).Length);
    }

    [Fact]
    public async Task A_stall_counts_as_broken()
    {
        using var getting = new Getting();
        using var server = new ScriptedServer(
            Answers.Stalling(getting.Content, 100_000), (_, reply) => reply.Stall(), Answers.File(getting.Content));
        await getting.Get(server, options: Getting.Hasty);
        getting.AssertGot();
        Assert.All(getting.Reported<DownloadRetrying>(), retry => Assert.Equal("nothing came from 127.0.0.1 for 0.7 s", retry.Reason));
        // Two at least: on a busy machine what does come may be late as well.
        Assert.True(getting.Reported<DownloadRetrying>().Count() >= 2);
        long kept = 0;
        foreach (var report in getting.Reported<DownloadProgress>())
        {
            if (report is DownloadStarted started)
                Assert.Equal(kept, started.From);
            kept = report is DownloadAdvanced advanced ? advanced.Done : kept;
        }
        long last = getting.Reported<DownloadStarted>().Last().From;
        Assert.Equal(last == 0 ? null : $"bytes={last}-", server.Requests[^1]["range"]);
    }

    [Fact]
    public async Task A_host_without_a_server_is_reported()
    {
        using var getting = new Getting();
        using var downloader = new Downloader(Getting.Quick);
        Uri address;
        using (var server = new ScriptedServer())
            address = server["file.bin"];
        var error = await Assert.ThrowsAsync<UserErrorException>(
            () => downloader.DownloadAsync(address, getting.Target, getting.Checksum, progress: getting, stop: Getting.Stop));
        Assert.Contains("no connection to 127.0.0.1", error.Message);
        Assert.Equal(3, getting.Reported<DownloadRetrying>().Count());
    }

    [Theory]
    [InlineData("Retry-After: 1")]
    [InlineData("Date: Mon, 01 Jan 2024 00:00:00 GMT\r\nRetry-After: Mon, 01 Jan 2024 00:00:01 GMT")] // by the server's clock
    public async Task A_wait_that_the_server_asks_for_is_kept(string header)
    {
        using var getting = new Getting();
        using var server = new ScriptedServer(Answers.Status("429 Too Many Requests", header), Answers.File(getting.Content));
        await getting.Get(server);
        getting.AssertGot();
        Assert.Equal(TimeSpan.FromSeconds(1), getting.Reported<DownloadRetrying>().Single().Wait);
    }

    [Fact]
    public async Task A_wait_can_be_stopped()
    {
        using var getting = new Getting();
        using var server = new ScriptedServer(Answers.Status("503 Service Unavailable", "Retry-After: 36000"));
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Getting.Stop);
        var getIt = getting.Get(server, options: Getting.Quick with { LongestAskedWait = TimeSpan.FromDays(1) }, stop: stop.Token);
        while (!getting.Reported<DownloadRetrying>().Any())
            await Task.Delay(1, Getting.Stop);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => getIt); // which it would not in ten hours
        Assert.Single(server.Requests);
    }

    [Theory]
    [InlineData("Retry-After: 3600")]
    [InlineData("Date: Mon, 01 Jan 2024 00:00:00 GMT\r\nRetry-After: Mon, 01 Jan 2024 01:00:00 GMT")]
    public async Task A_very_long_wait_is_left_to_the_person(string header)
    {
        using var getting = new Getting();
        using var server = new ScriptedServer(Answers.Status("503 Service Unavailable", header));
        Assert.Contains("asks to wait 1:00:00", await getting.Failure(server));
        Assert.Single(server.Requests);
    }

    [Theory]
    [InlineData("Retry-After: 0")]
    [InlineData("Retry-After: soon")]
    [InlineData("Retry-After: Mon, 01 Jan 2001 00:00:00 GMT")]
    public async Task A_wait_that_says_nothing_is_replaced_by_our_own(string header)
    {
        using var getting = new Getting();
        using var server = new ScriptedServer(Answers.Status("503 Service Unavailable", header), Answers.File(getting.Content));
        var waiting = Getting.Quick with { FirstWait = TimeSpan.FromMilliseconds(20), LongestWait = TimeSpan.FromSeconds(1) };
        await getting.Get(server, options: waiting);
        Assert.InRange(getting.Reported<DownloadRetrying>().Single().Wait, TimeSpan.FromMilliseconds(1), waiting.LongestWait);
    }
}
