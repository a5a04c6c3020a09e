using System.Text.Json;

namespace Pupil.Settings;

/// <summary>Applies values set outside the recipe file: <c>training.epochs=3</c>, <c>students[0].network=wrn-16-1</c>.</summary>
internal static class Overrides
{
    /// <summary>
    /// Applies the overrides in order and returns the root. A value is JSON or, if it does not parse, text. Keys are checked
    /// afterwards with the whole tree, so that the order of overrides does not matter.
    /// </summary>
    public static TreeNode Apply(TreeNode root, Slot slot, IEnumerable<string> overrides, SettingsErrors errors)
    {
        foreach (var text in overrides)
        {
            var origin = Origin.OfOverride(Wording.OneLine(Wording.Excerpt(text)));
            if (SourceText.HalfCharacter(text) is not null)
            {
                errors.Add(origin, "", Wording.HalfCharacter); // no later message could show it
                continue;
            }
            var equals = text.IndexOf('=', StringComparison.Ordinal);
            if (equals < 0 || SettingsPath.TryParse(text[..equals].Trim()) is not { } steps)
            {
                errors.Add(origin, "", Wording.NotAnOverride);
                continue;
            }
            var value = Value(text[(equals + 1)..], origin);
            root = new TreeEditor(steps, value, origin, (path, message) => errors.Add(origin, path, () => message)).Apply(root, slot);
        }
        return root;
    }

    private static TreeNode Value(string text, Origin origin)
    {
        try
        {
            var value = JsonTreeParser.ParseAs(text, origin);
            return value is TreeScalar { Kind: not JsonValueKind.String } scalar
                ? new TreeScalar(scalar.Kind, scalar.Text, origin) { Unquoted = text }
                : value;
        }
        catch (UserErrorException)
        {
            return new TreeScalar(JsonValueKind.String, text, origin);
        }
    }
}
