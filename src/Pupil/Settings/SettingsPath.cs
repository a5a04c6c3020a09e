using System.Globalization;

namespace Pupil.Settings;

/// <summary>Parses and formats paths in a recipe, such as <c>students[0].network</c>: keys and, for lists, indices from 0.</summary>
internal static class SettingsPath
{
    /// <summary>A step of a path: a key, or an index where the key is null.</summary>
    internal readonly record struct Step(string? Key, int Index);

    /// <summary>Appends a key to a path; an unusual key is shortened and quoted.</summary>
    public static string Join(string path, string key)
    {
        var plain = key.Length > 0 && key.All(c => char.IsLetterOrDigit(c) || c is '_' or '-' or '$');
        var shown = Wording.OneLine(Wording.Excerpt(key));
        return plain ? path.Length == 0 ? shown : $"{path}.{shown}" : $"{path}[\"{shown}\"]";
    }

    /// <summary>Appends an index to a path.</summary>
    public static string Join(string path, int index) => $"{path}[{index}]";

    /// <summary>Returns the steps of a path; null if the text is not a path.</summary>
    public static IReadOnlyList<Step>? TryParse(string text)
    {
        var steps = new List<Step>();
        foreach (var part in text.Split('.'))
        {
            var pieces = part.Split('[');
            if (pieces[0].Length == 0 || pieces[0].Contains(']'))
                return null;
            steps.Add(new Step(pieces[0], 0));
            foreach (var piece in pieces.Skip(1))
            {
                if (piece is not [.. var digits, ']']
                    || !int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var index))
                    return null;
                steps.Add(new Step(null, index));
            }
        }
        return steps.Count <= SettingsJson.MaximumDepth ? steps : null;
    }

    /// <summary>Returns the path of some steps.</summary>
    public static string Format(IEnumerable<Step> steps) =>
        steps.Aggregate("", (path, step) => step.Key is null ? Join(path, step.Index) : Join(path, step.Key));
}
