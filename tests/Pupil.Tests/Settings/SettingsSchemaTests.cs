using System.ComponentModel.DataAnnotations;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Pupil.Settings;

namespace Pupil.Tests.Settings;

public sealed class SettingsSchemaTests
{
    private static readonly JsonObject Schema = SettingsSchema.JsonFor<SampleRecipe>();

    [Theory]
    [InlineData("$schema", "\"https://json-schema.org/draft/2020-12/schema\"")]
    [InlineData("title", "\"Sample recipe\"")]
    [InlineData("description", "\"An experiment.\"")]
    [InlineData("additionalProperties", "false")]
    [InlineData("required", """["data"]""")]
    [InlineData("properties/$schema", """{"type":"string"}""")]
    [InlineData("properties/data", """{"description":"The data set.","type":"string"}""")]
    [InlineData("properties/notes", """{"type":["string","null"],"default":null}""")]
    [InlineData("properties/preset/description", "\"Where the differences between paper and code come from.\"")]
    [InlineData("properties/preset/$ref", "\"#/$defs/samplePreset\"")]
    [InlineData("properties/preset/default", "\"paper\"")]
    [InlineData("properties/expert/anyOf", """[{"$ref":"#/$defs/sampleNetwork"},{"type":"null"}]""")]
    [InlineData("properties/students/minItems", "1")]
    [InlineData("properties/students/items", """{"$ref":"#/$defs/sampleStudent"}""")]
    [InlineData("properties/method/default/gamma", "0.5")]
    [InlineData("$defs/samplePreset",
        """{"description":"released-code: As the authors' program does it.","enum":["paper","released-code"]}""")]
    [InlineData("$defs/sampleTraining/properties/epochs",
        """{"description":"Passes over the training images.","type":"integer","minimum":1,"maximum":100000,"default":30}""")]
    [InlineData("$defs/sampleTraining/properties/batchSize/maximum", "2147483647")]
    [InlineData("$defs/sampleTraining/properties/learningRate", """{"type":"number","exclusiveMinimum":0,"default":0.1}""")]
    [InlineData("$defs/sampleTraining/properties/momentum", """{"type":"number","minimum":0,"maximum":1,"default":0.9}""")]
    [InlineData("$defs/sampleTraining/properties/milestones",
        """{"type":"array","items":{"type":"integer","minimum":1,"maximum":100000},"maxItems":3,"default":[10,20]}""")]
    [InlineData("$defs/sampleTraining/properties/device/anyOf", """[{"enum":["cpu","cuda"]},{"type":"null"}]""")]
    [InlineData("$defs/sampleMethod/anyOf", """
        [{"enum":["collaborative-teaching","hinton"]},{"$ref":"#/$defs/sampleCollaborative"},{"$ref":"#/$defs/sampleHinton"}]
        """)]
    [InlineData("$defs/sampleHinton/properties/name", """{"const":"hinton"}""")]
    [InlineData("$defs/sampleHinton/required", """["name"]""")]
    [InlineData("$defs/sampleHinton/additionalProperties", "false")]
    [InlineData("$defs/sampleNetwork/anyOf/0",
        """{"type":"string","pattern":"^(?:[a-z]+(-[0-9]+)*)$","examples":["wrn-16-1","resnet-20"]}""")]
    [InlineData("$defs/sampleNetwork/anyOf/1/required", """["architecture"]""")]
    [InlineData("$defs/sampleNetwork/anyOf/1/properties/stem", """{"enum":["plain","pooled"],"default":"plain"}""")]
    public void Holds_what_the_records_say(string place, string expected)
    {
        var found = place.Split('/').Aggregate(
            (JsonNode?)Schema, (node, key) => node is JsonArray list ? list[int.Parse(key, null)] : node![key]);

        Assert.Equal(JsonNode.Parse(expected)?.ToJsonString(), found?.ToJsonString());
    }

    [Fact]
    public void As_text_it_is_ready_to_be_a_file()
    {
        var text = SettingsSchema.TextFor<SampleRecipe>();

        Assert.StartsWith("{\n  \"$schema\": ", text, StringComparison.Ordinal);
        Assert.EndsWith("\n}\n", text, StringComparison.Ordinal);
        Assert.True(JsonNode.DeepEquals(Schema, JsonNode.Parse(text)));
    }

    [Fact]
    public void A_computed_property_is_no_setting() =>
        Assert.Equal(["name", "gamma", "attentionOn", "shareFirstLayer", "labelWeight"],
            Schema["$defs"]!["sampleCollaborative"]!["properties"]!.AsObject().Select(pair => pair.Key));

    [Fact]
    public void A_record_may_hold_its_own_kind()
    {
        var schema = SettingsSchema.JsonFor<Nested>();

        Assert.Equal("""{"anyOf":[{"$ref":"#"},{"type":"null"}],"default":null}""", schema["properties"]!["inner"]!.ToJsonString());
        Assert.Equal(2, SettingsReader.Read<Nested>("""{ "inner": { "depth": 2 } }""", "a").Inner!.Depth);
    }

    [Fact]
    public void What_recipes_cannot_express_is_a_mistake_of_the_programmer()
    {
        Assert.Throws<NotSupportedException>(SettingsSchema.JsonFor<WithDictionary>);
        Assert.Throws<NotSupportedException>(SettingsSchema.JsonFor<WithConstructor>);
        Assert.Throws<NotSupportedException>(SettingsSchema.JsonFor<WithDate>);
        Assert.Throws<NotSupportedException>(SettingsSchema.JsonFor<WithRangeOnText>);
        Assert.Throws<NotSupportedException>(SettingsSchema.JsonFor<WithWrongShorthand>);
        Assert.Throws<NotSupportedException>(SettingsSchema.JsonFor<WithNumberedKinds>);
    }

    public sealed record Nested
    {
        public int Depth { get; init; }

        public Nested? Inner { get; init; }
    }

    public sealed record WithDictionary
    {
        public Dictionary<string, int> Values { get; init; } = [];
    }

    public sealed record WithConstructor(int Value);

    public sealed record WithDate
    {
        public DateTime Date { get; init; }
    }

    public sealed record WithRangeOnText
    {
        [Range(1, 2)]
        public string Text { get; init; } = "";
    }

    [StringShorthand("nothing")]
    public sealed record WithWrongShorthand
    {
        public string Text { get; init; } = "";
    }

    [JsonDerivedType(typeof(OneOfThem), 1)]
    public abstract record WithNumberedKinds;

    public sealed record OneOfThem : WithNumberedKinds;
}
