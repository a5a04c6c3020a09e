using Pupil.Cli.Download;
using Spectre.Console;

namespace Pupil.Cli.Display;

/// <summary>Shows downloads: a bar for each file on a terminal, lines elsewhere.</summary>
internal static class DownloadDisplay
{
    /// <summary>Runs the downloads, and shows their progress.</summary>
    public static Task ShowAsync(Func<IProgress<DownloadProgress>, Task> work) => Output.IsTerminal
        ? Output.Console.Progress().AutoClear(true)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(),
                new DownloadedColumn { Base = FileSizeBase.Decimal }, new TransferSpeedColumn { Base = FileSizeBase.Decimal },
                new RemainingTimeColumn())
            .StartAsync(bars => work(new Bars(bars)))
        : work(new Lines());

    /// <summary>Shows a bar for the present file, below the events so far.</summary>
    private sealed class Bars(ProgressContext context) : IProgress<DownloadProgress>
    {
        private readonly Dictionary<string, ProgressTask> _bars = [];

        public void Report(DownloadProgress value)
        {
            if (DownloadTexts.Of(value) is string text)
                Output.Console.MarkupLineInterpolated($"{text}");
            switch (value)
            {
                case DownloadStarted started:
                    Move(started.File, started.From, started.Bytes);
                    break;
                case DownloadAdvanced advanced:
                    Move(advanced.File, advanced.Done, advanced.Bytes);
                    break;
                case DownloadFinished finished:
                    Move(finished.File, finished.Bytes, finished.Bytes);
                    break;
            }
        }

        private void Move(string file, long done, long? bytes)
        {
            if (!_bars.TryGetValue(file, out var bar))
                _bars[file] = bar = context.AddTask(Markup.Escape(TerminalText.Escape(file)));
            bar.IsIndeterminate = bytes is null;
            bar.MaxValue = bytes ?? Math.Max(done, 1);
            bar.Value = done;
        }
    }

    /// <summary>Prints a line for each event, and at most one for each tenth of a file.</summary>
    private sealed class Lines : IProgress<DownloadProgress>
    {
        private readonly Dictionary<string, long> _tenths = [];

        public void Report(DownloadProgress value)
        {
            if (DownloadTexts.Of(value) is string text)
                Output.Line(text);
            else if (value is DownloadAdvanced { Bytes: > 0 and var bytes } advanced)
                Advance(advanced.File, 10 * advanced.Done / bytes);
            if (value is DownloadStarted { From: > 0, Bytes: > 0 and var whole } started)
                _tenths[started.File] = Math.Max(Tenth(started.File), 10 * started.From / whole);
        }

        private void Advance(string file, long tenth)
        {
            if (tenth <= Tenth(file))
                return;
            _tenths[file] = tenth;
            Output.Line($"{file}: {10 * tenth} %");
        }

        private long Tenth(string file) => _tenths.GetValueOrDefault(file);
    }
}
