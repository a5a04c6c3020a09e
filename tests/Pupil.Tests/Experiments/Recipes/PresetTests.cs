using Pupil.Distillation.Methods;
using Pupil.Experiments.Recipes;
using Pupil.Networks;
using Pupil.Settings;
using Pupil.Training;

namespace Pupil.Tests.Experiments.Recipes;

public sealed class PresetTests
{
    private const string Preset = "preset=released-code";

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

    private static IReadOnlyList<int> Drops(TrainingOptions training) => ((MultiStepSchedule)training.Schedule).Milestones;

    private static Recipe Read(string text, string[]? overrides = null) => RecipeBook.Parse($"{{ {text} }}", "test", overrides);
}
