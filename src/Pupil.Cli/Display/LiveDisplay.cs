using System.Diagnostics;
using Pupil.Experiments.Runs;
using Pupil.Images;
using Pupil.Training;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Pupil.Cli.Display;

/// <summary>Shows a training on a terminal, redrawn in place.</summary>
internal sealed class LiveDisplay : RunDisplay
{
    private static readonly TimeSpan BetweenPictures = TimeSpan.FromMilliseconds(100);

    private readonly LoadDisplay _loading = new();

    protected override void Say(string text) => Output.Console.MarkupLineInterpolated($"{text}");

    protected override void Loading(LoadProgress progress) => _loading.Report(progress);

    protected override void Progress(TrainingStarted started, Func<TrainingRecord?> next)
    {
        var clock = new TrainingClock(started);
        var picture = new Picture(started, clock, Whole);
        Output.Console.Live(new Text("")).Start(live =>
        {
            var lastDrawn = Stopwatch.StartNew();
            while (next() is { } record)
            {
                clock.Note(record);
                picture.Note(record);
                if (record is RestartRecord restart)
                    Say(Texts.Of(restart));
                if (record is EpochRecord epoch && Texts.Overtaking(epoch) is { } overtaking)
                    Say(overtaking);
                if (record is StepRecord && lastDrawn.Elapsed < BetweenPictures)
                    continue;
                // The drawing in place is not among the renderables that the console escapes.
                live.UpdateTarget(TerminalText.Escape(picture.Draw()));
                lastDrawn.Restart();
            }
        });
    }

    /// <summary>The drawing: progress, terms of the loss, and accuracies of all networks.</summary>
    private sealed class Picture(TrainingStarted started, TrainingClock clock, ComparisonProgress? whole)
    {
        private StepRecord? _step;
        private EpochRecord? _epoch;
        private readonly Dictionary<string, double> _best = [];
        private readonly Dictionary<string, double> _test = [];

        public void Note(TrainingRecord record)
        {
            if (record is StepRecord step)
                _step = step;
            if (record is not EpochRecord epoch)
                return;
            _epoch = epoch;
            foreach (string name in epoch.NewBest)
                _best[name] = epoch.HeldOut[name].Score;
            foreach (var (name, accuracy) in epoch.Test)
                _test[name] = accuracy.Score;
        }

        public IRenderable Draw()
        {
            if (_step is null)
                return new Text("");
            string left = clock.SecondsLeft is double seconds ? $"{Output.Time(seconds)} left" : "";
            var head = new Markup($"epoch {_step.Epoch}/{started.Epochs}  batch {_step.Step}/{_step.Steps}  "
                + $"{Output.Bar(clock.Done)}  {_step.ImagesPerSecond:0} images/s  rate {_step.Rate:0.####}  {left}");
            var tables = new Columns(Terms(_step), Accuracies()) { Expand = false };
            return whole is null ? new Rows(head, tables) : new Rows(new Markup(whole.Line(started, clock)), head, tables);
        }

        private static Table Terms(StepRecord step)
        {
            var table = new Table().Border(TableBorder.Rounded).BorderColor(Color.Grey)
                .AddColumn("term").AddColumn(new TableColumn("mean").RightAligned());
            foreach (var (name, value) in step.Terms)
                table.AddRow(new Text(name.ToString()), new Text(Texts.Value(value)));
            return table;
        }

        private Table Accuracies()
        {
            var table = new Table().Border(TableBorder.Rounded).BorderColor(Color.Grey)
                .AddColumn("network").AddColumn(new TableColumn($"held-out{ScoreName}").RightAligned())
                .AddColumn(new TableColumn("its best").RightAligned()).AddColumn(new TableColumn("test").RightAligned());
            foreach (var network in started.Networks)
            {
                string name = network.Name;
                table.AddRow(new Text($"{name} ({network.Architecture})"), Share(_epoch?.HeldOut.GetValueOrDefault(name)?.Score),
                    Share(_best.TryGetValue(name, out double best) ? best : null),
                    Share(_test.TryGetValue(name, out double test) ? test : null));
            }
            return table;
        }

        private string ScoreName =>
            _epoch?.HeldOut.Values.Concat(_epoch.Test.Values).FirstOrDefault(accuracy => accuracy.ScoreName != "accuracy") is { } other
                ? $" {other.ScoreName}" : "";

        private static Text Share(double? share) => new(share is double value ? Output.Percent(value) : "–");
    }
}
