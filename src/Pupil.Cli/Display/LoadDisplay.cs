using System.Diagnostics;
using Pupil.Images;

namespace Pupil.Cli.Display;

/// <summary>
/// Shows the progress of loading a data set. A terminal has one line that changes. Elsewhere, long loading has a line for each tenth, on
/// standard error, so that the output can be piped.
/// </summary>
internal sealed class LoadDisplay : IProgress<LoadProgress>
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private readonly Lock _turn = new();
    private readonly Stopwatch _sinceLine = Stopwatch.StartNew();
    private (string Activity, int Tenths) _said = ("", 0);

    public void Report(LoadProgress value)
    {
        // Called from any thread; a report may come after one with more progress.
        lock (_turn)
        {
            if (Output.IsTerminal)
            {
                Output.Redraw(value.Done >= value.Total ? "" : Text(value));
                return;
            }
            int tenths = value.Total == 0 ? 10 : (int)(10 * value.Done / value.Total);
            if (_sinceLine.Elapsed < Patience || (value.Activity == _said.Activity && tenths <= _said.Tenths))
                return;
            Output.Aside(Text(value));
            _said = (value.Activity, tenths);
            _sinceLine.Restart();
        }
    }

    private static string Text(LoadProgress value) =>
        $"{char.ToUpperInvariant(value.Activity[0])}{value.Activity[1..]}: {value.Done:N0} of {value.Total:N0}";
}
