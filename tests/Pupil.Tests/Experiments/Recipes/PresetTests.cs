using System.Text.Json.Nodes;
using Pupil.Distillation.Methods;
using Pupil.Experiments.Recipes;
using Pupil.Networks;
using Pupil.Settings;
using Pupil.Training;

namespace Pupil.Tests.Experiments.Recipes;

/// <summary>A preset is a set of values and nothing else: the differences between the written recipes of two presets.</summary>
public sealed class PresetTests
{
    private const string Preset = "preset=released-code";
    private const string Ctkd = """ "expert": {}, "method": { "name": "ctkd", "scratchTeacher": "wrn-40-2" } """;
    private const string DefaultStart = """{ "architecture": "wrn-16-1", "initialization": "default" }""";
    private const string AllStudents = """
        "students": [{}, { "name": "b", "network": "resnet-8" },
        { "name": "c", "network": { "architecture": "wrn-10-1", "dropout": 0.1 } }]
        """;

    private static readonly string[] Everywhere =
    [
        "preset: \"paper\" -> \"released-code\"",
        "students[0].network.initialization: \"default\" -> \"released-code\"",
        "training.optimizer.resetMomentumAtRateDrops: false -> true",
        "training.schedule.milestones: [60,120,160] -> [59,119,159]",
    ];

    private static readonly string[] Expert =
    [
        "expert.network.initialization: \"default\" -> \"released-code\"",
        "expert.training.optimizer.resetMomentumAtRateDrops: false -> true",
        "expert.training.schedule.milestones: [60,120,160] -> [59,119,159]",
    ];

    private static readonly string[] PathAndStart =
    [
        "method.pathDivisor: \"images-in-batch\" -> \"configured-batch\"",
        "method.scratchTeacher.initialization: \"default\" -> \"released-code\"",
    ];

    private static readonly string[] Teacher =
        ["method.attentionOn: \"student\" -> \"scratch-teacher\"", "method.shareFirstConvolution: false -> true"];

    public static TheoryData<string, string[]> Recipes => new()
    {
        { Ctkd, [.. Everywhere, .. Expert, .. PathAndStart, .. Teacher] },
        { """ "expert": {} """, [.. Everywhere, .. Expert, .. PathAndStart, .. Teacher] },
        { """ "method": { "name": "ctkd", "teachers": "scratch-only" } """, [.. Everywhere, .. PathAndStart, .. Teacher] },
        { """ "expert": {}, "method": { "name": "ctkd", "teachers": "expert-only" } """, [.. Everywhere, .. Expert, .. PathAndStart] },
        { """ "expert": {}, "method": { "name": "kd" } """,
            [.. Everywhere, .. Expert, "method.reduction: \"batch-mean\" -> \"element-mean\""] },
        { """ "method": { "name": "supervised" } """, Everywhere },
        { $"{Ctkd}, {AllStudents}",
            [.. Everywhere, .. Expert, .. PathAndStart, .. Teacher,
                .. Everywhere.Where(line => line.StartsWith("students", StringComparison.Ordinal))
                    .SelectMany(line => new[] { line.Replace("[0]", "[1]"), line.Replace("[0]", "[2]") })] },
        { $$"""{{Ctkd}}, "training": { "schedule": { "name": "cosine" } } """,
            [.. Everywhere.Where(line => !line.Contains("milestones")), .. Expert, .. PathAndStart, .. Teacher] },
    };

    // By path: the paper's value, written where the preset would set the code's.
    public static TheoryData<string, string> Written => new()
    {
        { "method.attentionOn", Method(""" "attentionOn": "student" """) },
        { "method.shareFirstConvolution", Method(""" "shareFirstConvolution": false """) },
        { "method.pathDivisor", Method(""" "pathDivisor": "images-in-batch" """) },
        { "method.scratchTeacher.initialization", Method($""" "scratchTeacher": {DefaultStart} """) },
        { "students[0].network.initialization", $$""" "expert": {}, "students": [{ "network": {{DefaultStart}} }] """ },
        { "training.optimizer.resetMomentumAtRateDrops", Training(""" "optimizer": { "resetMomentumAtRateDrops": false } """) },
        { "expert.network.initialization", $$""" "expert": { "network": {{DefaultStart}} } """ },
        { "training.schedule.milestones", Training(""" "schedule": { "name": "multi-step", "milestones": [60, 120, 160] } """) },
    };

