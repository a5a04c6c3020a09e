using System.Text.Json;
using System.Text.Json.Nodes;

namespace Pupil.Settings;

/// <summary>Writes settings as JSON with every value, defaults included: the recipe as run.</summary>
internal static class SettingsWriter
{
    /// <summary>
    /// Returns every property with its value, as indented JSON with a line break at its end. Equal settings give equal texts, and
    /// <see cref="SettingsReader.Read"/> reads the text back to equal settings.
    /// </summary>
    /// <param name="value">The settings.</param>
    /// <param name="schema">The address of the schema for editors, written as <c>$schema</c>; null for none.</param>
    /// <exception cref="ArgumentException">A number is infinite or NaN.</exception>
    public static string Write<T>(T value, string? schema = null) where T : class
    {
        var root = JsonSerializer.SerializeToNode(value, SettingsJson.Options)!.AsObject();
        if (schema is not null)
            root.Insert(0, "$schema", JsonValue.Create(schema));
        return root.ToJsonString(SettingsJson.Options) + "\n";
    }
}
