using Pupil.Distillation;
using Pupil.Distillation.Methods;
using Pupil.Training;

namespace Pupil.Tests.Training;

/// <summary>Every student has overtaken an expert below 0 after its first epoch, and none one above 1.</summary>
public sealed class OvertakenExpertTests
{
    private const double Below = -1, Above = 2;

    private static readonly Dictionary<string, MethodOptions> All = MethodCatalogue.BuiltIn
        .Where(type => type != typeof(CombinationOptions))
        .Select(type => (MethodOptions)Activator.CreateInstance(type)!).Where(method => method.NeedsExpert)
        .ToDictionary(method => method.MethodName);

    public static TheoryData<string> WithExpert => [.. All.Keys];

    [Theory]
    [MemberData(nameof(WithExpert))]
    public void A_student_that_has_overtaken_the_expert_leaves_out_its_terms(string name)
    {
        using var training = Tiny(TinyTraining.Small(All[name]) with { LabelWeight = 1 }, Below).Start();
        var epochs = training.Go().OfType<EpochRecord>().Skip(training.Trainer.PreliminaryEpochs).ToList();

        Assert.Equal(["student"], epochs[0].Overtook);
        // Some methods follow the expert in their own phase alone.
        Assert.True(TermsOf(epochs[0]).Count() > 1 || training.Trainer.PreliminaryEpochs > 0);
        Assert.Null(epochs[1].Overtook);
        Assert.Equal(name == "ctkd" ? [TermName.Labels, "path"] : [TermName.Labels], TermsOf(epochs[1]));
    }

    [Fact]
    public void In_a_combination_the_other_parts_stay()
    {
        using var training = Tiny(Both, Below).Start();
        var epochs = training.Go().OfType<EpochRecord>().ToList();
        Assert.Equal(["attention", TermName.Labels, "path", "softened"], TermsOf(epochs[0]).Order(StringComparer.Ordinal));
        Assert.Equal([TermName.Labels, "path"], TermsOf(epochs[1]));
    }

    [Theory]
    [InlineData(Above, true)]
    [InlineData(Below, false)]
    [InlineData(null, true)]
    public void Without_the_option_or_behind_the_expert_all_terms_stay(double? score, bool isOn)
    {
        var tiny = Tiny(Both, score);
        tiny = tiny with { Options = tiny.Options with { LeavesOvertakenExpert = isOn } };
        using var training = tiny.Start();
        var epochs = training.Go().OfType<EpochRecord>().ToList();
        Assert.All(epochs, epoch => Assert.Null(epoch.Overtook));
        Assert.Equal(TermsOf(epochs[0]), TermsOf(epochs[1]));
    }

    [Fact]
    public void A_student_that_learns_from_the_expert_alone_stays_with_it()
    {
        using var training = Tiny(new KdOptions { LabelWeight = 0 }, Below).Start();
        Assert.Contains("softened", TermsOf(training.Go().OfType<EpochRecord>().Last()));
    }

    [Fact]
    public void A_resumed_training_leaves_out_the_same_terms()
    {
        using var folder = new TemporaryFolder();
        var tiny = Tiny(Both, Below);
        using var whole = tiny.Start();
        var expected = whole.Go();
        foreach (int done in new[] { TinyTraining.Steps + 1, TinyTraining.Steps + 2 })
        {
            string path = folder[$"{done}.safetensors"];
            using (var stopped = tiny.Start())
            {
                stopped.Go(done);
                Checkpoint.Write(path, stopped.Trainer, new Dictionary<string, string>());
            }
            using var resumed = tiny.Start();
            Checkpoint.Read(path, resumed.Trainer);
            Assert.Equal(expected.Skip(done).Select(TinyTraining.Timeless), resumed.Go().Select(TinyTraining.Timeless));
            Assert.Equal(whole.Snapshot(), resumed.Snapshot());
        }
    }

    // Expert's score, classes, held-out images, and the score above which it is overtaken.
    [Theory]
    [InlineData(0.05, 20, 80, 0.05 + 0.024367)] // at chance: one standard error
    [InlineData(0.5, 2, 100, 0.55)]
    [InlineData(0.3, 20, 80, 0.55)] // twice as far above guessing
    [InlineData(0.9, 20, 80, 1.75)] // never
    [InlineData(0.2, null, 100, 0.4)] // several labels: no guessing
    public void An_expert_is_overtaken_far_above_its_score(double score, int? classes, int images, double above) =>
        Assert.Equal(above, new TrainingOptions().OvertakenAbove(new Accuracy(score, null, 0, images), classes), 1e-6);

    [Fact]
    public void Without_held_out_images_it_is_refused()
    {
        var error = Assert.Throws<UserErrorException>(() =>
            new TrainingOptions { LeavesOvertakenExpert = true }.CheckHeldOut("training", hasHeldOut: false));
        Assert.Contains("training.leavesOvertakenExpert", error.Message);
        Assert.Contains("data.heldOut", error.Message);
    }

    private static CombinationOptions Both => new()
    {
        LabelWeight = 1,
        Parts = [new() { Method = TinyTraining.Ctkd }, new() { Method = new KdOptions() }],
    };

    private static TinyTraining Tiny(MethodOptions method, double? score)
    {
        var tiny = new TinyTraining { Method = method, OvertakenAbove = score };
        return tiny with { Options = tiny.Options with { LeavesOvertakenExpert = true } };
    }

    private static IEnumerable<string> TermsOf(EpochRecord epoch) =>
        epoch.Terms.Keys.Where(term => term.Owner == "student").Select(term => term.Name);
}
