using System.Text;
using System.Text.Json.Nodes;
using Pupil.Distillation;
using Pupil.Distillation.Methods;
using Pupil.Settings;

namespace Pupil.Experiments.Recipes;

/// <summary>Writes all methods as Markdown: the page <c>docs/methods.md</c>.</summary>
internal static class MethodGuide
{
    private static readonly string[] EveryMethodHas = [.. SchemaOf("supervised").Properties.Select(property => property.Name)];

    /// <summary>Returns the page: a table of all methods, then their options.</summary>
    public static string Markdown()
    {
        var text = new StringBuilder();
        var refusing = MethodCatalogue.Names.Where(name => DefaultOf(name).RefusesLabelSets is not null);
        text.Append("""
            # Methods

            This page lists the distillation methods of Pupil: the loss of a student, what the method needs, its defaults, paper
            and options. `pupil recipe methods` prints it; do not edit it. A recipe's `"method": "NAME"` takes the defaults.

            - **On logits**: `kd` (with standardised logits on request), `dkd`, `dist`, `curriculum-temperature`, `mse-logits`.
            - **On stages**: `at`, `fitnets`, `sp`, `nst`, `vid`, `ft`, `ab`, `ofd`, `reviewkd`, `token-relations`.
            - **On embeddings**: `rkd`, `cc`, `pkt`, `crd`. On embeddings or tokens: `feature-regression`.
            - **Beside networks that are trained along**: `ctkd` (collaborative teaching), `rocket`, `dml`.
            - **After snapshots of the expert**: `rco`. After an assistant (TAKD): `kd` under an expert that has an expert.
            - **Sums of methods**, from several experts if need be: `combination`. Without a teacher: `supervised`.
            - **For [several labels a picture](several-labels.md)**: all but REFUSED.

            Where a paper and the code that its numbers are quoted from differ, both forms are options. Loss and gradient of every
            method are tested against PyTorch's.

            **Symbols.** N images, K classes, HW pixels of a stage's map; z logits, A activations of a stage, f embedding, y labels;
            s student, t expert teacher; H cross-entropy, KL divergence (both in nats); Q(A)
            [attention map](paper-to-code.md).

            | Method | Loss of a student | Needs | Defaults | From |
            |---|---|---|---|---|

            """.Replace("REFUSED", string.Join(", ", refusing.Select(name => $"`{name}`")), StringComparison.Ordinal));
        foreach (string name in MethodCatalogue.Names)
        {
            var method = DefaultOf(name);
            var about = method.About;
            string[] cells = [about.Equation, Needs(method), Defaults(name), about.Reference];
            text.Append($"| `{name}` {Cell(about.Title)} | {string.Join(" | ", cells.Select(Cell))} |\n");
        }
        text.Append("""

            ## Options of every method

            | Option | Default | |
            |---|---|---|

            """);
        Options(text, SchemaOf("supervised").Properties);
        text.Append("\n## Options of each\n");
        foreach (string name in MethodCatalogue.Names)
        {
            var own = Own(name).ToList();
            if (own.Count == 0)
                continue;
            text.Append($"\n### `{name}`\n\n| Option | Default | |\n|---|---|---|\n");
            Options(text, own);
        }
        return text.ToString();
    }

    private static MethodOptions DefaultOf(string name) => (MethodOptions)SchemaOf(name).Type.GetConstructor([])!.Invoke(null);

    private static void Options(StringBuilder text, IEnumerable<PropertySchema> options)
    {
        foreach (var option in options)
            text.Append($"| `{option.Name}` | {Cell(Value(option.Default))} | {Cell(option.Description ?? "")} |\n");
    }

    private static string Needs(MethodOptions method)
    {
        string labels = method.NeedsLabels == LabelNeed.OnePerImage ? "one label an image" : "";
        string[] needs = [method.NeedsExpert ? "an expert" : "", method.About.Needs, labels];
        return string.Join("; ", needs.Where(need => need.Length > 0));
    }

    // Numbers, flags and words; objects and lists do not fit in a cell.
    private static string Defaults(string name) => string.Join(", ", SchemaOf(name).Properties
        .Where(option => option.Default is JsonValue && (!EveryMethodHas.Contains(option.Name) || Differs(option)))
        .Select(option => $"{option.Name} {Value(option.Default)}"));

    private static bool Differs(PropertySchema option) =>
        !JsonNode.DeepEquals(option.Default, SchemaOf("supervised").Find(option.Name)!.Default);

    private static IEnumerable<PropertySchema> Own(string name) =>
        SchemaOf(name).Properties.Where(option => !EveryMethodHas.Contains(option.Name));

    private static ObjectSchema SchemaOf(string name) => ((VariantSchema)SchemaBuilder.SchemaOf(typeof(MethodOptions))).Cases[name];

    private static string Value(JsonNode? value) => value switch
    {
        null => "null",
        JsonValue plain => plain.ToString(),
        _ => $"`{value.ToJsonString(SettingsJson.Compact)}`",
    };

    private static string Cell(string text) => text.Replace("|", "\\|").Replace('\n', ' ');
}
