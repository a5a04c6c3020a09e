using System.Text;
using Pupil.Settings;
using Pupil.Tests.Settings;

namespace Pupil.Tests.Experiments.Recipes;

public sealed class RecipeFuzzTests
{
    private const string Valid = """
        {
          "$schema": "x", // comment
          "data": "d", "notes": null, "preset": "released-code",
          "training": { "epochs": 3, "batchSize": 64, "learningRate": 1e-3, "momentum": 0.5, "milestones": [5, 7], "seed": 1 },
          "method": { "name": "collaborative-teaching", "gamma": 0.5, "attentionOn": "scratch-teacher", "shareFirstLayer": true },
          "students": [{ "network": "wrn-16-1" }, { "network": { "architecture": "a", "dropout": 0.5 }, "taught": false }],
          "expert": { "architecture": "b", "stem": "pooled" }
        }
        """;

    private static readonly string[] Pieces =
    [
        "{", "}", "[", "]", ",", ":", "\"", "\\", "null", "true", "1e999", "-0", "NaN", "1e-999", "\\ud800", "\ud800", "\udc00",
        "\0", "\n", "//", "/*", "*/", "\"name\":\"hinton\"", "\"epochs\":2,", "[[[[[[[[", "99999999999999999999999999999",
        "\uFEFF", "\u2028", "é", "\"\":{},",
        ".", "=", "[0]", "[1].", "\"a\"", "training", "students", "method", "expert.", "network", "data", "epochs",
    ];

    [Fact]
    public void Any_text_gives_a_recipe_or_a_user_error()
    {
        var random = new Random(20190722);
        var (read, refused) = (0, 0);
        for (var i = 0; i < 3000; i++)
        {
            var (text, overrides) = (random.Next(4) == 0 ? Valid : Mutate(random, Valid), new List<string>());
            while (random.Next(3) == 0)
                overrides.Add(Mutate(random, "students[1].network.architecture=wrn"));
            try
            {
                Assert.NotNull(SettingsReader.Read<SampleRecipe>(text, "a.jsonc", overrides, Complete));
                read++;
            }
            catch (UserErrorException error)
            {
                Assert.DoesNotContain(error.Message, c => char.IsControl(c) && c != '\n');
                Assert.All(error.Message.Split('\n'), line => Assert.Matches(@"^(a\.jsonc|set |preset x|\(and )", line));
                refused++;
            }
        }
        Assert.True(read > 300 && refused > 1000, $"{read} read, {refused} refused: the mutations do not try both");
    }

    private static void Complete(SettingsDraft draft)
    {
        if (draft.Text("preset") != "released-code" || draft.Count("students") > 50)
            return;
        draft.SetIfMissing("training.milestones", new[] { 1 }, "preset x");
        draft.SetIfMissing("students[1].network.stem", "pooled", "preset x");
        draft.SetIfMissing("expert.dropout", 0.5, "preset x");
    }

    private static string Mutate(Random random, string valid)
    {
        var text = new StringBuilder(valid);
        for (var count = random.Next(1, 4); count > 0; count--)
        {
            var at = random.Next(text.Length);
            var length = Math.Min(random.Next(1, 12), text.Length - at);
            switch (random.Next(4))
            {
                case 0:
                    text.Remove(at, length);
                    break;
                case 1:
                    text.Insert(at, Pieces[random.Next(Pieces.Length)]);
                    break;
                case 2:
                    text.Insert(random.Next(text.Length), text.ToString(at, length));
                    break;
                default:
                    text[at] = (char)random.Next(random.Next(2) == 0 ? 128 : 65536);
                    break;
            }
            if (text.Length == 0)
                break;
        }
        return text.ToString();
    }
}
