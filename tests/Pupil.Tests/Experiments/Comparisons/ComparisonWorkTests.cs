using Pupil.Distillation.Methods;
using Pupil.Experiments.Comparisons;
using Pupil.Experiments.Recipes;
using Pupil.Experiments.Runs;
using Pupil.Tests.Experiments.Runs;

namespace Pupil.Tests.Experiments.Comparisons;

public sealed class ComparisonWorkTests
{
    [Theory]
    [InlineData(0, 0, 1)]
    [InlineData(3, 6, 0.5)]
    [InlineData(6, 3, 2)]
    [InlineData(1, 1e-16, 10)] // a cell had nothing left but its summary to write
    public void A_recorded_second_has_a_cost(double seconds, double recorded, double cost) =>
        Assert.Equal(cost, ComparisonWork.CostOf(seconds, recorded), 1e-12);

    [Fact]
    public void Before_any_cell_is_finished_the_present_cell_is_the_estimate()
    {
        var work = Work("kd/0: 0 of 10", "ctkd/0: 0 of 10", "kd/1: 4 of 10");
        Assert.Equal((0, 3), (work.Done, work.Total));
        Assert.Null(work.SecondsLeft(10, null));
        Assert.Equal(2 * (9 + 10 + 6), work.SecondsLeft(9, 2));
    }

    [Fact]
    public void The_estimate_is_the_mean_of_finished_cells_of_the_row()
    {
        var work = Work("kd/1: 0 of 10", "kd/0: 10 in 50", "ctkd/0: 10 in 200", "ctkd/1: 5 of 10");
        Assert.Equal((2, 4), (work.Done, work.Total));
        Assert.Equal(50 + 100, work.SecondsLeft(10, null)!.Value, 1e-9);
        Assert.Equal(3 * 4 + 100, work.SecondsLeft(4, 3)!.Value, 1e-9); // at the measured speed
    }

    [Fact]
    public void Without_a_finished_cell_of_the_row_the_estimate_is_the_mean_of_all()
    {
        var work = Work("dkd/0: 0 of 20", "kd/0: 10 in 50", "ctkd/0: 10 in 150");
        Assert.Equal(200, work.SecondsLeft(20, null)!.Value, 1e-9);
    }

    [Fact]
    public void The_epochs_before_the_training_proper_count_as_well()
    {
        var settings = new Recipe { Method = new FitNetsOptions { PreliminaryEpochs = 3 }, Training = new() { Epochs = 10 } };
        var state = new CellState(new ComparisonCell("tiny", new ComparisonRow { Name = "fitnets" }, settings), null, 12, 0, null);
        Assert.Equal(1, state.EpochsLeft);
        Assert.Equal("not finished: 12 of 13 epochs", state.Words);
    }

    [Fact]
    public void Failed_cells_and_cells_of_other_processes_are_not_left()
    {
        var work = Work("kd/1: 0 of 10", "kd/0: 10 in 50", "ctkd/0: failed", "ctkd/1: elsewhere");
        Assert.Equal((2, 4), (work.Done, work.Total));
        Assert.Equal(50, work.SecondsLeft(10, null)!.Value, 1e-9);
    }

    [Fact]
    public void Cells_in_lock_step_are_estimated_together_at_their_measured_cost()
    {
        List<CellState> states = [State("kd/1: 0 of 10"), State("ctkd/1: 0 of 10"), State("kd/0: 10 in 50"), State("ctkd/0: 10 in 200")];
        var work = ComparisonWork.FromStates(states, [states[0].Cell, states[1].Cell], _ => false, cost: 0.5);
        Assert.Equal((2, 4), (work.Done, work.Total));
        Assert.Equal(0.5 * (50 + 200), work.SecondsLeft(10, null)!.Value, 1e-9);

        states = [.. states.Take(2), State("kd/2: 0 of 10"), State("ctkd/2: 0 of 10")];
        work = ComparisonWork.FromStates(states, [states[0].Cell, states[1].Cell], _ => false);
        Assert.Equal(3 * (10 + 10), work.SecondsLeft(10, 3)!.Value, 1e-9); // the waiting group takes as long as the present one
    }

    [Fact]
    public void At_the_end_of_the_last_cell_nothing_is_left() => Assert.Equal(0, Work("kd/0: 0 of 10").SecondsLeft(0, null));

    // The first cell is the present one.
    private static ComparisonWork Work(params string[] cells)
    {
        var states = cells.Select(State).ToList();
        return ComparisonWork.FromStates(
            states, [states[0].Cell], cell => cells[states.FindIndex(state => state.Cell == cell)].Contains("elsewhere"));
    }

    private static CellState State(string text)
    {
        string[] parts = text.Split([": ", "/"], StringSplitOptions.None);
        string[] words = parts[2].Split(' ');
        bool finished = words is [_, "in", _];
        int epochs = words is [_, "of", var all] ? int.Parse(all, null) : 10;
        var training = TinyRecipe.Ctkd.Training with { Epochs = epochs };
        var settings = TinyRecipe.Ctkd with { Seed = int.Parse(parts[1], null), Training = training };
        var summary = !finished ? null : new RunSummary
        {
            Name = "",
            Method = "",
            Data = "",
            Seed = 0,
            Finished = default,
            Epochs = epochs,
            Images = new(1, 1, 1),
            TrainingSeconds = 0,
            EvaluationSeconds = 0,
            PeakMemory = 0,
            Networks = [],
        };
        int done = int.TryParse(words[0], out int count) ? count : 0;
        return new CellState(new ComparisonCell("tiny", new ComparisonRow { Name = parts[0] }, settings), summary, done,
            finished ? int.Parse(words[2], null) : done, words[0] == "failed" ? "no" : null);
    }
}
