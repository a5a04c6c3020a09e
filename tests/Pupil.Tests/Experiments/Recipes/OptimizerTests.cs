using Pupil.Experiments.Recipes;
using Pupil.Settings;
using Pupil.Training;

namespace Pupil.Tests.Experiments.Recipes;

public sealed class OptimizerTests
{
    [Theory]
    [InlineData("""{ "learningRate": 0.2 }""")]
    [InlineData("""{ "name": "sgd", "learningRate": 0.2 }""")]
    public void An_optimizer_without_a_name_is_stochastic_gradient_descent(string optimizer) =>
        Assert.Equal(new SgdOptions { LearningRate = 0.2 }, Read(optimizer).Optimizer);

    [Fact]
    public void The_defaults_of_AdamW_are_its_own()
    {
        Assert.Equal(new AdamWOptions(), Read("""{ "name": "adamw" }""").Optimizer);
        var written = RecipeBook.Parse(SettingsWriter.Write(RecipeBook.Parse(Recipe("""{ "name": "adamw" }"""), "one")), "two");
        Assert.Equal(new AdamWOptions(), written.Training.Optimizer);
    }

    [Fact]
    public void Overrides_choose_an_optimizer_and_set_its_values()
    {
        Assert.Equal(new SgdOptions { LearningRate = 0.3 }, Set("training.optimizer.learningRate=0.3"));
        var adam = new AdamWOptions { LearningRate = 0.3 };
        Assert.Equal(adam, Set("training.optimizer.name=adamw", "training.optimizer.learningRate=0.3"));
        Assert.Equal(adam, Set("training.optimizer.learningRate=0.3", "training.optimizer.name=adamw"));

        static OptimizerOptions Set(params string[] overrides) =>
            RecipeBook.Parse("""{ "method": { "name": "supervised" }, "training": { "optimizer": {} } }""", "test", overrides)
                .Training.Optimizer;
    }

    [Fact]
    public void Options_of_another_optimizer_and_unknown_ones_are_refused()
    {
        Assert.Contains("momentum", Refused("""{ "name": "adamw", "momentum": 0.9 }"""));
        Assert.Contains("adamw", Refused("""{ "name": "adam" }"""));
    }

    [Fact]
    public void The_preset_of_the_released_code_resets_momentum_only_where_there_is_some()
    {
        Assert.True(Released("{}") is SgdOptions { ResetMomentumAtRateDrops: true });
        Assert.IsType<AdamWOptions>(Released("""{ "name": "adamw" }"""));

        static OptimizerOptions Released(string optimizer) => RecipeBook.Parse(
            $$"""{ "preset": "released-code", "method": { "name": "supervised" }, "training": { "optimizer": {{optimizer}} } }""", "test")
            .Training.Optimizer;
    }

    private static string Recipe(string optimizer) =>
        $$"""{ "method": { "name": "supervised" }, "training": { "optimizer": {{optimizer}} } }""";

    private static TrainingOptions Read(string optimizer) => RecipeBook.Parse(Recipe(optimizer), "test").Training;

    private static string Refused(string optimizer) => Assert.Throws<UserErrorException>(() => Read(optimizer)).Message;
}
