using System.Buffers;
using System.Text.Json;

namespace Pupil.Settings;

/// <summary>
/// Reads settings strictly from JSON with comments and trailing commas. Unknown keys, repeated keys and values out of range are
/// errors. Each error names its position, the expected value and, if there is one, the nearest known name.
/// </summary>
/// <remarks>
/// A missing key takes its record's default. Where a record is written in part, the rest is what the containing
/// record has there by default. A <c>$schema</c> at the top is for editors and is ignored.
/// </remarks>
internal static class SettingsReader
{
    private const string SchemaKey = "$schema";

    /// <summary>Reads a recipe from text.</summary>
    /// <typeparam name="T">The record type; <see cref="SettingsSchema"/> lists what it may contain.</typeparam>
    /// <param name="text">The recipe.</param>
    /// <param name="source">The recipe's name in messages, such as the file's path.</param>
    /// <param name="overrides">
    /// Values that replace written ones: <c>training.epochs=3</c>, <c>students[0].network=wrn-16-1</c>. A value is JSON or, if it
    /// does not parse, text. Missing objects are created. The index behind a list's last item appends an item; items of a default
    /// list can be set too.
    /// </param>
    /// <param name="complete">Sets values that are not written, such as those of a preset; null for none.</param>
    /// <param name="check">Reports errors that the schema cannot express; called only for an otherwise valid recipe.</param>
    /// <exception cref="UserErrorException">The recipe is wrong; the message has one line for each of up to ten errors.</exception>
    public static T Read<T>(
        string text, string source, IReadOnlyList<string>? overrides = null,
        Action<SettingsDraft>? complete = null, Action<T, SettingsChecks>? check = null) where T : class
    {
        var errors = new SettingsErrors();
        var schema = SchemaBuilder.SchemaOf(typeof(T));
        var slot = new Slot(schema, null);
        var root = JsonTreeParser.Parse(SourceText.FromText(source, text));
        TakeSchema(root, errors);
        root = Overrides.Apply(root, slot, overrides ?? [], errors);
        if (complete is not null)
        {
            var draft = new SettingsDraft(root, slot);
            complete(draft);
            root = draft.Root;
        }
        root = Completion.Complete(root, slot);
        new SchemaValidator(schema, errors).Check(root);
        errors.ThrowIfAny();
        var recipe = Deserialize<T>(root);
        check?.Invoke(recipe, new SettingsChecks(root, source, errors));
        errors.ThrowIfAny();
        return recipe;
    }

    /// <summary>Reads a recipe from a file in UTF-8; see <see cref="Read"/>.</summary>
    /// <param name="path">The file.</param>
    /// <param name="overrides">Values that replace written ones.</param>
    /// <param name="complete">Sets values that are not written.</param>
    /// <param name="check">Reports errors that the schema cannot express.</param>
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
