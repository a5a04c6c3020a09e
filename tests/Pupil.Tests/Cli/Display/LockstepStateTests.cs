using Pupil.Cli.Display;
using Pupil.Distillation;
using Pupil.Experiments.Comparisons;
using Pupil.Experiments.Recipes;
using Pupil.Experiments.Runs;
using Pupil.Networks;
using Pupil.Tests.Experiments.Runs;
using Pupil.Training;

namespace Pupil.Tests.Cli.Display;

public sealed class LockstepStateTests
{
    private static readonly ComparisonCell Kd = Cell("kd"), At = Cell("at"), Ctkd = Cell("ctkd");

    private readonly LockstepState _state = new(new[] { Kd, At, Ctkd }.ToDictionary(cell => cell, cell => new TrainingStarted(
        new RunFolder("nowhere"), [new RunNetwork("student", NetworkRole.Student, "wrn-10-1", new NetworkCost(1, 1))],
        cell == At ? 1 : 2, 0, false)));

    [Fact]
    public void An_epoch_ends_once_all_cells_that_have_it_are_at_its_end()
    {
        Assert.Null(_state.Note(Epoch(Kd, 1, 0.2)));
        Assert.Null(_state.Note(Epoch(At, 1, 0.3)));
        Assert.Equal(1, _state.Note(Epoch(Ctkd, 1, 0.4)));
        Assert.Equal(2, _state.Epoch);
        string line = ComparisonTexts.Of(1, _state);
        Assert.Contains("kd 20.00 %", line);
        Assert.Contains("at 30.00 %", line);
        Assert.Null(_state.Note(Epoch(Kd, 2, 0.1)));
        Assert.Equal(2, _state.Note(Epoch(Ctkd, 2, 0.5))); // 'at' has one epoch
        Assert.Equal((0.1, 0.2), (Row(Kd).HeldOut, Row(Kd).Best));
        Assert.Equal(1, _state.Done);
    }

    [Fact]
    public void A_cell_that_ended_early_does_not_hold_the_others_up()
    {
        _state.Note(Epoch(Kd, 1, 0.2));
        _state.Note(new CellFailed(At, new UserErrorException("no")));
        Assert.Equal(1, _state.Note(Epoch(Ctkd, 1, 0.4)));
        _state.Note(new CellPostponed(Ctkd, At));
        Assert.Equal([Kd], _state.Rows.Select(row => row.Cell));
        Assert.Null(_state.Note(Epoch(Ctkd, 2, 0.4)));
        Assert.Equal(2, _state.Note(Epoch(Kd, 2, 0.4)));
    }

    private LockstepRow Row(ComparisonCell cell) => _state.Rows.Single(row => row.Cell == cell);

    private static ComparisonCell Cell(string row) => new("tiny", new ComparisonRow { Name = row }, TinyRecipe.Ctkd);

    private static CellAdvanced Epoch(ComparisonCell cell, int epoch, double heldOut) => new(cell, new Progressed(new EpochRecord
    {
        Epoch = epoch,
        Rate = 0.1,
        Terms = new Dictionary<TermName, double>(),
        HeldOut = new Dictionary<string, Accuracy> { ["student"] = new(heldOut, 1, 1, 10) },
        Test = new Dictionary<string, Accuracy>(),
        NewBest = epoch == 1 || heldOut > 0.3 ? ["student"] : [],
        ImagesPerSecond = 1,
        TrainingSeconds = 1,
        EvaluationSeconds = 1,
    }));
}
