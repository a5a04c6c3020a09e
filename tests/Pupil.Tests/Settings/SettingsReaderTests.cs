using Pupil.Settings;

namespace Pupil.Tests.Settings;

public sealed class SettingsReaderTests
{
    private const string Whole = """
        // A comment.
        {
          "$schema": "../recipe.schema.json",
          "data": "cifar10", /* another */
          "preset": "released-code",
          "training": { "epochs": 1e2, "batchSize": 64.0, "learningRate": 1E-3, "milestones": [50, 75,], },
          "method": { "labelWeight": 2, "name": "hinton", "temperature": 3 },
          "students": [{ "network": "wrn-16-2" }, { "network": { "architecture": "resnet-20", "stem": "pooled" }, "taught": false }],
          "expert": null,
        }
        """;

    [Fact]
    public void Reads_everything_a_recipe_may_hold()
    {
        var recipe = Read(Whole);

        Assert.Equal(("cifar10", SamplePreset.ReleasedCode), (recipe.Data, recipe.Preset));
        Assert.Equal((100, 64, 1e-3), (recipe.Training.Epochs, recipe.Training.BatchSize, recipe.Training.LearningRate));
        Assert.Equal([50, 75], recipe.Training.Milestones);
        Assert.Equal(new SampleHinton { LabelWeight = 2, Temperature = 3 }, recipe.Method);
        Assert.Equal(new SampleNetwork { Architecture = "wrn-16-2" }, recipe.Students[0].Network);
        Assert.Equal(new SampleNetwork { Architecture = "resnet-20", Stem = "pooled" }, recipe.Students[1].Network);
        Assert.False(recipe.Students[1].Taught);
        Assert.Null(recipe.Expert);
    }

    [Fact]
    public void What_is_not_written_has_its_default()
    {
        var recipe = Read("""{ "data": "d" }""");

        Assert.Equal(SettingsWriter.Write(new SampleRecipe { Data = "d" }), SettingsWriter.Write(recipe));
    }

    [Fact]
    public void An_object_written_in_part_keeps_the_rest_of_what_its_record_holds_there()
    {
        var same = (SampleCollaborative)Read("""{ "data": "d", "method": "collaborative-teaching" }""").Method;
        var other = (SampleHinton)Read("""{ "data": "d", "method": { "name": "hinton" } }""").Method;

        Assert.Equal(0.5, same.Gamma); // the recipe's own default; the method's is 0.03
        Assert.Equal(4, other.Temperature);
    }

    [Fact]
    public void A_byte_order_mark_is_no_part_of_the_recipe() => Assert.Equal("d", Read("\uFEFF{ \"data\": \"d\" }").Data);

    [Theory]
    [InlineData("\"epoch\": 3", "a.jsonc:2:3: training.epoch: unknown key; known here: epochs, batchSize, learningRate, momentum, "
        + "milestones, seed, device; did you mean 'epochs'?")]
    [InlineData("\"gamma\": 3", "a.jsonc:2:3: training.gamma: unknown key; known here: epochs, batchSize, learningRate, momentum, "
        + "milestones, seed, device; did you mean 'method.gamma'?")]
    [InlineData("\"a b\\n\": 3", "a.jsonc:2:3: training[\"a b \"]: unknown key; known here: epochs, batchSize, learningRate, momentum, "
        + "milestones, seed, device.")]
    [InlineData("\"epochs\": 0", "a.jsonc:2:13: training.epochs: found 0, expected a whole number from 1 to 100000 (default 30).")]
    [InlineData("\"epochs\": \"3\"", "a.jsonc:2:13: training.epochs: found \"3\", expected a whole number from 1 to 100000 (default 30).")]
    [InlineData("\"epochs\": 2.5", "a.jsonc:2:13: training.epochs: found 2.5, expected a whole number from 1 to 100000 (default 30).")]
    [InlineData("\"epochs\": 1e999", "a.jsonc:2:13: training.epochs: found 1e999, expected a whole number from 1 to 100000 (default 30).")]
    [InlineData("\"epochs\": null", "a.jsonc:2:13: training.epochs: found null, expected a whole number from 1 to 100000 (default 30).")]
    [InlineData("\"batchSize\": -1", "a.jsonc:2:16: training.batchSize: found -1, expected a whole number ≥ 1 (default 128).")]
    [InlineData("\"batchSize\": 3000000000",
        "a.jsonc:2:16: training.batchSize: found 3000000000, expected a whole number from 1 to 2147483647 (default 128).")]
    [InlineData("\"seed\": 18446744073709551616",
        "a.jsonc:2:11: training.seed: found 18446744073709551616, expected a whole number ≤ 18446744073709551615 (default 0).")]
    [InlineData("\"seed\": 1e-400", "a.jsonc:2:11: training.seed: found 1e-400, expected a whole number (default 0).")]
    [InlineData("\"learningRate\": 0", "a.jsonc:2:19: training.learningRate: found 0, expected a number > 0 (default 0.1).")]
    [InlineData("\"learningRate\": 1e999", "a.jsonc:2:19: training.learningRate: found 1e999, expected a number > 0 (default 0.1).")]
    [InlineData("\"momentum\": 1.5", "a.jsonc:2:15: training.momentum: found 1.5, expected a number from 0 to 1 (default 0.9).")]
    [InlineData("\"milestones\": 5", "a.jsonc:2:17: training.milestones: found 5, expected a list of at most 3 items.")]
    [InlineData("\"milestones\": [1, 2, 3, 4]", "a.jsonc:2:17: training.milestones: found a list, expected a list of at most 3 items.")]
    [InlineData("\"milestones\": [1, null]",
        "a.jsonc:2:21: training.milestones[1]: found null, expected a whole number from 1 to 100000.")]
    [InlineData("\"device\": \"cude\"",
        "a.jsonc:2:13: training.device: found \"cude\", expected one of: cpu, cuda or null; did you mean 'cuda'?")]
    [InlineData("\"device\": \"ü\", \"epochs\": true",
        "a.jsonc:2:13: training.device: found \"ü\", expected one of: cpu, cuda or null.\n"
        + "a.jsonc:2:28: training.epochs: found true, expected a whole number from 1 to 100000 (default 30).")]
    [InlineData("\"epochs\": 1,\n \"epochs\": 2", "a.jsonc:3:2: training.epochs: written twice; keep one of them.")]
    public void A_mistake_in_a_setting_is_named_with_its_place(string training, string message) =>
        Assert.Equal(message, Error("{ \"data\": \"d\", \"training\": {\n  " + training + "\n} }"));

