using Pupil.Distillation;
using Pupil.Distillation.Adapters;
using Pupil.Distillation.Methods;
using Pupil.Experiments.Recipes;
using Pupil.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace Pupil.Tests.Distillation.Methods;

public sealed class ReviewKdTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();

    public static TheoryData<string> Cases => [.. ReferenceCase.NamesOf("review.hcl")];

    public void Dispose() => _scope.Dispose();

    [Theory]
    [MemberData(nameof(Cases))]
    public void The_hierarchical_loss_is_the_reference_to_the_gradient(string name)
    {
        int levels = name == "three-levels" ? 3 : 1;
        var found = new ReferenceCase($"review.hcl/{name}");
        found.AssertMet(Total(found));
        new ReferenceCase($"review.hcl/{name}").AssertFiniteInSinglePrecision(Total);

        Tensor Total(ReferenceCase found) => Enumerable.Range(1, levels)
            .Select(k => ReviewKd.Hierarchical(found[$"student{k}"], found[$"teacher{k}"])).Aggregate((sum, next) => sum + next);
    }

    [Theory]
    [InlineData("two-levels")]
    [InlineData("pooled-vector")]
    public void Fusion_is_the_reference_to_the_gradient_of_every_weight(string name)
    {
        var found = new ReferenceCase($"review.fusion/{name}");
        var (shallow, deep) = (Fusion(1), Fusion(2));
        Tensor teacher1 = found["teacher1"], teacher2 = found["teacher2"];
        var (output2, gathered) = deep.Review(found["student2"], null, teacher2.shape[2], teacher2.shape[3]);
        var (output1, _) = shallow.Review(found["student1"], gathered, teacher1.shape[2], teacher1.shape[3]);

        Tensors.AssertReference($"review.fusion/{name}/output1", output1);
        Tensors.AssertReference($"review.fusion/{name}/output2", output2);
        found.AssertMet(ReviewKd.Hierarchical(output1, teacher1) + ReviewKd.Hierarchical(output2, teacher2));
        found.AssertGradients(shallow, Names(1));
        found.AssertGradients(deep, Names(2));

        ReviewFusion Fusion(int level)
        {
            var reduce = found.Constant($"reduce{level}");
            var fusion = new ReviewFusion((int)reduce.shape[1], (int)reduce.shape[0], (int)found.Constant($"expand{level}").shape[0],
                level == 1);
            found.Fill(fusion, Names(level));
            return fusion;
        }
    }

    [Fact]
    public void The_hierarchical_loss_equals_plain_loops()
    {
        Tensor student = Tensors.Wave(1, 2, 3, 6, 6), teacher = Tensors.Wave(2, 2, 3, 6, 6);
        double[] difference = (student - teacher).Numbers();
        // Pooling is linear, so the difference can be pooled. The cells of 4×4 overlap in 6×6, so torch computes those.
        double whole = difference.Sum(x => x * x) / difference.Length;
        double Pooled(int size)
        {
            double sum = 0;
            foreach (double[] map in difference.Chunk(36))
            {
                for (int cell = 0; cell < size * size; cell++)
                {
                    int side = 6 / size, top = cell / size * side, left = cell % size * side;
                    double mean = Enumerable.Range(0, side * side).Average(i => map[(top + i / side) * 6 + left + i % side]);
                    sum += mean * mean;
                }
            }
            return sum / (6 * size * size);
        }
        double four = (FourByFour(student) - FourByFour(teacher)).square().mean().ToDouble();

        Tensors.AssertNear((whole + four / 2 + Pooled(2) / 4 + Pooled(1) / 8) / 1.875, ReviewKd.Hierarchical(student, teacher).ToDouble(),
            1e-12, "loss");

        static Tensor FourByFour(Tensor map) => nn.functional.adaptive_avg_pool2d(map, (4, 4));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_resumed_training_equals_an_uninterrupted_one_and_trains_every_fusion(bool preActivations)
    {
        var tiny = ResumedTraining.OfSeventeenImages with { Method = new ReviewKdOptions { StudentPreActivations = preActivations } };
        var (before, after, records) = ResumedTraining.Assert(tiny, 3);

        Assert.Contains("student/review", records[0]);
        foreach (string level in (string[])["embedding", "stage1", "stage2", "stage3"])
            ResumedTraining.AssertMoved($"student+fusion-{level}/", before, after);
    }

    [Fact]
    public void From_the_embedding_back_each_level_is_fused_with_the_deeper_ones_and_meets_the_experts_pre_activation()
    {
        using var expert = FirstStep.Expert("wrn-10-1");
        using var student = new Learner("student", FirstStep.Build("wrn-10-2"));
        var method = FirstStep.Create(new ReviewKdOptions(), expert);
        method.Enrol(student);
        foreach (var module in student.Modules.Values)
            module.to(ScalarType.Float64);
        var batch = FirstStep.Batch();
        var (whole, expected) = (student.Network.call(batch.Images), expert.Forward(batch.Images));
        double found = Assert.Single(method.Teach(batch).Learn(student, whole)).Value.ToDouble();

        (var output, Tensor gathered) = Fusion("embedding").Review(whole.Embedding.reshape(4, 128, 1, 1), null, 1, 1);
        double sum = ReviewKd.Hierarchical(output, expected.Embedding.reshape(4, 64, 1, 1)).ToDouble();
        foreach (var (own, other) in whole.Stages.Zip(expected.Stages).Reverse())
        {
            (output, gathered) = Fusion(own.Name).Review(own.Map, gathered, other.Map.shape[2], other.Map.shape[3]);
            sum += ReviewKd.Hierarchical(output, other.PreActivation!).ToDouble();
        }
        Tensors.AssertNear(sum, found, 1e-12, "four levels");

        ReviewFusion Fusion(string level) => student.Module<ReviewFusion>($"fusion-{level}");
    }

    [Fact]
    public void A_single_image_has_no_deviation_and_is_normalised_by_the_running_statistics()
    {
        var unit = AdaptingConvolution.Square(4, 4, 1);
        var map = ones(1, 4, 1, 1).requires_grad_();
        unit.train();
        var output = unit.call(map);
        output.sum().backward();

        Assert.All(output.Numbers().Concat(map.grad!.Numbers()), number => Assert.True(double.IsFinite(number)));
        var statistics = unit.WeightsAndStatistics().ToDictionary();
        Assert.Equal([0, 0, 0, 0], statistics["norm.running_mean"].Numbers());
        Assert.Equal([1, 1, 1, 1], statistics["norm.running_var"].Numbers());
    }

    [Fact]
    public void The_weight_rises_over_twenty_epochs_by_default()
    {
        Assert.Equal(20, new ReviewKdOptions().WarmUpEpochs);
        Assert.Equal(20, Read("""{ "name": "reviewkd" }""").WarmUpEpochs);
        Assert.Equal(3, Read("""{ "name": "reviewkd", "warmUpEpochs": 3 }""").WarmUpEpochs);

        static MethodOptions Read(string method) => RecipeBook.Parse($$"""{ "expert": {}, "method": {{method}} }""", "test").Method;
    }

    private static (string, string)[] Names(int level) =>
    [
        ("entrance.convolution.weight", $"reduce{level}"), ("entrance.norm.weight", $"reduce{level}-norm-weight"),
        ("entrance.norm.bias", $"reduce{level}-norm-bias"),
        ("exit.convolution.weight", $"expand{level}"), ("exit.norm.weight", $"expand{level}-norm-weight"),
        ("exit.norm.bias", $"expand{level}-norm-bias"),
        .. level == 1 ? [("attention.weight", "attention"), ("attention.bias", "attention-bias")] : ((string, string)[])[],
    ];
}
