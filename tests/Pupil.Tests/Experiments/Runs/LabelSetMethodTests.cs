using Pupil.Distillation;
using Pupil.Distillation.Methods;
using Pupil.Experiments.Recipes;
using Pupil.Experiments.Runs;
using Pupil.Images;
using Pupil.Images.Loading;
using Pupil.Networks;
using Pupil.Reporting.Descriptions;
using Pupil.Settings;
using static TorchSharp.torch;

namespace Pupil.Tests.Experiments.Runs;

/// <summary>A step of each method on images with several labels each.</summary>
public sealed class LabelSetMethodTests
{
    [Theory]
    [InlineData("curriculum-temperature")]
    [InlineData("dml")]
    [InlineData("rco")]
    [InlineData("rocket")]
    public void A_method_of_logits_trains_on_label_sets(string name) => Step(name);

    [Fact(Explicit = true)]
    public void Every_method_that_takes_label_sets_trains_on_them()
    {
        foreach (string name in MethodCatalogue.Names.Where(name => OptionsOf(name).RefusesLabelSets is null))
            Step(name);
    }

    private static void Step(string name)
    {
        var network = new NetworkSpec { Architecture = "wrn-10-1" };
        var method = OptionsOf(name) switch
        {
            DmlOptions dml => dml with { Peers = [network, network] },
            CtkdOptions ctkd => ctkd with { ScratchTeacher = network },
            RocketOptions rocket => rocket with { Booster = network },
            CombinationOptions => new CombinationOptions { Parts = [new(), new() { Method = new MseLogitsOptions() }] },
            var other => other,
        };
        var recipe = new Recipe { Method = method, Expert = new() { Network = network }, Students = [new() { Network = network }] };
        recipe.CheckLabels(Labelling.Several);
        var data = StandInData.OfForm(recipe.Data, new DataForm(16, 16, 3, 4) { Labelling = Labelling.Several });
        using var rehearsal = new Rehearsal(recipe, data);
        var batches = Batches.ForTraining(data.Train, 8, data.Normalization, CPU, recipe.Data.Augmentation, 0);
        using var batch = batches.Get(1, 0);
        var step = Assert.Single(rehearsal.Steps);
        var terms = step.Run(batch, step.PreliminaryEpochs + 1, new Moment(1, 0, 1, 1));
        Assert.All(terms, term => Assert.True(double.IsFinite(term.Value), $"{term.Key}: {term.Value}"));
        // Guessing gives ln 2 for each class.
        Assert.InRange(terms.First(term => term.Key.ToString() == "student/cross-entropy").Value, 1, 12);
    }

    private static MethodOptions OptionsOf(string name) =>
        (MethodOptions)Activator.CreateInstance(Variants.Of<MethodOptions>().First(type => Variants.NameOf(type) == name))!;
}
