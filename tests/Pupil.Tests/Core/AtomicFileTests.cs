using System.Diagnostics;
using Pupil.Core;

namespace Pupil.Tests.Core;

public sealed class AtomicFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Target => _folder["target.txt"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_new_file_and_its_replacement_hold_what_was_written()
    {
        AtomicFile.WriteText(Target, "first, and longer");
        AtomicFile.WriteText(Target, "zweite ✓");
        Assert.Equal("zweite ✓"u8.ToArray(), File.ReadAllBytes(Target));
        AssertOnlyTargetIsLeft();
    }

    [Fact]
    public void The_old_file_stays_untouched_while_the_new_one_is_written()
    {
        AtomicFile.WriteText(Target, "old");
        AtomicFile.Write(Target, stream =>
        {
            stream.Write("new"u8);
            stream.Flush();
            Assert.Equal("old", File.ReadAllText(Target));
        });
        Assert.Equal("new", File.ReadAllText(Target));
    }

    [Fact]
    public void A_failing_writer_leaves_the_old_file_and_nothing_beside_it()
    {
        AtomicFile.WriteText(Target, "old");
        var failure = Assert.Throws<InvalidOperationException>(() => AtomicFile.Write(Target, stream =>
        {
            stream.Write("half"u8);
            throw new InvalidOperationException("stop");
        }));
        Assert.Equal("stop", failure.Message);
        Assert.Equal("old", File.ReadAllText(Target));
        AssertOnlyTargetIsLeft();
    }

    [Fact]
    public void A_failing_writer_of_a_new_file_leaves_no_file()
    {
        Assert.Throws<FormatException>(() => AtomicFile.Write(Target, _ => throw new FormatException()));
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder.FullPath));
    }

    [Fact]
    public void A_missing_folder_is_named_as_such()
    {
        var error = Assert.Throws<UserErrorException>(() => AtomicFile.WriteText(_folder["missing/target.txt"], ""));
        Assert.Contains("missing/target.txt", error.Message);
        Assert.Contains("folder does not exist", error.Message);
    }

    [Fact]
    public void A_folder_in_the_target_s_place_is_named_as_such()
    {
        Directory.CreateDirectory(Target);
        var error = Assert.Throws<UserErrorException>(() => AtomicFile.WriteText(Target, ""));
        Assert.Contains("found a folder", error.Message);
        AssertOnlyTargetIsLeft();
    }

    [Fact]
    public void A_file_in_the_folder_s_place_is_a_user_error()
    {
        AtomicFile.WriteText(Target, "");
        Assert.Throws<UserErrorException>(() => AtomicFile.WriteText(Path.Combine(Target, "below.txt"), ""));
    }

    [Fact]
    public void A_full_disk_is_a_user_error_and_leaves_the_old_file()
    {
        AtomicFile.WriteText(Target, "old");
        var error = Assert.Throws<UserErrorException>(() => AtomicFile.Write(Target, _ => throw FullDisk()));
        Assert.Contains("disk is full", error.Message);
        Assert.Equal("old", File.ReadAllText(Target));
        AssertOnlyTargetIsLeft();
    }

    [Fact]
    public void A_writer_s_own_reading_failure_is_thrown_on_unchanged() =>
        Assert.Throws<FileNotFoundException>(() => AtomicFile.Write(Target, _ => File.OpenRead(_folder["other"]).Dispose()));

    [Fact]
    public void Each_failure_is_explained_in_one_line()
    {
        Assert.Contains("no permission", AtomicFile.Explain("a/b", new UnauthorizedAccessException()).Message);
        Assert.Contains("does not exist", AtomicFile.Explain("a/b", new DirectoryNotFoundException()).Message);
        Assert.Contains("disk is full", AtomicFile.Explain("a/b", FullDisk()).Message);
        string other = AtomicFile.Explain("a/b", new IOException("one\ntwo")).Message;
        Assert.Equal("a/b: cannot be written (one two); check the name and the disk.", other);
    }

    [Fact]
    public void Many_writers_of_one_file_leave_one_whole_file()
    {
        Parallel.For(0, 32, number => AtomicFile.WriteText(Target, new string((char)('a' + number % 26), 10_000)));
        string text = File.ReadAllText(Target);
        Assert.Equal(10_000, text.Length);
        Assert.Single(text.Distinct());
        AssertOnlyTargetIsLeft();
    }

    [Fact]
    public void Temporaries_of_ended_processes_are_swept_and_nothing_else()
    {
        int ended = EndedProcess();
        using Process other = StartSleeper();
        try
        {
            string reused = AtomicFile.TemporaryName("model.safetensors", other.Id);
            string[] stale =
                [AtomicFile.TemporaryName("model.safetensors", ended), AtomicFile.TemporaryName("a.b", Environment.ProcessId), reused];
            string running = AtomicFile.TemporaryName("model.safetensors", other.Id);
            string[] kept = [running, ".name.tmp", $"name.{ended}-1.tmp", $".name.{ended}-1.txt", "model"];
            foreach (string name in stale.Concat(kept)) File.WriteAllText(_folder[name], "");
            File.SetLastWriteTimeUtc(_folder[reused], DateTime.UtcNow.AddHours(-2)); // the process started later

            Assert.Equal(3, AtomicFile.RemoveStale(_folder.FullPath));
            Assert.Equal(kept.Order(StringComparer.Ordinal), Names());
        }
        finally
        {
            other.Kill();
        }
    }

    [Fact]
    public void A_temporary_that_a_process_of_another_container_writes_is_not_swept()
    {
        string mine = AtomicFile.TemporaryName("a", Environment.ProcessId), ended = AtomicFile.TemporaryName("a", EndedProcess());
        using (new FileStream(_folder[mine], FileMode.CreateNew, FileAccess.ReadWrite))
        using (new FileStream(_folder[ended], FileMode.CreateNew, FileAccess.ReadWrite))
            Assert.Equal(0, AtomicFile.RemoveStale(_folder.FullPath));
        Assert.Equal(2, AtomicFile.RemoveStale(_folder.FullPath));
    }

    [Fact]
    public void Names_of_temporaries_do_not_repeat_in_another_process_of_the_same_number()
    {
        string[] names = [.. Enumerable.Range(0, 100).Select(_ => AtomicFile.TemporaryName("a", 1))];
        Assert.Equal(names.Length, names.Distinct().Count());
        Assert.All(names, name => Assert.Matches("^\\.a\\.1-[0-9a-f]{16}\\.tmp$", name));
    }

    [Fact]
    public void Writing_removes_the_temporaries_that_were_left_of_the_same_file()
    {
        string left = AtomicFile.TemporaryName("target.txt", Environment.ProcessId), other = AtomicFile.TemporaryName("b", EndedProcess());
        foreach (string name in new[] { left, other })
            File.WriteAllText(_folder[name], "");
        AtomicFile.WriteText(Target, "new");
        Assert.Equal(new[] { other, "target.txt" }.Order(StringComparer.Ordinal), Names());
    }

    [Fact]
    public void A_device_or_a_pipe_is_refused_and_stays()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no pipes and devices among its files.");
        using (var process = Process.Start("mkfifo", _folder["pipe"]))
            process.WaitForExit();
        File.CreateSymbolicLink(_folder["link"], "/dev/null");
        foreach (string place in new[] { _folder["pipe"], _folder["link"], "/dev/null" })
        {
            string message = Assert.Throws<UserErrorException>(() => AtomicFile.WriteText(place, "text")).Message;
            Assert.Equal($"{place}: found a device or a pipe, expected the name of a file; choose another name.", message);
            Assert.True(RegularFile.IsOther(place));
        }
    }

    [Fact]
    public void A_link_is_written_through_and_the_mode_of_a_file_stays()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no modes, and links need a privilege.");
        Directory.CreateDirectory(_folder["elsewhere"]);
        File.WriteAllText(_folder["elsewhere/file"], "old");
        const UnixFileMode Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead;
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(_folder["elsewhere/file"], Mode);
        File.CreateSymbolicLink(_folder["inner"], "elsewhere/file");
        File.CreateSymbolicLink(Target, "inner");
        AtomicFile.WriteText(Target, "new");
        Assert.Equal("inner", new FileInfo(Target).LinkTarget);
        Assert.Equal("new", File.ReadAllText(_folder["elsewhere/file"]));
        Assert.True(OperatingSystem.IsWindows() || File.GetUnixFileMode(_folder["elsewhere/file"]) == Mode);
        Assert.Single(Directory.EnumerateFileSystemEntries(_folder["elsewhere"]));

        File.CreateSymbolicLink(_folder["dangling"], "elsewhere/made");
        AtomicFile.WriteText(_folder["dangling"], "made");
        Assert.Equal("made", File.ReadAllText(_folder["elsewhere/made"]));
        File.CreateSymbolicLink(_folder["cycle"], "cycle");
        Assert.Throws<UserErrorException>(() => AtomicFile.WriteText(_folder["cycle"], ""));
    }

    [Theory]
    [InlineData(28, "disk is full")]
    [InlineData(122, "quota")]
    [InlineData(27, "ulimit -f")]
    [InlineData(30, "read-only")]
    [InlineData(32, "closed by its reader")]
    public void Failures_of_the_disk_and_of_pipes_are_user_errors(int number, string reason)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The numbers are those of Linux.");
        var failure = new IOException("failed", number);
        var error = Assert.Throws<UserErrorException>(() => AtomicFile.Write(Target, _ => throw failure));
        Assert.Contains(reason, error.Message);
        Assert.Contains(reason, StorageFailure.FindReason(new InvalidOperationException("around", failure)));
        Assert.Null(StorageFailure.FindReason(new IOException("another failure")));
        Assert.Empty(Names());
    }

    [Fact]
    public void A_temporary_that_is_being_written_is_not_swept()
    {
        AtomicFile.Write(Target, stream => Assert.Equal(0, AtomicFile.RemoveStale(_folder.FullPath)));
        Assert.True(File.Exists(Target));
    }

    [Fact]
    public void Sweeping_a_missing_folder_does_nothing() => Assert.Equal(0, AtomicFile.RemoveStale(_folder["missing"]));

    private static IOException FullDisk() => new("full", OperatingSystem.IsWindows() ? unchecked((int)0x80070070) : 28);

    // Starts the test program itself, which exists on every system; --help ends at once.
    private static int EndedProcess()
    {
        using Process process = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, "--help")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.Id;
    }

    private static Process StartSleeper() => OperatingSystem.IsWindows()
        ? Process.Start(new ProcessStartInfo("ping", "-n 1000 127.0.0.1") { RedirectStandardOutput = true })!
        : Process.Start("sleep", "1000");

    private IEnumerable<string> Names() =>
        Directory.EnumerateFiles(_folder.FullPath).Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal);

    private void AssertOnlyTargetIsLeft() => Assert.Equal([Target], Directory.EnumerateFileSystemEntries(_folder.FullPath));
}
