using Pupil.Settings;

namespace Pupil.Tests.Settings;

public sealed class SettingsWriterTests
{
    [Fact]
    public void Every_property_is_written()
    {
        var recipe = new SampleRecipe { Data = "d≥\"", Students = [new()], Training = new() { Seed = ulong.MaxValue } };
        var text = SettingsWriter.Write(recipe);

        Assert.Equal("""
            {
              "preset": "paper",
              "data": "d≥\"",
              "notes": null,
              "training": {
                "epochs": 30,
                "batchSize": 128,
                "learningRate": 0.1,
                "momentum": 0.9,
                "milestones": [
                  10,
                  20
                ],
                "seed": 18446744073709551615,
                "device": null
              },
              "method": {
                "name": "collaborative-teaching",
                "gamma": 0.5,
                "attentionOn": "student",
                "shareFirstLayer": false,
                "labelWeight": 1
              },
              "students": [
                {
                  "network": {
                    "architecture": "wrn-16-1",
                    "dropout": 0,
                    "stem": "plain"
                  },
                  "taught": true
                }
              ],
              "expert": null
            }

            """, text);
    }

    [Fact]
    public void What_is_written_reads_back_as_the_same()
    {
        var recipe = new SampleRecipe
        {
            Data = "\u0001\u2028€𝄞\\ </script>",
            Preset = SamplePreset.ReleasedCode,
            Notes = "",
            Training = new() { LearningRate = 1.0 / 3, Momentum = 1 / 3f, Milestones = [], Seed = ulong.MaxValue, Device = "cuda" },
            Method = new SampleHinton { Temperature = 5e-324, LabelWeight = 1e300 },
            Expert = new() { Architecture = "resnet-20", Dropout = 0.1 },
        };
        var text = SettingsWriter.Write(recipe, "recipe.schema.json");

        var again = SettingsReader.Read<SampleRecipe>(text, "a.jsonc");

        Assert.StartsWith("{\n  \"$schema\": \"recipe.schema.json\",\n", text, StringComparison.Ordinal);
        Assert.Equal(text, SettingsWriter.Write(again, "recipe.schema.json"));
        Assert.Equal((recipe.Data, recipe.Notes, recipe.Preset), (again.Data, again.Notes, again.Preset));
        Assert.Equal(
            (recipe.Training.LearningRate, recipe.Training.Momentum, recipe.Training.Seed),
            (again.Training.LearningRate, again.Training.Momentum, again.Training.Seed));
        Assert.Equal((recipe.Method, recipe.Expert), (again.Method, again.Expert));
    }

    [Fact]
    public void A_number_that_json_cannot_hold_is_refused() =>
        Assert.Throws<ArgumentException>(() => SettingsWriter.Write(new SampleNetwork { Architecture = "a", Dropout = double.NaN }));
}
