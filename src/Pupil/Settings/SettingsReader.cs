using System.Buffers;
using System.Text.Json;

namespace Pupil.Settings;

/// <summary>
/// Reads settings from JSON with comments and trailing commas, strictly: a key that is not known, a value out of range or a
/// key written twice is an error that names its place, what is expected there, and what was probably meant.
/// </summary>
/// <remarks>
/// A key that is not written has its record's default. Where a record is written in part, the rest is what the containing
/// record holds there by default. A <c>$schema</c> at the top is for editors and ignored.
/// </remarks>
public static class SettingsReader
{
    private const string SchemaKey = "$schema";

    /// <summary>Reads a recipe from text.</summary>
    /// <typeparam name="T">The record; see <see cref="SettingsSchema"/> for what it may hold.</typeparam>
    /// <param name="text">The recipe.</param>
    /// <param name="source">Its name in messages, such as the file's path.</param>
    /// <param name="overrides">
    /// Values that replace written ones: <c>training.epochs=3</c>, <c>students[0].network=wrn-16-1</c>. A value is JSON, or else
    /// text. Missing objects are created; the index after a list's last appends; items of a default list can be set too.
    /// </param>
    /// <param name="complete">May set values that nobody has written, such as those of a preset.</param>
    /// <param name="check">May report what the schema cannot express; called for a recipe that is valid otherwise.</param>
    /// <exception cref="UserErrorException">The recipe is wrong; one line for each of up to ten errors.</exception>
    public static T Read<T>(
        string text, string source, IReadOnlyList<string>? overrides = null,
        Action<SettingsDraft>? complete = null, Action<T, SettingsChecks>? check = null) where T : class
    {
        var errors = new SettingsErrors();
        var shape = SchemaBuilder.For(typeof(T));
        var slot = new Slot(shape, null);
        var root = JsonTreeParser.Parse(SourceText.From(source, text));
        TakeSchema(root, errors);
        root = Overrides.Apply(root, slot, overrides ?? [], errors);
        if (complete is not null)
        {
            var draft = new SettingsDraft(root, slot);
            complete(draft);
            root = draft.Root;
        }
        root = Completion.Complete(root, slot);
        new SchemaValidator(shape, errors).Check(root);
        errors.ThrowIfAny();
        var recipe = Deserialize<T>(root);
        check?.Invoke(recipe, new SettingsChecks(root, source, errors));
        errors.ThrowIfAny();
        return recipe;
    }

    /// <summary>Reads a recipe from a file in UTF-8; see <see cref="Read"/>.</summary>
    /// <param name="path">The file.</param>
    /// <param name="overrides">Values that replace written ones.</param>
    /// <param name="complete">May set values that nobody has written.</param>
    /// <param name="check">May report what the schema cannot express.</param>
    /// <exception cref="UserErrorException">The file cannot be read, is not UTF-8, or the recipe is wrong.</exception>
    public static T ReadFile<T>(
        string path, IReadOnlyList<string>? overrides = null,
        Action<SettingsDraft>? complete = null, Action<T, SettingsChecks>? check = null) where T : class =>
        Read(SettingsFile.ReadText(path), path, overrides, complete, check);

    private static void TakeSchema(TreeNode root, SettingsErrors errors)
    {
        if (root is not TreeObject top || top[SchemaKey] is not { } schema)
            return;
        if (schema is not TreeScalar { Kind: JsonValueKind.String })
            errors.Add(schema.Origin, SchemaKey, () => Wording.Wrong(schema, new TextSchema(), null));
        top.Members.Remove(SchemaKey);
    }

    private static T Deserialize<T>(TreeNode root)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
            root.WriteTo(writer);
        return JsonSerializer.Deserialize<T>(buffer.WrittenSpan, SettingsJson.Options)!;
    }
}
