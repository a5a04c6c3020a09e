namespace Pupil.Settings;

/// <summary>The cause of an error: an object has a key that is not known.</summary>
/// <param name="Path">The path of the key; of the first one, if there are several.</param>
internal sealed record UnknownKey(string Path) : UserErrorCause;

/// <summary>Collects all errors of a recipe, to report them together.</summary>
internal sealed class SettingsErrors
{
    private const int MostShown = 10;

    private readonly List<string> _lines = [];
    private int _notShown;
    private UnknownKey? _unknown;

    /// <summary>Adds an error; beyond the first ten, errors are counted only.</summary>
    /// <param name="origin">The origin of the value.</param>
    /// <param name="path">The path in the recipe; empty for the whole recipe.</param>
    /// <param name="message">Builds the message; called only if the error is shown.</param>
    public void Add(Origin origin, string path, Func<string> message) => Add(origin.ToString, path, message);

    /// <summary>Adds an error; beyond the first ten, errors are counted only.</summary>
    /// <param name="where">Builds the text of the position; called only if the error is shown.</param>
    /// <param name="path">The path in the recipe; empty for the whole recipe.</param>
    /// <param name="message">Builds the message; called only if the error is shown.</param>
    public void Add(Func<string> where, string path, Func<string> message)
    {
        if (_lines.Count == MostShown)
        {
            _notShown++;
            return;
        }
        var line = $"{where()}: {(path.Length == 0 ? "" : path + ": ")}{message()}";
        if (!_lines.Contains(line)) // one mistaken override may cause the same error at several places
            _lines.Add(line);
    }

    /// <summary>Adds an unknown key; it is the cause of the errors where no other cause is known.</summary>
    /// <param name="origin">The origin of the key.</param>
    /// <param name="path">Its path in the recipe.</param>
    /// <param name="message">Builds the message; called only if the error is shown.</param>
    public void AddUnknown(Origin origin, string path, Func<string> message)
    {
        _unknown ??= new(path);
        Add(origin, path, message);
    }

    /// <summary>Throws if there are errors.</summary>
    /// <param name="cause">The cause of the errors; null if none is known.</param>
    /// <exception cref="UserErrorException">There are errors; the message has one line for each of the first ten.</exception>
    public void ThrowIfAny(UserErrorCause? cause = null)
    {
        if (_lines.Count == 0)
            return;
        string more = _notShown > 0 ? $"\n(and {_notShown} more)" : "";
        throw new UserErrorException(string.Join('\n', _lines) + more) { Cause = cause ?? _unknown };
    }
}
