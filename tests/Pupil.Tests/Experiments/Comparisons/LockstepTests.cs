using System.Text.Json;
using Pupil.Distillation.Methods;
using Pupil.Experiments.Comparisons;
using Pupil.Experiments.Recipes;
using Pupil.Experiments.Runs;
using Pupil.Tests.Experiments.Runs;
using Pupil.Training;

namespace Pupil.Tests.Experiments.Comparisons;

/// <summary>Cells that train in lock-step give the files of cells that train one after the other.</summary>
public sealed class LockstepTests(LockstepTests.Apart apart) : IClassFixture<LockstepTests.Apart>, IDisposable
{
    private readonly TinyComparison _tiny = New();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public void The_files_are_those_of_separate_runs()
    {
        var plan = Plan(_tiny);
        var events = _tiny.Run(plan, Stop);
        Assert.Equal(plan.Cells, Assert.Single(events.OfType<CellsStarted>()).Cells);
        AssertSame(plan);
        Assert.All(plan.Cells, cell => Assert.True(_tiny.Folder.FolderOf(cell).ReadEnvironments().Single().Lockstep));
        // All make a step before one makes the next.
        var steps = events.OfType<CellAdvanced>().Where(advanced => advanced.Event is Progressed { Record: StepRecord })
            .SkipWhile(advanced => advanced.Cell != plan.Cells[0]).Select(advanced => advanced.Cell).ToList();
        Assert.Equal(plan.Cells, steps.Take(plan.Cells.Count));
        Assert.Equal(plan.Cells, steps.Skip(plan.Cells.Count).Take(plan.Cells.Count));
    }

    // In the preparation, between two cells' steps, in the middle of an epoch, and at its end.
    [Theory]
    [InlineData(12, false)]
    [InlineData(29, true)]
    [InlineData(36, false)]
    [InlineData(55, false)]
    [InlineData(58, true)]
    public void Stopped_together_they_resume_together_or_apart(int events, bool together)
    {
        var plan = Plan(_tiny);
        var stopped = _tiny.RunFor(plan, events);
        Assert.Contains(stopped, happened => happened is CellStopped);
        var finished = _tiny.Run(plan, Stop, together ? int.MaxValue : 1).OfType<CellFinished>().Select(found => found.Cell.Path);
        Assert.Equal(plan.Cells.Select(cell => cell.Path).Order(), finished.Order());
        AssertSame(plan);
    }

    [Fact]
    public void Cells_at_different_steps_catch_up()
    {
        var plan = Plan(_tiny);
        using var stop = new CancellationTokenSource();
        foreach (var happened in _tiny.Open(plan, cell => cell.Row.Name is "ctkd" or "crd").Run(stop.Token))
        {
            if (happened is CellAdvanced { Event: Progressed { Record: StepRecord { Epoch: 2, Step: 1 } } })
                stop.Cancel();
        }
        _tiny.Run(plan, Stop);
        AssertSame(plan);
    }

    [Fact]
    public void Where_a_cell_fails_that_trained_a_network_for_others_they_resume_from_their_checkpoints()
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "Only Linux has a disk that is always full.");
        var plan = Plan(_tiny);
        var job = _tiny.Open(plan);
        var events = new List<RunEvent>();
        string epochs = _tiny.Cell("tiny/ctkd/seed-3").EpochsFile, before = "";
        foreach (var happened in job.Run(Stop))
        {
            events.Add(happened);
            if (happened is CellAdvanced { Cell.Row.Name: "ctkd", Event: Progressed { Record: StepRecord { Epoch: 2, Step: 1 } } })
            {
                before = File.ReadAllText(epochs);
                File.Delete(epochs);
                File.CreateSymbolicLink(epochs, "/dev/full");
            }
            if (happened is CellFailed)
            {
                File.Delete(epochs);
                File.WriteAllText(epochs, before);
            }
        }
        Assert.Equal("tiny/ctkd/seed-3", Assert.Single(job.Failures).Cell.Path);
        Assert.Equal(["both", "scratch", "booster"], events.OfType<CellPostponed>().Select(postponed => postponed.Cell.Row.Name));
        Assert.Equal(plan.Cells.Count - 1, events.OfType<CellFinished>().Count());
        Assert.Equal("tiny/ctkd/seed-3", Assert.Single(_tiny.Run(plan, Stop).OfType<CellFinished>()).Cell.Path);
        AssertSame(plan);
    }

    [Fact]
    public void Other_batches_or_other_settings_of_a_training_share_less()
    {
        var plan = _tiny.Plan("""
            ["kd", { "name": "large", "set": ["training.batchSize=32"] }, { "name": "long", "set": ["training.epochs=3"] },
              { "name": "slow", "set": ["training.optimizer.learningRate=0.01"] }]
            """, "[3]");
        var groups = _tiny.Run(plan, Stop).OfType<CellsStarted>().Select(started => started.Cells.Select(cell => cell.Row.Name));
        Assert.Equal([["alone", "kd", "long", "slow"], ["large"]], groups);
    }

    [Fact]
    public void The_number_of_cells_in_lock_step_can_be_limited()
    {
        var plan = Plan(_tiny);
        var groups = _tiny.Open(plan, cell => cell.Row.Name is "alone" or "kd" or "ctkd", 2).Run(Stop).OfType<CellsStarted>();
        Assert.Equal([2, 1], groups.Select(started => started.Cells.Count));
    }

    public void Dispose() => _tiny.Dispose();

    private void AssertSame(ComparisonPlan plan)
    {
        foreach (var cell in plan.Cells)
            TinyRecipe.AssertSame(apart[cell], _tiny.Folder.FolderOf(cell));
    }

    private static TinyComparison New()
    {
        var tiny = new TinyComparison();
        tiny.WriteRecipe(TinyRecipe.Ctkd with { Method = new CtkdOptions { ScratchTeacher = new() { Architecture = "wrn-10-1" } } });
        return tiny;
    }

    // Four rows have the same scratch teacher; 'ab' reads the expert in another way; 'crd' keeps a memory.
    private static ComparisonPlan Plan(TinyComparison tiny)
    {
        string both = Method("""{"name":"combination","parts":[{"method":"kd"},{"method":{"name":"ctkd","scratchTeacher":"wrn-10-1"}}]}""");
        string booster = Method("""{"name":"rocket","booster":"wrn-10-1","sharing":"none"}""");
        string ab = Method("""{"name":"ab","preliminaryEpochs":1}""");
        return tiny.Plan($$"""
            ["kd", "ctkd", { "name": "both", "set": [{{both}}] }, { "name": "scratch", "set": ["method.teachers=scratch-only"] },
              { "name": "booster", "set": [{{booster}}] }, { "name": "own", "set": ["method.gradientBlock=false"] },
              { "name": "ab", "set": [{{ab}}] }, "crd"]
            """, "[3]", "[\"training.epochs=2\"]");

        static string Method(string json) => JsonSerializer.Serialize($"method={json}");
    }

    /// <summary>The cells, one after the other.</summary>
    public sealed class Apart : IDisposable
    {
        private readonly TinyComparison _tiny = New();

        public Apart() => _tiny.Run(Plan(_tiny), Stop, together: 1);

        internal RunFolder this[ComparisonCell cell] => _tiny.Folder.FolderOf(cell);

        public void Dispose() => _tiny.Dispose();
    }
}
