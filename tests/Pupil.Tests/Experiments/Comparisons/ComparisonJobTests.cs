using Pupil.Cli.Display;
using Pupil.Experiments.Comparisons;
using Pupil.Experiments.Runs;
using Pupil.Tests.Experiments.Runs;
using Pupil.Training;

namespace Pupil.Tests.Experiments.Comparisons;

public sealed class ComparisonJobTests(ComparisonJobTests.Undisturbed undisturbed)
    : IClassFixture<ComparisonJobTests.Undisturbed>, IDisposable
{
    private readonly TinyComparison _tiny = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("fixed", 1)]
    [InlineData("per-seed", 2)]
    public void Every_cell_is_run_once_and_an_expert_is_trained_for_each_draw_of_images(string parts, int experts)
    {
        var plan = _tiny.Plan(parts: $"\"{parts}\"");
        var events = _tiny.Run(plan, Stop);
        Assert.Equal(["started", "finished", "finished", "started", "finished", "finished"], events
            .Where(found => found is CellsStarted or CellFinished or CellFailed or CellStopped)
            .Select(found => found is CellsStarted ? "started" : "finished"));
        Assert.Equal(plan.Cells, events.OfType<CellFinished>().Select(finished => finished.Cell));
        Assert.Equal(experts, events.Count(found => found is CellAdvanced { Event: TrainingFinished { IsExpert: true } }));
        Assert.Equal(experts, Directory.GetDirectories(_tiny.Experts).Length);
        Assert.Equal([(0, 4), (2, 4)],
            events.OfType<CellsStarted>().Select(started => (started.Work.Done, started.Work.Total)));
        Assert.Equal(["cells", "comparison.json", "recipes"], // the job writes no tables
            Directory.GetFileSystemEntries(_tiny.Folder.Path).Select(Path.GetFileName).Order(StringComparer.Ordinal));

        var before = _tiny.Times();
        Assert.Empty(_tiny.Run(plan, Stop));
        Assert.Empty(_tiny.Run(_tiny.Folder.ReadPlan(), Stop)); // as for --resume: from the folder alone
        Assert.Equal(before, _tiny.Times());
        Assert.All(plan.Cells, cell => Assert.Single(_tiny.Folder.FolderOf(cell).ReadEnvironments()));
    }

    [Fact]
    public void A_comparison_that_leaves_the_parts_open_goes_on_with_those_of_the_folder()
    {
        _tiny.Run(_tiny.Plan(seeds: "[0]", parts: "\"fixed\""), Stop);
        var finished = _tiny.Run(_tiny.Plan(), Stop).OfType<CellFinished>().ToList();
        Assert.Equal(["tiny/alone/seed-1", "tiny/kd/seed-1"], finished.Select(cell => cell.Cell.Path));
        Assert.All(_tiny.Folder.ReadPlan().Cells, cell => Assert.Equal(0, _tiny.Folder.FolderOf(cell).ReadRecipe().Data.PartSeed));
        Assert.Single(Directory.GetDirectories(_tiny.Experts));
    }

    // The events: 1 the cells, 2 data and 3 start of the first one, 4 data of the second one, 5 the expert's start, 6–8 its steps, 9 its
    // epoch, 10 and 11 its end, 12 start of the second one, 13 both are prepared, 14–19 steps …
    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(14)]
    [InlineData(17)]
    public void A_stopped_job_resumes_with_its_last_cell(int events)
    {
        var plan = _tiny.Plan(seeds: "[0]");
        var stopped = _tiny.RunFor(plan, events);
        Assert.InRange(stopped.Count, events, events + 10);
        Assert.Contains(plan.Cells, cell => !_tiny.Folder.FolderOf(cell).IsFinished);
        var finished = plan.Cells.Where(cell => _tiny.Folder.FolderOf(cell).IsFinished).ToList();
        Assert.Equal(plan.Cells.Except(finished), _tiny.Run(plan, Stop).OfType<CellFinished>().Select(found => found.Cell));
        foreach (var cell in plan.Cells)
            TinyRecipe.AssertSame(new(Path.Combine(undisturbed.Cells, cell.Path)), _tiny.Cell(cell.Path));
    }

    [Fact]
    public void A_cell_that_fails_does_not_stop_the_others_and_is_tried_again_at_the_next_start()
    {
        string missing = _tiny["later.safetensors"];
        var plan = _tiny.Plan($$"""[{ "name": "broken", "set": ["method={\"name\":\"kd\"}", "expert.file={{missing}}"] }, "kd"]""", "[0]");
        var job = _tiny.Open(plan);
        var events = job.Run(Stop).ToList();
        Assert.Equal(["tiny/alone/seed-0", "tiny/kd/seed-0"], events.OfType<CellFinished>().Select(finished => finished.Cell.Path));
        var failed = Assert.Single(events.OfType<CellFailed>());
        Assert.Equal([failed], job.Failures);
        Assert.IsType<UserErrorException>(failed.Error);
        Assert.Equal($"{failed.Error.Message}\n", File.ReadAllText(_tiny.Folder.FailureFile(failed.Cell)));

        var others = _tiny.Times().Where(file => !file.Key.Contains("broken", StringComparison.Ordinal)).ToList();
        File.Copy(new RunFolder(Directory.GetDirectories(_tiny.Experts).Single()).StudentFile("expert"), missing);
        Assert.Equal(["tiny/broken/seed-0"], _tiny.Run(plan, Stop).OfType<CellFinished>().Select(finished => finished.Cell.Path));
        Assert.False(File.Exists(_tiny.Folder.FailureFile(failed.Cell)));
        Assert.Equal(others, _tiny.Times().Where(file => !file.Key.Contains("broken", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_diverging_loss_fails_the_cell()
    {
        var plan = _tiny.Plan("""
            [{ "name": "explodes", "set": ["training.epochs=60", "training.batchSize=64", "training.optimizer.learningRate=1000",
              "training.optimizer.weightDecay=0.5", "training.schedule={\"name\":\"multi-step\",\"milestones\":[]}",
              "method={\"name\":\"supervised\"}"] }, "kd"]
            """, "[0]");
        var job = _tiny.Open(plan);
        Assert.Equal("tiny/kd/seed-0", Assert.Single(job.Run(Stop).OfType<CellFinished>()).Cell.Path);
        Assert.Contains("expected a finite number", Assert.Single(job.Failures).Error.Message);
    }

    [Fact]
    public void A_full_disk_fails_a_cell_with_the_disk_s_reason()
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "Only Linux has a disk that is always full.");
        var plan = _tiny.Plan(seeds: "[0]");
        var job = _tiny.Open(plan, cell => cell.Row.Name == "alone");
        foreach (var happened in job.Run(Stop))
        {
            if (happened is not CellAdvanced { Event: Progressed { Record: StepRecord } })
                continue;
            string epochs = _tiny.Cell("tiny/alone/seed-0").EpochsFile;
            File.Delete(epochs);
            File.CreateSymbolicLink(epochs, "/dev/full");
        }
        AssertDisk(Assert.Single(job.Failures));
        Assert.Contains("the disk is full", File.ReadAllText(_tiny.Folder.FailureFile(plan.Cells[0])));

        // Whatever is written, and whoever wraps the failure.
        var guarded = new GuardedEvents(() => throw new InvalidOperationException("around", new IOException("full", 28)));
        Assert.Empty(guarded.Read());
        AssertDisk(new CellFailed(plan.Cells[0], guarded.Failure!));

        static void AssertDisk(CellFailed failed)
        {
            Assert.False(ComparisonView.IsDefect(failed));
            string reason = ComparisonTexts.Reason(failed.Error, error => error.Message);
            Assert.Contains("the disk is full; make room", reason);
            Assert.DoesNotContain("defect", reason);
        }
    }

    [Fact]
    public void A_cell_that_failed_in_another_process_is_not_tried_again()
    {
        var plan = _tiny.Plan(seeds: "[0]");
        var job = _tiny.Open(plan, null, together: 1);
        foreach (var happened in job.Run(Stop))
        {
            if (happened is CellsStarted { Cells: [{ Row.Name: "alone" }] })
            {
                Directory.CreateDirectory(_tiny.Cell("tiny/kd/seed-0").Path);
                File.WriteAllText(_tiny.Folder.FailureFile(plan.Cells[1]), "no");
            }
            Assert.False(happened is CellsStarted { Cells: [{ Row.Name: "kd" }] });
        }
        Assert.Empty(job.Failures);
    }

    [Fact]
    public async Task A_cell_of_another_process_is_left_to_it_and_taken_once_released()
    {
        var plan = _tiny.Plan(seeds: "[0]");
        var job = _tiny.Open(plan);
        var other = _tiny.Cell("tiny/alone/seed-0").TryLock()!;
        var awaited = new TaskCompletionSource<CellsAwaited>();
        var working = Task.Run(() =>
        {
            var finished = new List<string>();
            foreach (var happened in job.Run(Stop))
            {
                if (happened is CellsAwaited waits)
                    awaited.SetResult(waits);
                if (happened is CellFinished end)
                    finished.Add(end.Cell.Path);
            }
            return finished;
        }, Stop);
        Assert.Same(awaited.Task, await Task.WhenAny(awaited.Task, working));
        Assert.Equal(["tiny/alone/seed-0"], (await awaited.Task).Cells.Select(cell => cell.Path));
        Assert.True(_tiny.Cell("tiny/kd/seed-0").IsFinished);
        other.Dispose();
        Assert.Equal(["tiny/kd/seed-0", "tiny/alone/seed-0"], await working);
    }

    [Fact]
    public void Work_can_be_limited_to_some_cells()
    {
        var plan = _tiny.Plan(seeds: "[0]");
        Assert.Equal("tiny/alone/seed-0",
            Assert.Single(_tiny.Open(plan, cell => cell.Row.Name == "alone").Run(Stop).OfType<CellFinished>()).Cell.Path);
        Assert.False(_tiny.Cell("tiny/kd/seed-0").Exists);
    }

    public void Dispose() => _tiny.Dispose();

    /// <summary>A comparison that ran without a stop.</summary>
    public sealed class Undisturbed : IDisposable
    {
        private readonly TinyComparison _tiny = new();

        public Undisturbed() => _tiny.Run(_tiny.Plan(seeds: "[0]"), TestContext.Current.CancellationToken);

        public string Cells => Path.Combine(_tiny.Folder.Path, "cells");

        public void Dispose() => _tiny.Dispose();
    }
}