    [Theory]
    [MemberData(nameof(Recipes))]
    public void Released_code_differs_from_paper_exactly_where_the_code_does(string recipe, string[] expected) =>
        Assert.Equal(expected.Order(StringComparer.Ordinal), Differences(recipe).Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Written))]
    public void The_recipes_own_values_override_the_preset(string path, string recipe)
    {
        string[] all = [.. Everywhere, .. Expert, .. PathAndStart, .. Teacher];
        string[] others = [.. all.Where(line => !line.StartsWith($"{path}:", StringComparison.Ordinal))];

        Assert.Equal(all.Length - 1, others.Length);
        Assert.Equal(others.Order(StringComparer.Ordinal), Differences(recipe).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void An_override_overrides_the_preset()
    {
        var recipe = RecipeBook.Parse($$"""{ "preset": "released-code", {{Ctkd}} }""", "test", ["method.shareFirstConvolution=false"]);

        Assert.Contains("\"shareFirstConvolution\": false", SettingsWriter.Write(recipe));
    }

    [Fact]
    public void Paper_is_what_a_recipe_without_a_preset_is() =>
        Assert.Equal(SettingsWriter.Write(RecipeBook.Parse($"{{ {Ctkd} }}", "test")), Write("paper", Ctkd));

    [Fact]
    public void A_complete_recipe_reads_back_to_itself_under_its_preset()
    {
        string written = Write("released-code", Ctkd);

        Assert.Equal(written, SettingsWriter.Write(RecipeBook.Parse(written, "test")));
    }

    [Theory]
    [InlineData("cifar10")]
    [InlineData("cifar100")]
    public void Asked_for_beside_a_shipped_recipe_it_gives_the_shipped_recipe_of_the_released_code(string data)
    {
        var asked = RecipeBook.Read($"{data}/paper", [Preset]);
        var shipped = RecipeBook.Read($"{data}/released-code") with { Name = asked.Name, About = asked.About };
        Assert.Equal(SettingsWriter.Write(shipped), SettingsWriter.Write(asked));
    }

    [Fact]
    public void Named_in_the_recipe_it_leaves_what_the_recipe_writes()
    {
        var recipe = Read("""
            "preset": "released-code", "expert": { "file": "e.safetensors" },
            "method": { "name": "ctkd", "pathDivisor": "images-in-batch" },
            "training": { "epochs": 9, "schedule": { "name": "multi-step", "milestones": [3, 6] } }
            """);
        Assert.Equal(PathDivisor.ImagesInBatch, ((CtkdOptions)recipe.Method).PathDivisor);
        Assert.Equal([3, 6], Drops(recipe.Training));
        Assert.True(((CtkdOptions)recipe.Method).ShareFirstConvolution);
    }

    [Fact]
    public void Asked_for_it_replaces_what_the_recipe_writes_but_not_what_is_set_beside_it()
    {
        const string Text = """
            "method": { "name": "ctkd", "pathDivisor": "images-in-batch", "attentionOn": "student" },
            "expert": { "network": { "architecture": "wrn-16-1", "initialization": "default" },
              "training": { "epochs": 6, "schedule": { "name": "multi-step", "milestones": [2, 4] } } },
            "training": { "epochs": 9, "schedule": { "name": "multi-step", "milestones": [3, 6] } }
            """;
        foreach (string[] order in new string[][] { [Preset, "method.attentionOn=student"], ["method.attentionOn=student", Preset] })
        {
            var recipe = Read(Text, order);
            var method = (CtkdOptions)recipe.Method;
            Assert.Equal((PathDivisor.ConfiguredBatch, AttentionLearner.Student), (method.PathDivisor, method.AttentionOn));
            Assert.Equal([2, 5], Drops(recipe.Training));
            Assert.Equal([1, 3], Drops(recipe.Expert!.Training));
            Assert.Equal(Initialization.ReleasedCode, recipe.Expert.Network.Initialization);
        }
    }

    [Fact]
    public void It_makes_no_expert_where_there_is_none_and_leaves_one_of_a_file() => Assert.All(
    [
        Read(""" "method": "supervised" """, [Preset]),
        Read(""" "method": "supervised", "expert": null """, [Preset]),
        Read(""" "method": "ctkd", "expert": { "file": "e.safetensors" } """, [Preset]),
    ], recipe => Assert.NotEqual(Initialization.ReleasedCode, recipe.Expert?.Network.Initialization));

    [Fact]
    public void Other_sources_keep_their_normalisation() => Assert.Null(Read(""" "method": "supervised" """, [Preset]).Data.Normalization);

    private static string Method(string member) => $$""" "expert": {}, "method": { "name": "ctkd", {{member}} } """;

    private static string Training(string member) => $$""" "expert": {}, "training": { {{member}} } """;

    private static string Write(string preset, string recipe) =>
        SettingsWriter.Write(RecipeBook.Parse($$"""{ "preset": "{{preset}}", {{recipe}} }""", "test"));

    private static IEnumerable<string> Differences(string recipe)
    {
        Dictionary<string, string> paper = Values(Write("paper", recipe)), code = Values(Write("released-code", recipe));
        return paper.Keys.Union(code.Keys).Where(path => paper.GetValueOrDefault(path) != code.GetValueOrDefault(path))
            .Select(path => $"{path}: {paper.GetValueOrDefault(path)} -> {code.GetValueOrDefault(path)}");
    }

    private static Dictionary<string, string> Values(string written)
    {
        var values = new Dictionary<string, string>();
        Add(JsonNode.Parse(written), "");
        return values;

        void Add(JsonNode? node, string path)
        {
            if (node is JsonObject members)
            {
                foreach (var (key, value) in members)
                    Add(value, path.Length == 0 ? key : $"{path}.{key}");
            }
            else if (node is JsonArray items && items.Any(item => item is JsonObject))
            {
                for (int i = 0; i < items.Count; i++)
                    Add(items[i], $"{path}[{i}]");
            }
            else
            {
                values.Add(path, node?.ToJsonString() ?? "null");
            }
        }
    }

    private static IReadOnlyList<int> Drops(TrainingOptions training) => ((MultiStepSchedule)training.Schedule).Milestones;

    private static Recipe Read(string text, string[]? overrides = null) => RecipeBook.Parse($"{{ {text} }}", "test", overrides);
}