    [Theory]
    [InlineData("{}", "a.jsonc:1:1: data: missing; expected text.")]
    [InlineData("[]", "a.jsonc:1:1: found an empty list, expected an object { … }.")]
    [InlineData("{ \"data\": null }", "a.jsonc:1:11: data: found null, expected text.")]
    [InlineData("{ \"$schema\": 3, \"data\": \"\" }", "a.jsonc:1:14: $schema: found 3, expected text.")]
    [InlineData("{ \"data\": \"\", \"preset\": \"Released_Code\" }",
        "a.jsonc:1:25: preset: found \"Released_Code\", expected one of: paper, released-code (default paper); "
        + "did you mean 'released-code'?")]
    [InlineData("{ \"data\": \"\", \"preset\": 1 }",
        "a.jsonc:1:25: preset: found 1, expected one of: paper, released-code (default paper).")]
    [InlineData("{ \"data\": \"\", \"method\": \"hintom\" }",
        "a.jsonc:1:25: method.name: found \"hintom\", expected one of: collaborative-teaching, hinton; did you mean 'hinton'?")]
    [InlineData("{ \"data\": \"\", \"method\": { \"gamma\": 1 } }",
        "a.jsonc:1:25: method.name: missing; expected one of: collaborative-teaching, hinton.")]
    [InlineData("{ \"data\": \"\", \"method\": { \"name\": \"hinton\", \"gamma\": 1 } }",
        "a.jsonc:1:45: method.gamma: unknown key; known here: name, temperature, labelWeight.")]
    [InlineData("{ \"data\": \"\", \"method\": true }",
        "a.jsonc:1:25: method: found true, expected an object { … } or a text, with name one of: collaborative-teaching, hinton.")]
    [InlineData("{ \"data\": \"\", \"students\": [] }", "a.jsonc:1:27: students: found an empty list, expected a list of at least 1 item.")]
    [InlineData("{ \"data\": \"\", \"students\": [\"wrn-16-1\"] }",
        "a.jsonc:1:28: students[0]: found \"wrn-16-1\", expected an object { … }.")]
    [InlineData("{ \"data\": \"\", \"students\": [{ \"network\": \"WRN 16\" }] }",
        "a.jsonc:1:41: students[0].network.architecture: found \"WRN 16\", expected text that matches [a-z]+(-[0-9]+)* such as wrn-16-1.")]
    [InlineData("{ \"data\": \"\", \"students\": [{ \"network\": {} }] }",
        "a.jsonc:1:41: students[0].network.architecture: missing; expected text that matches [a-z]+(-[0-9]+)* such as wrn-16-1.")]
    [InlineData("{ \"data\": \"\", \"expert\": 16 }",
        "a.jsonc:1:25: expert: found 16, expected an object { … }, or a text for its architecture or null.")]
    public void A_mistake_in_the_structure_is_named_with_its_place(string text, string message) => Assert.Equal(message, Error(text));

