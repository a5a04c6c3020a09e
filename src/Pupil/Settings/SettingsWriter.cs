using System.Text.Json;
using System.Text.Json.Nodes;

namespace Pupil.Settings;

/// <summary>Writes settings so that nothing depends on a default: the recipe as run.</summary>
public static class SettingsWriter
{
    /// <summary>
    /// Every property with its value, as indented JSON that ends with a line break. Equal settings give equal texts, and
    /// <see cref="SettingsReader.Read"/> reads the text back to equal settings.
    /// </summary>
    /// <param name="value">The settings.</param>
    /// <param name="schema">The address of the schema for editors, written as <c>$schema</c>; null to leave it out.</param>
    /// <exception cref="ArgumentException">A number is infinite or not a number.</exception>
    public static string Write<T>(T value, string? schema = null) where T : class
    {
        var root = JsonSerializer.SerializeToNode(value, SettingsJson.Options)!.AsObject();
        if (schema is not null)
            root.Insert(0, "$schema", JsonValue.Create(schema));
        return root.ToJsonString(SettingsJson.Options) + "\n";
    }
}
