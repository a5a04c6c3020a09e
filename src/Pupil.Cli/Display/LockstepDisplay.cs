using System.Diagnostics;
using System.Globalization;
using Pupil.Experiments.Comparisons;
using Pupil.Experiments.Recipes;
using Pupil.Experiments.Runs;
using Spectre.Console;

namespace Pupil.Cli.Display;

/// <summary>Shows cells of a comparison that train in lock-step.</summary>
internal abstract class LockstepDisplay
{
    /// <summary>Returns the display for this output: live on a terminal, lines elsewhere, or quiet.</summary>
    /// <param name="quiet">Whether nothing is shown.</param>
    /// <param name="whole">The progress of the comparison.</param>
    public static LockstepDisplay FromOptions(bool quiet, ComparisonProgress whole) => quiet ? new Quiet()
        : Output.IsTerminal ? new Live(whole) : new Plain();

    /// <summary>Reads the stream to its end.</summary>
    /// <param name="trainings">The trainings of the cells.</param>
    /// <param name="events">Their events.</param>
    public abstract void Show(
        IReadOnlyDictionary<ComparisonCell, TrainingStarted> trainings, IEnumerable<CellAdvanced> events);

    private sealed class Quiet : LockstepDisplay
    {
        public override void Show(
            IReadOnlyDictionary<ComparisonCell, TrainingStarted> trainings, IEnumerable<CellAdvanced> events)
        {
            foreach (var _ in events) { }
        }
    }

    /// <summary>Prints a line for each epoch, once all cells have reached its end.</summary>
    private sealed class Plain : LockstepDisplay
    {
        public override void Show(
            IReadOnlyDictionary<ComparisonCell, TrainingStarted> trainings, IEnumerable<CellAdvanced> events)
        {
            var state = new LockstepState(trainings);
            foreach (var advanced in events)
            {
                if (state.Note(advanced) is { } epoch)
                    Output.Line(ComparisonTexts.Of(epoch, state));
                else if (ComparisonTexts.Notable(advanced) is { } text)
                    Output.Line(text);
            }
        }
    }

    /// <summary>Redraws a table of the cells in place.</summary>
    private sealed class Live(ComparisonProgress whole) : LockstepDisplay
    {
        private static readonly TimeSpan BetweenPictures = TimeSpan.FromMilliseconds(200);

        public override void Show(
            IReadOnlyDictionary<ComparisonCell, TrainingStarted> trainings, IEnumerable<CellAdvanced> events)
        {
            var state = new LockstepState(trainings);
            Output.Console.Live(new Text("")).Start(live =>
            {
                var lastDrawn = Stopwatch.StartNew();
                foreach (var advanced in events)
                {
                    bool isEpoch = state.Note(advanced) is not null;
                    if (ComparisonTexts.Notable(advanced) is { } text)
                        Output.Console.MarkupLineInterpolated($"{text}");
                    if (!isEpoch && lastDrawn.Elapsed < BetweenPictures)
                        continue;
                    live.UpdateTarget(TerminalText.Escape(Draw(state)));
                    lastDrawn.Restart();
                }
            });
        }

        private Rows Draw(LockstepState state)
        {
            string left = state.SecondsLeft is double seconds ? $"{Output.Time(seconds)} left" : "";
            string head = string.Create(CultureInfo.InvariantCulture,
                $"epoch {state.Epoch}/{state.Epochs}  {Output.Bar(state.Done)}  {left}");
            var table = new Table().Border(TableBorder.Rounded).BorderColor(Color.Grey).AddColumn("cell").AddColumn("epoch")
                .AddColumn(new TableColumn("held-out").RightAligned()).AddColumn(new TableColumn("its best").RightAligned())
                .AddColumn(new TableColumn("test").RightAligned());
            foreach (var row in state.Rows)
            {
                table.AddRow(new Text(row.Cell.Row.Name), new Text($"{row.Epochs}"), Share(row.HeldOut), Share(row.Best),
                    Share(row.Test));
            }
            return new Rows(new Markup(whole.Line(state)), new Markup(head), table);
        }

        private static Text Share(double? share) => new(share is double value ? Output.Percent(value) : "–");
    }
}
