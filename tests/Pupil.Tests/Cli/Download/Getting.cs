using System.Collections.Concurrent;
using System.Security.Cryptography;
using Pupil.Cli.Download;

namespace Pupil.Tests.Cli.Download;

/// <summary>A file to download, a folder for it, and the reported events.</summary>
internal sealed class Getting : IProgress<DownloadProgress>, IDisposable
{
    /// <summary>Options with short waits, so that tests are quick.</summary>
    public static readonly DownloadOptions Quick = new()
    {
        Retries = 3,
        FirstWait = TimeSpan.FromMilliseconds(1),
        LongestWait = TimeSpan.FromMilliseconds(2),
        LongestAskedWait = TimeSpan.FromSeconds(5),
        StallAfter = TimeSpan.FromSeconds(20), // long enough for a busy machine
    };

    /// <summary>Options with a short time without data, too.</summary>
    public static readonly DownloadOptions Hasty = Quick with { Retries = 20, StallAfter = TimeSpan.FromMilliseconds(700) };

    private readonly TemporaryFolder _folder = new();
    private readonly ConcurrentQueue<DownloadProgress> _reports = [];

    public static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <summary>300,000 random bytes: more than one buffer.</summary>
    public byte[] Content { get; } = Bytes(300_000, seed: 1);

    public Checksum Checksum => Checksum.Sha256(Convert.ToHexString(SHA256.HashData(Content)));

    public string Target => _folder["sub/file.bin"];

    public string Part => Target + ".part";

    /// <summary>The names of the files in the target's folder.</summary>
    public IEnumerable<string> Files => Directory.EnumerateFiles(_folder["sub"]).Select(file => Path.GetFileName(file)).Order();

    public string this[string name] => _folder[name];

    public IEnumerable<T> Reported<T>() where T : DownloadProgress => _reports.OfType<T>();

    public static byte[] Bytes(int count, int seed)
    {
        byte[] bytes = new byte[count];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    /// <summary>Downloads the file.</summary>
    /// <param name="server">The server.</param>
    /// <param name="bytes">The expected size; -1 for an unknown one, null for the content's.</param>
    /// <param name="options">The options; null for the quick ones.</param>
    /// <param name="stop">Cancels the download.</param>
    public async Task Get(ScriptedServer server, long? bytes = null, DownloadOptions? options = null, CancellationToken? stop = null)
    {
        using var downloader = new Downloader(options ?? Quick);
        long? size = bytes == -1 ? null : bytes ?? Content.Length;
        await downloader.DownloadAsync(server["file.bin"], Target, Checksum, size, this, stop ?? Stop);
    }

    /// <summary>Returns the message with which the download fails.</summary>
    public async Task<string> Failure(ScriptedServer server, long? bytes = null, DownloadOptions? options = null)
    {
        var error = await Assert.ThrowsAsync<UserErrorException>(() => Get(server, bytes, options));
        Assert.False(File.Exists(Target));
        Assert.DoesNotContain('\n', error.Message);
        return error.Message;
    }

    /// <summary>Checks that the file is in its folder, and nothing else.</summary>
    public void AssertGot()
    {
        Assert.Equal(Content, File.ReadAllBytes(Target));
        Assert.Equal(["file.bin"], Files);
        Assert.Equal(Content.Length, Reported<DownloadFinished>().Single().Bytes);
    }

    public void Report(DownloadProgress value) => _reports.Enqueue(value);

    public void Dispose() => _folder.Dispose();
}