    [Theory]
    [InlineData("", "a.jsonc:1:1: found nothing, expected a recipe in braces: { … }.")]
    [InlineData(" // nothing\n", "a.jsonc:1:1: found nothing, expected a recipe in braces: { … }.")]
    [InlineData("{\n  data: 1 }", "a.jsonc:2:3: not valid JSON: ")]
    [InlineData("{ \"ü\": 1,\n \"€𝄞\": NaN }", "a.jsonc:2:9: not valid JSON: ")]
    [InlineData("{ \"data\": Infinity }", "a.jsonc:1:11: not valid JSON: ")]
    [InlineData("{ \"data\": 01 }", "a.jsonc:1:12: not valid JSON: ")]
    [InlineData("{ \"data\": \"d\" } }", "a.jsonc:1:17: not valid JSON: ")]
    [InlineData("{ \"data\": \"d\"\n", "a.jsonc:2:1: not valid JSON: ")]
    [InlineData("{ \"data\": \"a\nb\" }", "a.jsonc:1:13: not valid JSON: ")]
    [InlineData("{ \"data\": \"\\ud800\" }", "a.jsonc:1:11: found half of a surrogate pair, expected whole characters.")]
    [InlineData("{ \"\\udc00\": 1 }", "a.jsonc:1:3: found half of a surrogate pair, expected whole characters.")]
    public void Text_that_is_no_json_is_named_with_its_place(string text, string beginning)
    {
        var error = Error(text);

        Assert.StartsWith(beginning, error, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error);
        Assert.DoesNotContain("LineNumber", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Half_of_a_surrogate_pair_in_the_text_itself_is_refused() =>
        Assert.Equal("a.jsonc:2:2: found half of a surrogate pair, expected whole characters.", Error("{\n \ud800"));

    [Fact]
    public void Deep_and_long_texts_are_refused()
    {
        Assert.StartsWith("a.jsonc:1:65: not valid JSON: The maximum", Error(new string('[', 100_000)), StringComparison.Ordinal);
        Assert.Equal(
            "a.jsonc: found 10,000,000 characters, expected a recipe of at most 1,048,576.", Error(new string('[', 10_000_000)));
    }

    [Fact]
    public void A_long_text_full_of_mistakes_is_answered_at_once()
    {
        var keys = string.Join(',', Enumerable.Range(0, 20_000).Select(i => $"\"e{i}\":1,\"a\":2"));

        Assert.EndsWith("(and 39990 more)", Error($"{{ \"data\": \"d\", {keys} }}"), StringComparison.Ordinal);
    }

    [Fact]
    public void Ten_errors_are_shown_and_the_others_counted()
    {
        var keys = string.Join(",\n", Enumerable.Range(0, 15).Select(i => $"\"unknown{i}\": {i}"));

        var lines = Error($"{{ {keys} }}").Split('\n');

        Assert.Equal(11, lines.Length);
        Assert.Equal("a.jsonc:1:1: data: missing; expected text.", lines[0]);
        Assert.StartsWith("a.jsonc:9:1: unknown8: unknown key;", lines[9], StringComparison.Ordinal);
        Assert.Equal("(and 6 more)", lines[10]);
    }

    [Fact]
    public void A_long_value_is_shortened_and_stays_on_one_line()
    {
        var error = Error($$"""{ "data": "d", "preset": "\n{{new string('x', 58)}}𝄞{{new string('y', 5000)}}" }""");

        Assert.Equal(
            $"a.jsonc:1:26: preset: found \"\\n{new string('x', 58)}…\", expected one of: paper, released-code (default paper).", error);
    }

    [Fact]
    public void What_a_schema_cannot_express_is_reported_with_its_place()
    {
        var text = """{ "data": "d", "students": [{ "network": "a" }] }""";

        var error = Assert.Throws<UserErrorException>(() => SettingsReader.Read<SampleRecipe>(text, "a.jsonc", check: (recipe, checks) =>
        {
            checks.Add("students[0].network.architecture", $"found {recipe.Students[0].Network.Architecture}, expected another.");
            checks.Add("training.epochs", "too few.");
        }));

        Assert.Equal("a.jsonc:1:42: students[0].network.architecture: found a, expected another.\n"
            + "a.jsonc: training.epochs: too few.", error.Message);
    }

    private static SampleRecipe Read(string text) => SettingsReader.Read<SampleRecipe>(text, "a.jsonc");

    private static string Error(string text) => Assert.Throws<UserErrorException>(() => Read(text)).Message;
}
