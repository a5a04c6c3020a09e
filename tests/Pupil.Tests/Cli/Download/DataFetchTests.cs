using System.Security.Cryptography;
using Pupil.Cli.Download;

namespace Pupil.Tests.Cli.Download;

/// <summary>Tests getting a whole set from every kind of source.</summary>
public sealed class DataFetchTests
{
    private static readonly byte[] First = Getting.Bytes(5_000, seed: 4), Second = Getting.Bytes(6_000, seed: 5);

    [Fact]
    public async Task All_files_come_from_their_addresses_and_only_once()
    {
        using var getting = new Getting();
        using var server = new ScriptedServer(Serve);
        var set = Set(server.Address);
        var paths = await Fetch(set, null, getting);
        Assert.Equal([getting["data/set/first.gz"], getting["data/second.gz"]], paths);
        AssertThere(getting);
        Assert.Equal(["/first.gz", "/second.gz"], server.Requests.Select(request => request.Path));

        await Fetch(set, null, getting);
        Assert.Equal(2, server.Requests.Count);
        Assert.Equal(["first.gz", "second.gz"], getting.Reported<DownloadKept>().Select(kept => kept.File));
    }

    [Theory]
    [InlineData("mirror/deep/")]
    [InlineData("mirror/deep/second.gz")] // the other one lies beside it
    public async Task A_mirror_has_the_files_under_their_names(string from)
    {
        using var getting = new Getting();
        using var server = new ScriptedServer(Serve);
        await Fetch(Set(new("http://nowhere.invalid/")), server[from].ToString(), getting);
        AssertThere(getting);
        Assert.Equal(["/mirror/deep/first.gz", "/mirror/deep/second.gz"], server.Requests.Select(request => request.Path));
    }

    [Fact]
    public async Task A_full_address_may_have_another_name()
    {
        using var getting = new Getting();
        using var server = new ScriptedServer(Answers.File(First));
        var set = Set(new("http://nowhere.invalid/"));
        await Fetch(set with { Files = [set.Files[0]] }, $"{server["download"]}?id=7", getting);
        Assert.Equal(First, await File.ReadAllBytesAsync(getting["data/set/first.gz"], Getting.Stop));
        Assert.Equal("/download?id=7", server.Requests.Single().Path);
    }

    [Theory]
    [InlineData("local/first.gz", "local/second.gz", "local")]
    [InlineData("local/set/first.gz", "local/second.gz", "local")] // in the layout of a downloaded set
    [InlineData("local/first.gz", "local/second.gz", "local/first.gz")]
    public async Task Files_of_this_machine_are_copied(string first, string second, string from)
    {
        using var getting = new Getting();
        Write(getting[first], First);
        Write(getting[second], Second);
        await Fetch(Set(new("http://nowhere.invalid/")), getting[from], getting);
        AssertThere(getting);
        Assert.True(File.Exists(getting[first]));
        Assert.Equal([5_000, 6_000], getting.Reported<DownloadFinished>().Select(finished => finished.Bytes));
        Assert.Equal(["first.gz"], Directory.EnumerateFiles(getting["data/set"]).Select(file => Path.GetFileName(file)));
    }

    [Fact]
    public async Task A_local_file_that_is_another_is_not_copied_and_stays()
    {
        using var getting = new Getting();
        byte[] other = Getting.Bytes(6_000, seed: 6);
        Write(getting["local/first.gz"], First);
        Write(getting["local/second.gz"], other);
        string message = await Failure(Set(new("http://nowhere.invalid/")), getting["local"], getting);
        Assert.Contains($"found SHA-256 {Convert.ToHexStringLower(SHA256.HashData(other))}, expected {Sum(Second).Hex}", message);
        Assert.Equal(other, await File.ReadAllBytesAsync(getting["local/second.gz"], Getting.Stop));
        Assert.Empty(Directory.EnumerateFiles(getting["data"]));
    }

