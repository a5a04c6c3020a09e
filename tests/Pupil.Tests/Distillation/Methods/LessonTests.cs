using Pupil.Distillation;
using Pupil.Distillation.Equations;
using Pupil.Distillation.Methods;
using Pupil.Images;
using Pupil.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace Pupil.Tests.Distillation.Methods;

/// <summary>The students' terms of a lesson: names, weights, and the effect of the common options.</summary>
public sealed class LessonTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly Batch _batch = FirstStep.Batch();

    private static readonly Dictionary<string, (MethodOptions Options, string Terms)> Defaults = new()
    {
        ["at"] = (new AtOptions(), "cross-entropy 1, attention 1000"),
        ["cc"] = (new CcOptions(), "cross-entropy 1, correlation 0.02"),
        ["cc by kernels"] = (new CcOptions { Form = CongruenceForm.Kernel }, "cross-entropy 1, correlation 100"),
        ["curriculum-temperature"] = (new CurriculumTemperatureOptions(), "cross-entropy 0.1, softened 0.9"),
        ["dist"] = (new DistOptions(), "cross-entropy 1, inter-class 32, intra-class 32"),
        ["dkd"] = (new DkdOptions(), "cross-entropy 1, target-class 16, other-classes 128"),
        ["dml"] = (new DmlOptions { Peers = [new() { Architecture = "wrn-10-1" }] }, "cross-entropy 1, mutual 1"),
        ["feature-regression"] = (new FeatureRegressionOptions(), "cross-entropy 1, embedding 1"),
        ["feature-regression of both"] =
            (new FeatureRegressionOptions { Features = RegressedFeatures.Both, Weight = 3 }, "cross-entropy 1, embedding 3, tokens 3"),
        ["fitnets"] = (new FitNetsOptions(), "cross-entropy 1, hint 100"),
        ["kd"] = (new KdOptions(), "cross-entropy 0.1, softened 14.4"),
        ["kd, weighted apart"] = (new KdOptions { Weight = 9, Temperature = 2 }, "cross-entropy 0.1, softened 36"),
        ["mse-logits"] = (new MseLogitsOptions(), "cross-entropy 1, logits 0.1"),
        ["nst"] = (new NstOptions(), "cross-entropy 1, selectivity 50"),
        ["pkt"] = (new PktOptions(), "cross-entropy 1, neighbours 30000"),
        ["rco"] = (new RcoOptions { Anchors = 2 }, "cross-entropy 0.1, softened 14.4"),
        ["rkd"] = (new RkdOptions(), "cross-entropy 1, distances 25, angles 50"),
        ["rkd without angles"] = (new RkdOptions { AngleWeight = 0 }, "cross-entropy 1, distances 25"),
        ["sp"] = (new SpOptions(), "cross-entropy 1, similarity 3000"),
        ["supervised"] = (new SupervisedOptions(), "cross-entropy 1"),
        ["token-relations"] = (new TokenRelationsOptions(), "cross-entropy 1, relations 10"),
        ["vid"] = (new VidOptions(), "cross-entropy 1, information 1"),
    };

    public static TheoryData<string> Methods => [.. Defaults.Keys];

    public void Dispose() => _scope.Dispose();

    [Theory]
    [MemberData(nameof(Methods))]
    public void Terms_and_weights_are_those_of_the_design_and_the_label_weight_that_of_the_options(string name)
    {
        var (options, expected) = Defaults[name];
        var whole = new Moment(20, 0, 1, 20);
        TermWeights.Assert(expected, Terms(options, whole));
        string[] taught = [.. expected.Split(", ").Skip(1)];
        TermWeights.Assert(string.Join(", ", ["cross-entropy 0.25", .. taught]), Terms(options with { LabelWeight = 0.25 }, whole));
        var preliminary = Terms(options, whole with { IsPreliminary = true });
        if (taught.Length == 0)
            Assert.Empty(preliminary);
        else
            TermWeights.Assert(string.Join(", ", taught), preliminary);
    }

    [Theory]
    [InlineData(1, false, "cross-entropy 1, target-class 0.8, other-classes 6.4")]
    [InlineData(5, false, "cross-entropy 1, target-class 4, other-classes 32")]
    [InlineData(21, false, "cross-entropy 1, target-class 16, other-classes 128")]
    [InlineData(5, true, "target-class 16, other-classes 128")]
    public void Decoupled_distillation_rises_over_twenty_epochs(int epoch, bool preliminary, string expected) =>
        TermWeights.Assert(expected,
            Terms(new DkdOptions(), new Moment(epoch, 0, 1, 240) { IsPreliminary = preliminary }));

    [Fact]
    public void Any_method_can_rise_but_its_labels_do_not() => TermWeights.Assert("cross-entropy 0.1, softened 2.88",
        Terms(new KdOptions { WarmUpEpochs = 10 }, new Moment(2, 0, 1, 20)));

    [Fact]
    public void Logits_are_standardised_if_the_options_say_so()
    {
        using var expert = FirstStep.Expert("wrn-10-1");
        using var student = FirstStep.Build("wrn-10-1");
        var output = student.call(_batch.Images);
        Tensor found = LogitStandardization.Standardize(output.Logits),
            expected = LogitStandardization.Standardize(expert.Forward(_batch.Images).Logits);

        Tensors.AssertNear(Kd.Softened(found, expected, 2, SoftenedReduction.BatchMean).ToDouble(),
            Values(new KdOptions { StandardizeLogits = true, Temperature = 2 })[0], 1e-12, "kd");
        Tensors.AssertNear(
            [
                Dkd.TargetClass(found, expected, _batch.Target.RequiredLabels, 2).ToDouble(),
                Dkd.OtherClasses(found, expected, _batch.Target.RequiredLabels, 2).ToDouble(),
            ], Values(new DkdOptions { StandardizeLogits = true, Temperature = 2 }), 1e-12, "dkd");

        double[] Values(MethodOptions options) =>
            [.. FirstStep.Create(options, expert).Teach(_batch).Learn(new Learner("student", student), output)
                .Select(term => term.Value.ToDouble())];
    }

    [Fact]
    public void Peers_have_terms_of_the_labels_the_student_and_each_other()
    {
        var options = new DmlOptions { Peers = [new() { Architecture = "wrn-10-1" }, new() { Architecture = "wrn-10-2" }], Weight = 0.5 };
        var method = FirstStep.Create(options);
        using var student = FirstStep.Build("wrn-10-1");
        var lesson = method.Teach(_batch);
        var output = student.call(_batch.Images);
        Sum(method.Loss(lesson, _batch, FirstStep.Now, method.Enrolled(student), output)).backward();
        Assert.All(method.Companions, peer => Assert.All(peer.Module.parameters(), weight => Assert.Null(weight.grad)));
        var before = student.parameters().Select(weight => weight.grad!.Numbers()).ToList();

        var terms = lesson.AfterStudents([output]);
        TermWeights.Assert("peer-1/cross-entropy 1, peer-1/mutual 0.5, peer-2/cross-entropy 1, peer-2/mutual 0.5",
            TermWeights.FromTerms(terms));
        Tensor[] peers = [.. method.Companions.Select(peer => ((Network)peer.Module).call(_batch.Images).Logits)];
        double Divergence(Tensor own, Tensor other) => PlainLoops.Divergence(own.Numbers(), other.Numbers(), 4, 1) / 4;
        Tensors.AssertNear((Divergence(peers[0], peers[1]) + Divergence(peers[0], output.Logits)) / 2, terms[1].Value.ToDouble(), 1e-9,
            "first");
        Tensors.AssertNear((Divergence(peers[1], peers[0]) + Divergence(peers[1], output.Logits)) / 2, terms[3].Value.ToDouble(), 1e-9,
            "second");
        Sum(terms).backward();
        Assert.All(method.Companions, peer => Assert.All(peer.Module.parameters(), weight => Assert.NotNull(weight.grad)));
        Assert.Equal(before, student.parameters().Select(weight => weight.grad!.Numbers()));
        string message = Assert.Throws<UserErrorException>(() => method.Enrol(new Learner("second", student))).Message;
        Assert.Contains("teaches one student, but found a second one, 'second'", message);
    }

    private static Tensor Sum(IEnumerable<Term> terms) => terms.Select(term => term.Weighted()).Aggregate((sum, next) => sum + next);

    private List<(string Name, double Weight)> Terms(MethodOptions options, Moment moment)
    {
        using var expert = new Expert(FirstStep.Build("wrn-10-1", 200), FirstStep.Plain, FirstStep.Plain)
        {
            Snapshots = [.. Enumerable.Range(0, options.NeedsSnapshots).Select(_ => FirstStep.Expert("wrn-10-1"))],
        };
        var method = FirstStep.Create(options, expert);
        using var student = FirstStep.Build("wrn-10-1");
        using var learner = method.Enrolled(student);
        return TermWeights.FromTerms(method.Loss(method.Teach(_batch, moment), _batch, moment, learner, student.call(_batch.Images)));
    }

}
