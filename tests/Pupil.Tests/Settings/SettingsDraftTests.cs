using Pupil.Settings;

namespace Pupil.Tests.Settings;

public sealed class SettingsDraftTests
{
    [Fact]
    public void A_preset_sets_what_is_not_written()
    {
        var method = (SampleCollaborative)Read("""{ "data": "d", "preset": "released-code" }""").Method;

        Assert.Equal(new SampleCollaborative { Gamma = 0.25, AttentionOn = SampleSide.ScratchTeacher, ShareFirstLayer = true }, method);
    }

    [Theory]
    [InlineData("""{ "data": "d", "preset": "released-code", "method": { "name": "collaborative-teaching", "gamma": 9 } }""")]
    [InlineData("""{ "data": "d", "preset": "released-code" }""", "method.gamma=9")]
    [InlineData("""{ "data": "d", "method": "collaborative-teaching" }""", "preset=released-code", "method.gamma=9")]
    public void What_is_written_in_the_file_or_by_an_override_stays(string text, params string[] overrides)
    {
        var method = (SampleCollaborative)Read(text, overrides).Method;

        Assert.Equal(new SampleCollaborative { Gamma = 9, AttentionOn = SampleSide.ScratchTeacher, ShareFirstLayer = true }, method);
    }

    [Fact]
    public void Without_the_preset_nothing_is_set() =>
        Assert.Equal(new SampleCollaborative { Gamma = 0.5 }, Read("""{ "data": "d" }""").Method);

    [Fact]
    public void An_explicit_null_stays_and_a_wrong_kind_of_value_is_left_to_the_check()
    {
        Assert.Null(Read("""{ "data": "d", "preset": "released-code", "expert": null }""").Expert);
        Assert.Equal(
            "a.jsonc:1:53: method: found 5, expected an object { … } or a text, with name one of: collaborative-teaching, hinton.",
            Assert.Throws<UserErrorException>(() => Read("""{ "data": "d", "preset": "released-code", "method": 5 }""")).Message);
    }

    [Fact]
    public void A_value_that_does_not_fit_names_what_set_it()
    {
        var error = Assert.Throws<UserErrorException>(() => SettingsReader.Read<SampleRecipe>(
            """{ "data": "d", "method": "hinton" }""", "a.jsonc", complete: draft =>
            {
                draft.SetIfMissing("method.gamma", 3, "preset x");
                draft.SetIfMissing("training.epochs", 0, "preset x");
            }));

        Assert.Equal("preset x: method.gamma: unknown key; known here: name, temperature, labelWeight.\n"
            + "preset x: training.epochs: found 0, expected a whole number from 1 to 100000 (default 30).", error.Message);
    }

    [Fact]
    public void The_draft_tells_what_is_in_force_and_what_is_set()
    {
        var seen = false;
        const string Text = """{ "data": "d", "notes": null, "training": { "epochs": 5 } }""";
        SettingsReader.Read<SampleRecipe>(Text, "a.jsonc", ["students[1].network=r"], draft =>
        {
            string[] paths =
            [
                "data", "training.epochs", "training.batchSize", "preset", "method.name", "method.gamma",
                "students[0].network.architecture", "students[1].network.architecture",
            ];
            Assert.Equal(["d", "5", "128", "paper", "collaborative-teaching", "0.5", "wrn-16-1", "r"], paths.Select(draft.Text));
            Assert.Null(draft.Text("notes"));
            Assert.Null(draft.Text("students[7].network.architecture"));
            Assert.Null(draft.Text("data.x[3].y"));
            Assert.Equal((2, 2, 0), (draft.Count("students"), draft.Count("training.milestones"), draft.Count("data")));
            Assert.True(draft.IsSet("notes") && draft.IsSet("training") && draft.IsSet("students") && draft.IsSet("students[1].network"));
            Assert.False(draft.IsSet("training.batchSize") || draft.IsSet("method.gamma") || draft.IsSet("students[0].network"));
            Assert.Throws<ArgumentException>(() => draft.IsSet("a..b"));
            seen = true;
        });
        Assert.True(seen);
    }

    private static SampleRecipe Read(string text, params string[] overrides) =>
        SettingsReader.Read<SampleRecipe>(text, "a.jsonc", overrides, draft =>
        {
            if (draft.Text("preset") != "released-code" || draft.Text("method.name") == "hinton")
                return;
            draft.SetIfMissing("method.gamma", 0.25, "preset released-code");
            draft.SetIfMissing("method.attentionOn", SampleSide.ScratchTeacher, "preset released-code");
            draft.SetIfMissing("method.shareFirstLayer", true, "preset released-code");
            draft.SetIfMissing("expert.architecture", "wrn-40-1", "preset released-code");
        });
}
