using Pupil.Distillation;
using Pupil.Experiments.Runs;
using Pupil.Training;
using static TorchSharp.torch;

namespace Pupil.Tests.Experiments.Runs;

public sealed class RunFolderTests
{
    [Fact]
    public void Naming_a_folder_does_not_create_it()
    {
        using var folder = new TemporaryFolder();
        var run = new RunFolder(folder["run"]);
        Assert.False(run.Exists);
        Assert.False(run.IsFinished);
        Assert.Empty(run.ReadEpochs());
        Assert.Empty(run.ReadEnvironments());
        Assert.Null(run.ReadSummary());
        Assert.False(Directory.Exists(folder["run"]));
    }

    [Fact]
    public void Epochs_are_read_up_to_a_line_that_was_cut_off()
    {
        using var folder = new TemporaryFolder();
        TinyRecipe.Supervised.Run(folder, stop: TestContext.Current.CancellationToken);
        var run = new RunFolder(folder["run"]);
        string whole = File.ReadAllText(run.EpochsFile);
        int secondLine = whole.IndexOf('\n') + 1;
        int end = whole.Length;
        foreach (int length in new[] { 0, 1, secondLine - 2, secondLine - 1, secondLine, secondLine + 1, end - 2, end - 1, end })
        {
            File.WriteAllText(run.EpochsFile, whole[..length]);
            int expected = length < secondLine - 1 ? 0
                : length >= end - 1 ? 3
                : length < whole.LastIndexOf('\n', end - 2) ? 1 : 2;
            Assert.Equal(Enumerable.Range(1, expected), run.ReadEpochs().Select(epoch => epoch.Epoch));
        }
    }

    [Fact]
    public void Dropping_epochs_keeps_the_lines_before_as_they_were()
    {
        using var folder = new TemporaryFolder();
        TinyRecipe.Supervised.Run(folder, stop: TestContext.Current.CancellationToken);
        var run = new RunFolder(folder["run"]);
        string[] lines = File.ReadAllLines(run.EpochsFile);
        run.KeepEpochsBefore(3);
        Assert.Equal(lines[..2], File.ReadAllLines(run.EpochsFile));
        run.Append(run.ReadEpochs()[1] with { Epoch = 3 });
        Assert.Equal([1, 2, 3], run.ReadEpochs().Select(epoch => epoch.Epoch));
        run.KeepEpochsBefore(1);
        Assert.Equal("", File.ReadAllText(run.EpochsFile));
    }

    [Fact]
    public void A_damaged_summary_is_an_error_that_names_it()
    {
        using var folder = new TemporaryFolder();
        var run = new RunFolder(folder.FullPath);
        File.WriteAllText(run.SummaryFile, "{ \"name\": ");
        Assert.StartsWith(run.SummaryFile, Assert.Throws<UserErrorException>(run.ReadSummary).Message);
    }

    [Fact]
    public void A_full_disk_at_the_record_of_an_epoch_is_a_user_error()
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "Only Linux has a disk that is always full.");
        using var folder = new TemporaryFolder();
        var run = new RunFolder(folder.FullPath);
        File.CreateSymbolicLink(run.EpochsFile, "/dev/full");
        var record = new EpochRecord
        {
            Epoch = 1,
            Rate = 0.1,
            Terms = new Dictionary<TermName, double>(),
            HeldOut = new Dictionary<string, Accuracy>(),
            Test = new Dictionary<string, Accuracy>(),
            NewBest = [],
            ImagesPerSecond = 1,
            TrainingSeconds = 1,
            EvaluationSeconds = 1,
        };
        Assert.StartsWith($"{run.EpochsFile}: the disk is full", Assert.Throws<UserErrorException>(() => run.Append(record)).Message);
    }

    [Fact]
    public void A_damaged_list_of_environments_is_an_error_that_names_it()
    {
        using var folder = new TemporaryFolder();
        var run = new RunFolder(folder.FullPath);
        File.WriteAllText(run.EnvironmentFile, "[{]");
        Assert.StartsWith(run.EnvironmentFile, Assert.Throws<UserErrorException>(run.ReadEnvironments).Message);
    }

    [Theory]
    [InlineData("-1")]
    [InlineData("0")]
    [InlineData("2147483647")]
    public void An_environment_with_an_impossible_number_of_threads_is_damaged(string threads)
    {
        using var folder = new TemporaryFolder();
        var run = new RunFolder(folder.FullPath);
        run.Record("{}", RunEnvironment.Now(CPU) with { Threads = 3 });
        Assert.Equal(3, run.ReadEnvironments()[0].Threads);
        File.WriteAllText(run.EnvironmentFile,
            File.ReadAllText(run.EnvironmentFile).Replace("\"threads\": 3", $"\"threads\": {threads}", StringComparison.Ordinal));
        var error = Assert.Throws<UserErrorException>(run.ReadEnvironments);
        Assert.Contains($"threads: found {threads}", error.Message);
    }

    [Theory]
    [InlineData("students")]
    [InlineData("path")]
    public void A_part_of_the_folder_that_is_a_link_is_refused(string part)
    {
        using var folder = new TemporaryFolder();
        TinyRecipe.RunFor(folder, TinyRecipe.Supervised, 3);
        string linked = folder[$"run/{part}"];
        if (Directory.Exists(linked))
            Directory.Delete(linked, recursive: true);
        Directory.CreateDirectory(folder["elsewhere"]);
        Directory.CreateSymbolicLink(linked, folder["elsewhere"]);
        var error = Assert.Throws<UserErrorException>(() => TinyRecipe.Resume(folder, stop: TestContext.Current.CancellationToken));
        Assert.Contains($"{linked}: is a link to ", error.Message);
        Assert.Empty(Directory.GetFileSystemEntries(folder["elsewhere"]));
    }

    [Fact]
    public void A_lock_excludes_others_until_it_is_released()
    {
        using var folder = new TemporaryFolder();
        RunFolder one = new(folder["run"]), other = new(folder["run"]);
        using (one.Lock())
        {
            Assert.Null(other.TryLock());
            Assert.Contains("another process works in this folder", Assert.Throws<UserErrorException>(other.Lock).Message);
        }
        using (other.Lock())
            Assert.Null(one.TryLock());
        Assert.False(Directory.Exists(folder["run"]), "the folder made for the lock stays");
        Directory.CreateDirectory(folder["run"]);
        one.Lock().Dispose();
        Assert.Empty(Directory.GetFileSystemEntries(folder["run"]));
    }

    [Fact]
    public void A_lock_has_one_holder_however_fast_it_changes_hands()
    {
        using var folder = new TemporaryFolder();
        int holders = 0, most = 0, taken = 0;
        Parallel.For(0, 4, new() { MaxDegreeOfParallelism = 4 }, _ =>
        {
            while (Volatile.Read(ref taken) < 2_000)
            {
                using var held = new RunFolder(folder["run"]).TryLock();
                if (held is null)
                    continue;
                Interlocked.Increment(ref taken);
                most = Math.Max(most, Interlocked.Increment(ref holders));
                Thread.Yield();
                Interlocked.Decrement(ref holders);
            }
        });
        Assert.Equal(1, most);
    }
}
