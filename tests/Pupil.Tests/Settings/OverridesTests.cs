using Pupil.Settings;

namespace Pupil.Tests.Settings;

public sealed class OverridesTests
{
    private const string Text = """
        {
          "data": "d",
          "method": { "name": "hinton", "temperature": 3 },
          "students": [{ "network": "wrn-16-1" }],
          "expert": null
        }
        """;

    [Fact]
    public void Values_are_replaced_added_and_created()
    {
        var recipe = Read(
            "training.epochs=3", "students[0].network=wrn-16-2", "students[1].taught=false", "method.temperature=2.5",
            "expert.architecture=r");

        Assert.Equal(3, recipe.Training.Epochs);
        Assert.Equal(2.5, ((SampleHinton)recipe.Method).Temperature);
        Assert.Equal("r", recipe.Expert!.Architecture);
        Assert.Equal(
            [new SampleStudent { Network = new() { Architecture = "wrn-16-2" } }, new SampleStudent { Taught = false }], recipe.Students);
    }

    [Fact]
    public void A_value_may_be_any_json()
    {
        var recipe = Read(
            """students=[{"network":{"architecture":"a","dropout":0.5}}]""", "training.milestones=[1,2]", "method=collaborative-teaching");

        Assert.Equal(0.5, Assert.Single(recipe.Students).Network.Dropout);
        Assert.Equal([1, 2], recipe.Training.Milestones);
        Assert.Equal(new SampleCollaborative { Gamma = 0.5 }, recipe.Method);
    }

    [Theory]
    [InlineData("notes=007", "007")]
    [InlineData("notes=true", "true")]
    [InlineData("notes=a=b", "a=b")]
    [InlineData("notes=\"3\"", "3")]
    [InlineData("notes=", "")]
    [InlineData("notes=null", null)]
    public void A_value_for_a_text_needs_no_quotes(string option, string? value) => Assert.Equal(value, Read(option).Notes);

    [Fact]
    public void A_property_of_a_shorthand_keeps_what_the_shorthand_says() =>
        Assert.Equal(
            new SampleNetwork { Architecture = "wrn-16-1", Dropout = 0.25 }, Read("students[0].network.dropout=0.25").Students[0].Network);

    [Fact]
    public void A_created_object_has_the_required_values_of_the_default() =>
        Assert.Equal(
            new SampleNetwork { Architecture = "wrn-16-1", Dropout = 0.25 },
            Read("students=[{}]", "students[0].network.dropout=0.25").Students[0].Network);

    [Fact]
    public void Objects_and_lists_that_are_there_by_default_are_changed_in_place()
    {
        var recipe = SettingsReader.Read<SampleRecipe>(
            """{ "data": "d" }""", "a.jsonc", ["students[1].network=resnet-20", "method.shareFirstLayer=true"]);

        Assert.Equal(
            [new SampleStudent(), new SampleStudent { Taught = false, Network = new() { Architecture = "resnet-20" } }], recipe.Students);
        Assert.Equal(new SampleCollaborative { Gamma = 0.5, ShareFirstLayer = true }, recipe.Method);
    }

    [Fact]
    public void Their_order_does_not_matter_to_the_kind_of_an_object()
    {
        var recipe = SettingsReader.Read<SampleRecipe>("""{ "data": "d" }""", "a.jsonc", ["method.temperature=7", "method.name=hinton"]);

        Assert.Equal(new SampleHinton { Temperature = 7 }, recipe.Method);
    }

    [Theory]
    [InlineData("training.epochs=abc", "training.epochs: found \"abc\", expected a whole number from 1 to 100000 (default 30).")]
    [InlineData("training.learningRate=NaN", "training.learningRate: found \"NaN\", expected a number > 0 (default 0.1).")]
    [InlineData("training.epoch=3", "training.epoch: unknown key; known here: epochs, batchSize, learningRate, momentum, milestones, seed, "
        + "device; did you mean 'epochs'?")]
    [InlineData("trainin.epochs=3", "trainin: unknown key; known here: preset, data, notes, training, method, students, expert; "
        + "did you mean 'training'?")]
    [InlineData("epochs=3", "epochs: unknown key; known here: preset, data, notes, training, method, students, expert; "
        + "did you mean 'training.epochs'?")]
    [InlineData("students[2].taught=false", "students[2]: found index 2, expected at most 1, which appends an item.")]
    [InlineData("students.taught=false", "students: found a list, expected an object that can have 'taught'.")]
    [InlineData("method[0]=1", "method: found an object, expected a list.")]
    [InlineData("data.name=x", "data: found \"d\", expected an object that can have 'name'.")]
    [InlineData("training[0]=1", "training: found a list, expected an object { … }.")]
    [InlineData("students=[{network:1}]", "students: found \"[{network:1}]\", expected a list of at least 1 item.")]
    [InlineData("training.epochs", "expected path=value, such as training.epochs=3 or students[0].network=wrn-16-1.")]
    [InlineData("training..epochs=3", "expected path=value, such as training.epochs=3 or students[0].network=wrn-16-1.")]
    [InlineData("students[-1]=3", "expected path=value, such as training.epochs=3 or students[0].network=wrn-16-1.")]
    [InlineData("students[9999999999]=3", "expected path=value, such as training.epochs=3 or students[0].network=wrn-16-1.")]
    [InlineData("=", "expected path=value, such as training.epochs=3 or students[0].network=wrn-16-1.")]
    public void A_mistake_names_the_override(string option, string message) => Assert.Equal($"set {option}: {message}", Error(option));

    [Fact]
    public void A_path_of_any_length_is_refused_without_a_crash()
    {
        var path = string.Join('.', Enumerable.Repeat("a", 100_000));

        Assert.EndsWith("a.a.…: expected path=value, such as training.epochs=3 or students[0].network=wrn-16-1.",
            Error(path + "=1"), StringComparison.Ordinal);
    }

    [Fact]
    public void Half_of_a_surrogate_pair_is_refused()
    {
        Assert.Equal("set data=\ufffd: found half of a surrogate pair, expected whole characters.", Error("data=\ud800"));
        Assert.Equal("set \ufffd=1: found half of a surrogate pair, expected whole characters.", Error("\ud800=1"));
    }

    private static SampleRecipe Read(params string[] overrides) => SettingsReader.Read<SampleRecipe>(Text, "a.jsonc", overrides);

    private static string Error(params string[] overrides) => Assert.Throws<UserErrorException>(() => Read(overrides)).Message;
}
