using System.Security.Cryptography;
using Pupil.Cli.Download;

namespace Pupil.Tests.Cli.Download;

/// <summary>Tests successful downloads, and downloads of another file than expected.</summary>
public sealed class DownloaderTests
{
    [Fact]
    public async Task A_file_arrives_whole_with_its_progress()
    {
        using var getting = new Getting();
        using var server = new ScriptedServer(Answers.File(getting.Content));
        await getting.Get(server);
        getting.AssertGot();
        Assert.Equal([new("file.bin", server["file.bin"].ToString(), 0, 300_000)], getting.Reported<DownloadStarted>());
        var steps = getting.Reported<DownloadAdvanced>().Select(step => step.Done).ToList();
        Assert.Equal(steps.Order().Distinct(), steps);
        Assert.Equal(300_000, steps[^1]);
        var request = server.Requests.Single();
        Assert.Matches(@"^pupil/\d+\.\d+\.\d+$", request["user-agent"]);
        Assert.Equal("identity", request["accept-encoding"]);
        Assert.Null(request["range"]);
    }

    [Fact]
    public async Task Chunks_without_a_length_arrive_whole()
    {
        using var getting = new Getting();
        using var server = new ScriptedServer(async (_, reply) =>
        {
            await reply.Head("200 OK", "Transfer-Encoding: chunked");
            foreach (byte[] chunk in getting.Content.Chunk(70_000))
            {
                await reply.Text($"{chunk.Length:x}\r\n");
                await reply.Bytes(chunk);
                await reply.Text("\r\n");
            }
            await reply.Text("0\r\n\r\n");
        });
        await getting.Get(server, bytes: -1);
        getting.AssertGot();
        Assert.Null(getting.Reported<DownloadStarted>().Single().Bytes);
    }

    [Fact]
    public async Task An_MD5_is_checked_as_well()
    {
        using var getting = new Getting();
        using var server = new ScriptedServer(Answers.File(getting.Content));
        using var downloader = new Downloader(Getting.Quick);
        var checksum = Checksum.Md5("900150983CD24FB0D6963F7D28E17F72"); // RFC 1321's of "abc"
        var wrong = await Assert.ThrowsAsync<UserErrorException>(
            () => downloader.DownloadAsync(server["file.bin"], getting.Target, checksum, stop: Getting.Stop));
        Assert.Contains("expected 900150983cd24fb0d6963f7d28e17f72", wrong.Message);
        using var right = new ScriptedServer(Answers.File("abc"u8.ToArray()));
        await downloader.DownloadAsync(right["file.bin"], getting.Target, checksum, stop: Getting.Stop);
        Assert.Equal("abc", await File.ReadAllTextAsync(getting.Target, Getting.Stop));
    }

    [Fact]
    public async Task Wrong_bytes_are_removed_and_both_checksums_said()
    {
        using var getting = new Getting();
        byte[] other = Getting.Bytes(300_000, seed: 2);
        using var server = new ScriptedServer(Answers.File(other));
        string message = await getting.Failure(server);
        string found = Convert.ToHexStringLower(SHA256.HashData(other));
        Assert.Contains($"found a file with SHA-256 {found}, expected {getting.Checksum.Hex}", message);
        Assert.Contains("run the same command again", message);
        Assert.Empty(getting.Files);
    }

    [Theory]
    [InlineData(299_999)]
    [InlineData(300_001)]
    public async Task Another_size_than_the_known_one_is_refused_before_anything_is_written(int length)
    {
        using var getting = new Getting();
        using var server = new ScriptedServer(Answers.File(Getting.Bytes(length, seed: 1)));
        Assert.Contains($"found {length:N0} bytes, expected 300,000", await getting.Failure(server));
        Assert.Empty(getting.Files);
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task More_than_the_known_size_without_a_length_is_refused_and_removed()
    {
        using var getting = new Getting();
        using var server = new ScriptedServer(async (_, reply) =>
        {
            await reply.Head("200 OK", $"ETag: {Answers.Tag}");
            await reply.Bytes(getting.Content);
            await reply.Text("and more");
        });
        Assert.Contains("found more than 300,000 bytes", await getting.Failure(server));
        Assert.Empty(getting.Files);
    }

    [Theory]
    [InlineData(1_000, "sent|broke off", true)] // declares more than it sends
    [InlineData(-1_000, "expected " + "[0-9a-f]{64}", false)] // declares less, which ends the body
    public async Task A_length_that_is_a_lie_is_found_out(int more, string message, bool again)
    {
        using var getting = new Getting();
        using var server = new ScriptedServer(async (_, reply) =>
        {
            await reply.Head("200 OK", $"Content-Length: {getting.Content.Length + more}");
            await reply.Bytes(getting.Content);
        });
        Assert.Matches(message, await getting.Failure(server, bytes: -1));
        // Without a validator, the bytes that came are useless.
        Assert.Equal(again, server.Requests.Count > 1);
        Assert.All(server.Requests, request => Assert.Null(request["range"]));
    }

    [Fact]
    public async Task Only_one_process_gets_a_file_at_a_time()
    {
        using var getting = new Getting();
        using var server = new ScriptedServer(Answers.File(getting.Content));
        using (PartialFile.Take(getting.Target))
            Assert.Contains("another process of pupil is getting this file", await getting.Failure(server));
        Assert.Empty(server.Requests);
        await getting.Get(server);
        getting.AssertGot();
    }
}
