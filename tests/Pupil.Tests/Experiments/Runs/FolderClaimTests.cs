using Pupil.Experiments.Runs;

namespace Pupil.Tests.Experiments.Runs;

/// <summary>Claims of processes on other machines are files that another machine has written.</summary>
public sealed class FolderClaimTests : IDisposable
{
    private static readonly ClaimTimes Short = new(TimeSpan.FromMilliseconds(50), TimeSpan.FromMilliseconds(400));
    private static readonly ClaimTimes Long = new(TimeSpan.FromHours(1), TimeSpan.FromHours(1));

    private readonly TemporaryFolder _temporary = new();
    private readonly string _folder;

    public FolderClaimTests() => Directory.CreateDirectory(_folder = _temporary["run"]);

    public void Dispose() => _temporary.Dispose();

    [Fact]
    public void One_process_holds_a_folder_and_leaves_no_file()
    {
        using (var held = FolderClaim.TryTake(_folder, Long))
        {
            Assert.NotNull(held);
            Assert.Null(FolderClaim.TryTake(_folder, Long));
        }
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder));
        using var again = FolderClaim.TryTake(_folder, Long);
        Assert.NotNull(again);
    }

    [Fact]
    public void A_claim_of_a_process_of_this_machine_that_has_ended_is_taken_over_at_once()
    {
        using (FolderClaim.TryTake(_folder, Long))
        {
            string text = File.ReadAllText(FileOf(1));
            string process = $"\"Process\":{Environment.ProcessId}";
            Assert.Contains(process, text);
            File.WriteAllText(FileOf(1), text.Replace(process, "\"Process\":4194303"));
            using var next = FolderClaim.TryTake(_folder, Long);
            Assert.NotNull(next);
            Assert.Equal([FileOf(2)], Directory.GetFiles(_folder));
        }
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder));
    }

    // A clock that is years off gives a file such a time.
    [Theory]
    [InlineData(-1000)]
    [InlineData(0)]
    [InlineData(1000)]
    public void A_claim_of_another_machine_is_taken_over_once_it_stands_still(int days)
    {
        Write(3, "other", beats: 0);
        File.SetLastWriteTimeUtc(FileOf(3), DateTime.UtcNow.AddDays(days));
        Assert.Null(FolderClaim.TryTake(_folder, Short));
        for (int beats = 1; beats < 8; beats++)
        {
            Thread.Sleep(100);
            Write(3, "other", beats);
            File.SetLastWriteTimeUtc(FileOf(3), DateTime.UtcNow.AddDays(days));
            Assert.Null(FolderClaim.TryTake(_folder, Short));
        }
        Thread.Sleep(500);
        using var taken = FolderClaim.TryTake(_folder, Short);
        Assert.NotNull(taken);
        Assert.Equal([FileOf(4)], Directory.GetFiles(_folder));
    }

    [Fact]
    public void A_claim_that_is_held_is_renewed()
    {
        using var held = FolderClaim.TryTake(_folder, Short);
        string first = File.ReadAllText(FileOf(1));
        Assert.True(SpinWait.SpinUntil(() => Read() is { } text && text != first, TimeSpan.FromSeconds(20)));

        // Between two names, the file is missing for other file systems' sake.
        string? Read() => File.Exists(FileOf(1)) ? File.ReadAllText(FileOf(1)) : null;
    }

    [Fact]
    public void Only_one_of_many_takes_over()
    {
        Write(1, "other", beats: 0);
        Assert.Null(FolderClaim.TryTake(_folder, Short));
        Thread.Sleep(500);
        var taken = new FolderClaim?[8];
        Parallel.For(0, taken.Length, i => taken[i] = FolderClaim.TryTake(_folder, Short));
        Assert.Single(taken, claim => claim is not null);
        foreach (var claim in taken)
            claim?.Dispose();
    }

    // What a process that was ended at some point of the protocol leaves: a claim without content; two claims, if it had not removed the
    // one that it took over; its own claim.
    [Theory]
    [InlineData("empty", 2)]
    [InlineData("both", 3)]
    [InlineData("own", 2)]
    public void A_process_that_was_ended_in_the_middle_blocks_nobody_for_ever(string point, int expected)
    {
        if (point == "empty")
            File.WriteAllText(FileOf(1), "");
        if (point is "both" or "own")
            Write(1, "other", 0);
        if (point == "both")
            Write(2, "third", 0);
        Assert.Null(FolderClaim.TryTake(_folder, Short));
        Thread.Sleep(500);
        // Each claim is looked at from when it was first seen.
        FolderClaim? taken = null;
        Assert.True(SpinWait.SpinUntil(() => (taken = FolderClaim.TryTake(_folder, Short)) is not null, TimeSpan.FromSeconds(20)));
        Assert.Contains(FileOf(expected), Directory.GetFiles(_folder));
        taken!.Dispose();
    }

    [Fact]
    public void A_process_that_lost_its_folder_writes_no_more_and_leaves_the_other_claim()
    {
        using (FolderClaim.TryTake(_folder, Long))
        {
            FolderClaim.RequireHeld(_folder);
            Write(2, "other", 0);
            var error = Assert.Throws<UserErrorException>(() => FolderClaim.RequireHeld(_folder));
            Assert.Contains("another process has taken this run over", error.Message);
        }
        Assert.Contains(FileOf(2), Directory.GetFiles(_folder));
    }

    // The other process has come and gone while this one was stopped.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_claim_that_is_gone_or_of_another_process_is_lost(bool isGone)
    {
        using (FolderClaim.TryTake(_folder, Long))
        {
            File.Delete(FileOf(1));
            if (!isGone)
                Write(1, "other", 0);
            Assert.Throws<UserErrorException>(() => FolderClaim.RequireHeld(_folder));
        }
        Assert.Equal(isGone ? 0 : 1, Directory.GetFiles(_folder).Length);
    }

    private string FileOf(int number) => Path.Combine(_folder, $".claim-{number}");

    private void Write(int number, string machine, int beats)
    {
        string temporary = _temporary[$"{Guid.NewGuid():N}"];
        File.WriteAllText(temporary, $$"""{"Id":"x","Machine":"{{machine}}","Process":1,"Started":1,"Beats":{{beats}}}""");
        File.Move(temporary, FileOf(number), overwrite: true);
    }
}
