using Pupil.Data;

namespace Pupil.Cli.Display;

/// <summary>
/// Shows how far the loading of a data set is: one line that changes on a terminal; elsewhere a line every tenth, among the errors, so that what is
/// asked for can be piped on.
/// </summary>
internal sealed class LoadDisplay : IProgress<LoadProgress>
{
    private readonly Lock _turn = new();
    private (string Activity, int Tenths) _said = ("", 0);

    public void Report(LoadProgress value)
    {
        // From any thread; a report may come after one that is further.
        lock (_turn)
        {
            int tenths = value.Total == 0 ? 10 : (int)(10 * value.Done / value.Total);
            bool isNew = value.Activity != _said.Activity;
            if (Output.IsTerminal)
                Output.Raw($"\r\u001b[K{(value.Done >= value.Total ? "" : Text(value))}");
            else if (tenths > _said.Tenths || isNew)
                Output.Aside(Text(value));
            if (isNew || tenths > _said.Tenths)
                _said = (value.Activity, tenths);
        }
    }

    private static string Text(LoadProgress value) => $"{char.ToUpperInvariant(value.Activity[0])}{value.Activity[1..]}: {value.Done:N0} of {value.Total:N0}";
}