    [Theory]
    [InlineData("none", "no such file or folder")]
    [InlineData("local", "lacks second.gz")]
    [InlineData("local/other.gz", "expected a folder with first.gz, second.gz")]
    [InlineData("ftp://host/first.gz", "found ftp")]
    [InlineData("http://", "is not an address")]
    [InlineData("http://127.0.0.1:1/page", "ends in /")]
    public async Task A_place_that_will_not_do_is_said_before_anything_is_done(string from, string message)
    {
        using var getting = new Getting();
        Write(getting["local/first.gz"], First);
        Write(getting["local/other.gz"], First);
        string place = from.Contains("://") ? from : getting[from];
        Assert.Contains(message, await Failure(Set(new("http://nowhere.invalid/")), place, getting));
        Assert.False(Directory.Exists(getting["data"]));
    }

    [Theory]
    [InlineData(6_000, "SHA-256")]
    [InlineData(5_999, "5,999 bytes, expected 6,000")]
    public async Task A_file_of_the_name_that_is_another_is_left_alone(int length, string found)
    {
        using var getting = new Getting();
        using var server = new ScriptedServer(Serve);
        byte[] own = Getting.Bytes(length, seed: 7);
        Write(getting["data/second.gz"], own);
        string message = await Failure(Set(server.Address), null, getting);
        Assert.Contains(found, message);
        Assert.Contains("move it away or delete it", message);
        Assert.Equal(own, await File.ReadAllBytesAsync(getting["data/second.gz"], Getting.Stop));
    }

    [Fact]
    public async Task A_folder_that_cannot_be_is_said()
    {
        using var getting = new Getting();
        using var server = new ScriptedServer(Serve);
        Write(getting["data"], First); // a file where the folder should be
        Assert.Contains($"{getting["data/set"]}: cannot be created", await Failure(Set(server.Address), null, getting));
        File.Delete(getting["data"]);
        Directory.CreateDirectory(getting["data/second.gz"]);
        Assert.Contains("found a folder, expected a file", await Failure(Set(server.Address), null, getting));
    }

    [Fact]
    public async Task No_permission_is_said()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows() || Environment.IsPrivilegedProcess, "Nothing is forbidden to this user.");
        using var getting = new Getting();
        using var server = new ScriptedServer(Serve);
        Directory.CreateDirectory(getting["data/set"]);
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(getting["data/set"], UnixFileMode.UserRead | UnixFileMode.UserExecute);
        Assert.Contains("no permission to write here", await Failure(Set(server.Address), null, getting));
    }

    [Fact]
    public async Task A_full_disk_is_said()
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "Only Linux has a disk that is always full.");
        using var getting = new Getting();
        using var server = new ScriptedServer(Serve);
        Directory.CreateDirectory(getting["data/set"]);
        File.CreateSymbolicLink(getting["data/set/first.gz.part"], "/dev/full");
        Assert.Contains("first.gz: the disk is full; make room", await Failure(Set(server.Address), null, getting));
        Assert.False(File.Exists(getting["data/set/first.gz"]));
    }

    private static KnownDataSet Set(Uri address) => new()
    {
        Name = "ours",
        About = "Two files.",
        Page = address,
        Terms = "None.",
        Files =
        [
            new() { Path = "set/first.gz", Address = new(address, "first.gz"), Checksum = Sum(First), Bytes = 5_000 },
            new() { Path = "second.gz", Address = new(address, "second.gz"), Checksum = Sum(Second), Bytes = 6_000 },
        ],
    };

    private static Checksum Sum(byte[] bytes) => Checksum.Sha256(Convert.ToHexString(SHA256.HashData(bytes)));

    private static Task Serve(Request request, Reply reply) =>
        Answers.File(request.Path.EndsWith("first.gz", StringComparison.Ordinal) ? First : Second)(request, reply);

    private static Task<IReadOnlyList<string>> Fetch(KnownDataSet set, string? from, Getting getting) =>
        new DataFetch(set, getting["data"], from, Getting.Quick).RunAsync(getting, Getting.Stop);

    private static async Task<string> Failure(KnownDataSet set, string? from, Getting getting) =>
        (await Assert.ThrowsAsync<UserErrorException>(() => Fetch(set, from, getting))).Message;

    private static void AssertThere(Getting getting)
    {
        Assert.Equal(First, File.ReadAllBytes(getting["data/set/first.gz"]));
        Assert.Equal(Second, File.ReadAllBytes(getting["data/second.gz"]));
    }

    private static void Write(string path, byte[] bytes)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, bytes);
    }
}
