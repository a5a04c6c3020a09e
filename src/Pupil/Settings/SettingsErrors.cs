namespace Pupil.Settings;

/// <summary>Collects what is wrong with a recipe, so that a person sees it all at once.</summary>
internal sealed class SettingsErrors
{
    private const int MostShown = 10;

    private readonly List<string> _lines = [];
    private int _notShown;

    /// <param name="origin">Where the value was written.</param>
    /// <param name="path">The place in the recipe; empty for all of it.</param>
    /// <param name="message">Asked for only if it will be shown.</param>
    public void Add(Origin origin, string path, Func<string> message) => Add(origin.ToString, path, message);

    public void Add(Func<string> where, string path, Func<string> message)
    {
        if (_lines.Count == MostShown)
        {
            _notShown++;
            return;
        }
        var line = $"{where()}: {(path.Length == 0 ? "" : path + ": ")}{message()}";
        if (!_lines.Contains(line)) // one mistaken override may spoil several places
            _lines.Add(line);
    }

    /// <exception cref="UserErrorException">There are errors; the message has one line for each of the first ten.</exception>
    public void ThrowIfAny()
    {
        if (_lines.Count > 0)
            throw new UserErrorException(string.Join('\n', _lines) + (_notShown > 0 ? $"\n(and {_notShown} more)" : ""));
    }
}
