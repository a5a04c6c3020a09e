using Pupil.Distillation;
using Pupil.Distillation.Equations;
using Pupil.Distillation.Methods;
using Pupil.Experiments.Recipes;
using Pupil.Images;
using TorchSharp;
using static TorchSharp.torch;

namespace Pupil.Tests.Distillation;

/// <summary>Batches of mixed images: the networks whose loss uses their labels, and the methods that refuse them.</summary>
public sealed class SoftLabelTests : IDisposable
{
    private static readonly double[] Soft = [.. Enumerable.Range(0, 40)
        .Select(i => i % 10 == i / 10 ? 0.7 : i % 10 == i / 10 + 3 ? 0.3 : 0)];

    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly Batch _batch = FirstStep.Batch() with { Target = new SoftTarget(Tensors.FromValues(Soft, 4, 10)) };

    public void Dispose() => _scope.Dispose();

    [Fact]
    public void The_cross_entropy_is_weighted_by_the_shares()
    {
        var logits = Tensors.Wave(3, 4, 10);
        Tensors.AssertNear(Expected(logits.Numbers()), CrossEntropy.WithTarget(logits, _batch.Target)!.ToDouble(), 1e-12, "cross-entropy");
        var hard = FirstStep.Batch().Target;
        Assert.Equal(CrossEntropy.WithLabels(logits, hard.RequiredLabels).ToDouble(), CrossEntropy.WithTarget(logits, hard)!.ToDouble());
        Assert.Null(_batch.Target.Labels);
    }

    [Theory]
    [InlineData("ctkd")]
    [InlineData("dml")]
    [InlineData("rocket")]
    public void Class_weights_and_smoothing_change_the_cross_entropy_of_companions_too(string name)
    {
        using var expert = FirstStep.Expert("wrn-10-1");
        MethodOptions options = name switch
        {
            "ctkd" => new CtkdOptions { ScratchTeacher = new() { Architecture = "wrn-10-1" } },
            "dml" => new DmlOptions { Peers = [new() { Architecture = "wrn-10-1" }] },
            _ => new RocketOptions { Booster = new() { Architecture = "wrn-10-1" } },
        };
        var (plain, hard) = (FirstStep.Batch(), FirstStep.Batch().Target);
        var weighted = plain with { Target = hard with { Weighting = new([.. Enumerable.Range(1, 10).Select(k => (float)k)], 0.2) } };
        var (expected, found) = (Terms(plain), Terms(weighted));
        Assert.Equal(expected.Keys, found.Keys);
        Assert.Equal(2, expected.Keys.Count(key => key.Name == "cross-entropy"));
        Assert.All(expected, term => Assert.Equal(term.Key.Name == "cross-entropy", term.Value != found[term.Key]));

        Dictionary<(string Owner, string Name), double> Terms(Batch batch)
        {
            var method = FirstStep.Create(options, expert);
            using var student = FirstStep.Student(method);
            var lesson = method.Teach(batch);
            var output = student.call(batch.Images);
            return method.Loss(lesson, batch, student, output).Concat(lesson.Terms).Concat(lesson.AfterStudents([output]))
                .ToDictionary(term => (term.Owner, term.Name), term => term.Value.ToDouble());
        }
    }

    public static TheoryData<string> Methods => ["ctkd", "kd", "supervised"];

    [Theory]
    [MemberData(nameof(Methods))]
    public void Label_terms_of_these_methods_use_the_soft_labels(string name)
    {
        using var expert = FirstStep.Expert("wrn-10-1");
        MethodOptions options = name switch
        {
            "ctkd" => new CtkdOptions { ScratchTeacher = new() { Architecture = "wrn-10-1" } },
            "kd" => new KdOptions(),
            _ => new SupervisedOptions(),
        };
        Assert.NotEqual(LabelNeed.OnePerImage, options.NeedsLabels);
        var method = FirstStep.Create(options, expert);
        using var student = FirstStep.Student(method);
        var lesson = method.Teach(_batch);
        var output = student.call(_batch.Images);
        var term = method.Loss(lesson, _batch, student, output).Single(term => term.Name == "cross-entropy");
        Tensors.AssertNear(Expected(output.Logits.Numbers()), term.Value.ToDouble(), 1e-12, "cross-entropy");
        if (method.Companions is [var companion])
        {
            using var copy = FirstStep.Build("wrn-10-1", 100);
            double expected = Expected(copy.call(_batch.Images).Logits.Numbers());
            Tensors.AssertNear(expected, lesson.Terms.Single(term => (term.Owner, term.Name) == (companion.Name, "cross-entropy"))
                .Value.ToDouble(), 1e-9, "scratch teacher");
        }
    }

    [Fact]
    public void A_method_that_needs_one_label_an_image_is_refused()
    {
        var mixed = new Recipe
        {
            Method = new OneLabelOptions(),
            Data = new() { Augmentation = new() { Mixing = new() { MixUp = 0.2 } } },
        };
        var error = Assert.Throws<UserErrorException>(mixed.Check);
        Assert.StartsWith("data.augmentation.mixing: mixes images, but the recipe's method needs one label for each", error.Message);
        (mixed with { Data = new() }).Check();
        (mixed with { Method = new SupervisedOptions() }).Check();
    }

    [Fact]
    public void A_disposed_batch_leaves_no_soft_labels_behind()
    {
        long before = Tensors.Alive;
        var batch = new Batch(zeros(1), new SoftTarget(zeros(1)), 1);
        batch.Dispose();
        Assert.Equal(before, Tensors.Alive);
    }

    private static double Expected(double[] logits) => -Enumerable.Range(0, 4).Sum(image =>
    {
        double[] mine = logits[(image * 10)..(image * 10 + 10)];
        double total = Math.Log(mine.Sum(value => Math.Exp(value - mine.Max()))) + mine.Max();
        return mine.Select((value, label) => Soft[image * 10 + label] * (value - total)).Sum();
    }) / 4;

    private sealed record OneLabelOptions : MethodOptions
    {
        public override LabelNeed NeedsLabels => LabelNeed.OnePerImage;

        public override Method CreateMethod(MethodContext context) => throw new InvalidOperationException("It is never asked.");
    }
}
