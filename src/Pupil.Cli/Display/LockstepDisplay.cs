using System.Diagnostics;
using System.Globalization;
using Pupil.Experiments.Recipes;
using Pupil.Experiments.Runs;
using Spectre.Console;

namespace Pupil.Cli.Display;

/// <summary>Shows cells of a comparison that train in lock-step.</summary>
/// <param name="textOf">Returns what is said of an event; null: nothing.</param>
internal abstract class LockstepDisplay(Func<RunEvent, string?> textOf)
{
    /// <summary>Returns the display for this output: live on a terminal, lines elsewhere, or quiet.</summary>
    /// <param name="quiet">Whether nothing is shown.</param>
    /// <param name="whole">The progress of the comparison.</param>
    /// <param name="textOf">Returns what is said of an event; null: nothing.</param>
    public static LockstepDisplay FromOptions(bool quiet, ComparisonProgress whole, Func<RunEvent, string?> textOf) =>
        quiet ? new Quiet() : Output.IsTerminal ? new Live(whole, textOf) : new Plain(textOf);

    /// <summary>Reads the stream to its end.</summary>
    /// <param name="trainings">The trainings of the cells.</param>
    /// <param name="events">The events of cells and of their runs.</param>
    public virtual void Show(IReadOnlyDictionary<ComparisonCell, TrainingStarted> trainings, IEnumerable<RunEvent> events)
    {
        var state = new LockstepState(trainings);
        foreach (var happened in events)
        {
            int? epoch = state.Note(happened);
            if (textOf(happened) is { } text)
                Say(text);
            Draw(state, epoch);
        }
    }

    /// <summary>Shows a sentence.</summary>
    protected abstract void Say(string text);

    /// <summary>Shows the cells.</summary>
    /// <param name="state">The cells.</param>
    /// <param name="epoch">The epoch that all of them have just ended; otherwise null.</param>
    protected abstract void Draw(LockstepState state, int? epoch);

    private sealed class Quiet() : LockstepDisplay(_ => null)
    {
        protected override void Say(string text) { }

        protected override void Draw(LockstepState state, int? epoch) { }
    }

    /// <summary>Prints a line for each epoch, once all cells have reached its end.</summary>
    private sealed class Plain(Func<RunEvent, string?> textOf) : LockstepDisplay(textOf)
    {
        protected override void Say(string text) => Output.Line(text);

        protected override void Draw(LockstepState state, int? epoch)
        {
            if (epoch is int ended)
                Output.Line(ComparisonTexts.Of(ended, state));
        }
    }

    /// <summary>Redraws a table of the cells in place.</summary>
    private sealed class Live(ComparisonProgress whole, Func<RunEvent, string?> textOf) : LockstepDisplay(textOf)
    {
        private static readonly TimeSpan BetweenPictures = TimeSpan.FromMilliseconds(200);

        private readonly Stopwatch _lastDrawn = Stopwatch.StartNew();
        private LiveDisplayContext? _live;

        public override void Show(IReadOnlyDictionary<ComparisonCell, TrainingStarted> trainings, IEnumerable<RunEvent> events) =>
            Output.Console.Live(new Text("")).Start(live =>
            {
                _live = live;
                base.Show(trainings, events);
            });

        // Above the table, which is drawn again below it.
        protected override void Say(string text) => Output.Console.MarkupLineInterpolated($"{text}");

        protected override void Draw(LockstepState state, int? epoch)
        {
            if (state.Rows.Count == 0 || epoch is null && _lastDrawn.Elapsed < BetweenPictures)
                return;
            _live!.UpdateTarget(TerminalText.Escape(Picture(state)));
            _lastDrawn.Restart();
        }

        private Rows Picture(LockstepState state)
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
