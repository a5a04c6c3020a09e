using Pupil.Experiments.Runs;
using Pupil.Tests.Experiments.Runs;
using Pupil.Training;
using Pupil.Training.Computing;
using static TorchSharp.torch;

namespace Pupil.Tests.Training.Computing;

public sealed class PrecisionTests
{
    private const double Rounding = 0.15;

    public static TheoryData<string> Methods => EveryMethodTests.Methods;

    [Theory]
    [MemberData(nameof(Methods))]
    public void Every_method_s_terms_are_near_those_of_single_precision(string method)
    {
        using var single = EveryMethodTests.Training(method).Start();
        using var reduced = (EveryMethodTests.Training(method) with { Precision = Precision.Bfloat16 }).Start();
        var expected = single.Trainer.Run().OfType<StepRecord>().First().Terms;
        var found = reduced.Trainer.Run().OfType<StepRecord>().First().Terms;
        Assert.Equal(expected.Keys, found.Keys);
        Assert.All(expected, term => Assert.Equal(term.Value, found[term.Key], Rounding * Math.Abs(term.Value) + 1e-3));
        Assert.NotEqual(expected.Values, found.Values);
        foreach (var record in reduced.Trainer.Run())
        {
            if (record is EpochRecord epoch)
                Assert.All(epoch.Terms.Values, value => Assert.True(double.IsFinite(value)));
        }
        Assert.All(reduced.Trainer.Networks, network =>
            Assert.All(network.Network.parameters(), parameter => Assert.Equal(ScalarType.Float32, parameter.dtype)));
    }

    [Fact]
    public void A_run_in_bfloat16_resumes_exactly()
    {
        using var folder = new TemporaryFolder();
        var recipe = TinyRecipe.Ctkd with { Training = TinyRecipe.Ctkd.Training with { Precision = Precision.Bfloat16 } };
        var started = recipe.Run(folder, "whole", TestContext.Current.CancellationToken).OfType<TrainingStarted>().Last();
        Assert.StartsWith("bfloat16", started.Precision);
        Assert.Contains(TinyRecipe.RunFor(folder, recipe, 9, "parts"), happened => happened is TrainingStopped);
        TinyRecipe.Resume(folder, "parts", TestContext.Current.CancellationToken);
        TinyRecipe.AssertSame(new RunFolder(folder["whole"]), new RunFolder(folder["parts"]));

        TinyRecipe.Ctkd.Run(folder, "single", TestContext.Current.CancellationToken);
        string student = "student";
        Assert.NotEqual(TinyRecipe.Weights(new RunFolder(folder["single"]).StudentFile(student)),
            TinyRecipe.Weights(new RunFolder(folder["whole"]).StudentFile(student)));
    }
}
