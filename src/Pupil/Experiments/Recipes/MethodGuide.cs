using System.Text;
using System.Text.Json.Nodes;
using Pupil.Distillation;
using Pupil.Settings;

namespace Pupil.Experiments.Recipes;

/// <summary>What there is to say of every method, as Markdown: <c>docs/methods.md</c> is made of it.</summary>
public static class MethodGuide
{
    private static readonly string[] EveryMethodHas = [.. ShapeOf("supervised").Properties.Select(property => property.Name)];

    /// <summary>A table of all methods, then their options.</summary>
    public static string Markdown()
    {
        var text = new StringBuilder();
        text.Append("""
            # Methods

            Made by `pupil recipe methods`; do not edit. N images, K classes, HW pixels of a stage's map; z logits, A a stage's activations, f embedding, y labels; s student,
            t expert teacher; H cross-entropy, KL divergence (both in nats); Q(A) attention map (docs/paper-to-code.md). Where a paper and the code that its numbers are
            quoted from differ, both forms are options. A recipe's `"method": "NAME"` takes the defaults.

            | Method | What a student loses | Needs | Defaults | From |
            |---|---|---|---|---|

            """);
        foreach (string name in MethodOptions.Names)
        {
            var method = (MethodOptions)ShapeOf(name).Type.GetConstructor([])!.Invoke(null);
            text.Append($"| `{name}` {Cell(method.About.Title)} | {Cell(method.About.Equation)} | {Cell(Needs(method))} | {Cell(Defaults(name))} | {Cell(method.About.Reference)} |\n");
        }
        text.Append("""

            ## Options of every method

            | Option | Default | |
            |---|---|---|

            """);
        Options(text, ShapeOf("supervised").Properties);
        text.Append("\n## Options of each\n");
        foreach (string name in MethodOptions.Names)
        {
            var own = Own(name).ToList();
            if (own.Count == 0)
                continue;
            text.Append($"\n### `{name}`\n\n| Option | Default | |\n|---|---|---|\n");
            Options(text, own);
        }
        return text.ToString();
    }

    private static void Options(StringBuilder text, IEnumerable<PropertySchema> options)
    {
        foreach (var option in options)
            text.Append($"| `{option.Name}` | {Cell(Value(option.Default))} | {Cell(option.Description ?? "")} |\n");
    }

    private static string Needs(MethodOptions method)
    {
        string[] needs = [method.NeedsExpert ? "an expert" : "", method.About.Needs, method.TakesSoftLabels ? "" : "one label an image"];
        return string.Join("; ", needs.Where(need => need.Length > 0));
    }

    // Those that say something in a cell: numbers, flags and words.
    private static string Defaults(string name) => string.Join(", ", from option in ShapeOf(name).Properties
                                                                     where option.Default is JsonValue && (!EveryMethodHas.Contains(option.Name) || Differs(option))
                                                                     select $"{option.Name} {Value(option.Default)}");

    private static bool Differs(PropertySchema option) =>
        !JsonNode.DeepEquals(option.Default, ShapeOf("supervised").Find(option.Name)!.Default);

    private static IEnumerable<PropertySchema> Own(string name) => ShapeOf(name).Properties.Where(option => !EveryMethodHas.Contains(option.Name));

    private static ObjectSchema ShapeOf(string name) => ((VariantSchema)SchemaBuilder.SchemaOf(typeof(MethodOptions))).Cases[name];

    private static string Value(JsonNode? value) => value switch
    {
        null => "null",
        JsonValue plain => plain.ToString(),
        _ => $"`{value.ToJsonString(SettingsJson.Compact)}`",
    };

    private static string Cell(string text) => text.Replace("|", "\\|").Replace('\n', ' ');
}
