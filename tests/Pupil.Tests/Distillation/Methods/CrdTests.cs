using Pupil.Distillation;
using Pupil.Distillation.Adapters;
using Pupil.Distillation.Equations;
using Pupil.Distillation.Methods;
using Pupil.Tests.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Pupil.Tests.Distillation.Methods;

public sealed class CrdTests : IDisposable
{
    private const double Temperature = 0.07;

    private readonly DisposeScope _scope = NewDisposeScope();

    public static TheoryData<string> Cases => [.. ReferenceCase.NamesOf("crd")];

    public void Dispose() => _scope.Dispose();

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_step_is_the_reference_to_the_gradients_the_banks_and_the_constants(string name)
    {
        var found = new ReferenceCase($"crd/{name}");
        var (studentSide, teacherSide) = (Projection("student", 5), Projection("teacher", 7));
        Tensor own = studentSide.call(found["student"]), other = teacherSide.call(found.Constant("teacher"));
        Tensor ownBank = found["student-memory"].detach(), otherBank = found["teacher-memory"].detach(),
            positions = found.Indices("contrast-indices");
        Tensor owns = Crd.Similarities(own, otherBank, positions), others = Crd.Similarities(other, ownBank, positions);

        Tensors.AssertReference($"crd/{name}/student-embedded", own);
        Tensors.AssertReference($"crd/{name}/teacher-embedded", other);
        if (name != "second-step")
        {
            Tensors.AssertReference($"crd/{name}/student-z", Crd.Constant(owns, Temperature, 12));
            Tensors.AssertReference($"crd/{name}/teacher-z", Crd.Constant(others, Temperature, 12));
        }
        found.AssertMet(Crd.Contrast(owns, found.Constant("student-z"), Temperature, 12)
            + Crd.Contrast(others, found.Constant("teacher-z"), Temperature, 12));
        found.AssertGradients(studentSide, ("linear.weight", "student-weight"), ("linear.bias", "student-bias"));
        found.AssertGradients(teacherSide, ("linear.weight", "teacher-weight"), ("linear.bias", "teacher-bias"));
        AssertBank("student", ownBank, own);
        AssertBank("teacher", otherBank, other);

        NormalizedProjection Projection(string side, int width)
        {
            var projection = new NormalizedProjection(width, 4);
            found.Fill(projection, ("linear.weight", $"{side}-weight"), ("linear.bias", $"{side}-bias"));
            return projection;
        }

        void AssertBank(string side, Tensor bank, Tensor embeddings)
        {
            var rows = found.Indices("sample-indices");
            var renewed = bank.clone().index_copy_(0, rows, Crd.Renewed(bank.index_select(0, rows), embeddings, 0.5));
            Tensors.AssertReference($"crd/{name}/{side}-memory.after", renewed);
        }
    }

    [Fact]
    public void The_contrast_equals_plain_loops_to_the_gradient()
    {
        var similarities = (0.5 * Tensors.Wave(1, 3, 6)).detach().requires_grad_();
        const double Constant = 40;
        var value = Crd.Contrast(similarities, tensor(Constant, ScalarType.Float64), 0.2, 9);
        value.backward();
        double Plain(double[] values)
        {
            double sum = 0, noise = 5 / 9.0;
            for (int i = 0; i < values.Length; i++)
            {
                double p = Math.Exp(values[i] / 0.2) / Constant;
                sum -= Math.Log((i % 6 == 0 ? p : noise) / (p + noise + 1e-7));
            }
            return sum / 3;
        }

        Tensors.AssertNear(Plain(similarities.Numbers()), value.ToDouble(), 1e-12, "contrast");
        Tensors.AssertNear(PlainLoops.Gradient(Plain, similarities.Numbers()), similarities.grad!.Numbers(), 1e-6, "gradient");
    }

    [Theory]
    [InlineData(1f)]
    [InlineData(-1f)]
    [InlineData(0f)]
    public void The_ends_of_what_similarities_can_be_stay_finite_in_single_precision_at_the_lowest_temperature(float own)
    {
        var similarities = tensor([own, -own, -own, own], 1, 4).requires_grad_();
        var value = Crd.Contrast(similarities, Crd.Constant(similarities, 0.02, 50_000), 0.02, 50_000);
        value.backward();

        Assert.All(similarities.grad!.Numbers().Append(value.ToDouble()), number => Assert.True(double.IsFinite(number)));
    }

    [Fact]
    public void Many_negatives_lose_nothing_to_rounding()
    {
        var similarities = (0.3 * Tensors.Wave(1, 2, 20_001)).detach();
        var constant = Crd.Constant(similarities, Temperature, 50_000);
        double exact = Crd.Contrast(similarities, constant, Temperature, 50_000).ToDouble();
        double single = Crd.Contrast(similarities.to(ScalarType.Float32), constant.to(ScalarType.Float32), Temperature, 50_000).ToDouble();

        Tensors.AssertNear(exact, single, 1e-5, "contrast");
    }

    [Fact]
    public void Vectors_of_zeros_stay_zeros_and_get_no_gradient()
    {
        var rows = Tensors.FromValues([0, 0, 3, 4], 2, 2).requires_grad_();
        var unit = UnitVectors.FromRows(rows);
        (unit * Tensors.FromValues([1, 2, 3, 5], 2, 2)).sum().backward();

        Assert.Equal([0, 0, 0.6, 0.8], unit.Numbers());
        Assert.Equal([0, 0], rows.grad!.Numbers()[..2]);
    }

    [Theory]
    [InlineData(4)] // fewer than there are of other classes
    [InlineData(16_384)] // more
    public void A_resumed_training_on_a_part_of_the_set_equals_an_uninterrupted_one(int negatives)
    {
        var tiny = ResumedTraining.OfSeventeenImages with { Method = new CrdOptions { Negatives = negatives, FeatureDimension = 8 } };
        var (before, after, records) = ResumedTraining.Assert(tiny, 1, 3, 5);

        Assert.Contains("student/contrast", records[0]);
        ResumedTraining.AssertMoved("student+student-projection/", before, after);
        ResumedTraining.AssertMoved("student+teacher-projection/", before, after);
        ResumedTraining.AssertMoved("memory student+", before, after);
    }

    [Fact]
    public void Each_side_is_contrasted_with_the_others_bank_and_updates_its_own()
    {
        var tiny = ResumedTraining.OfSeventeenImages with { Seed = 4 };
        var options = new CrdOptions { Negatives = 5, FeatureDimension = 8, Momentum = 0.25 };
        using var expert = new Expert(TinyTraining.ExpertNetwork(), TinyTraining.Normalization, TinyTraining.Normalization);
        using var student = new Learner("student", tiny.Build("wrn-10-2", "student"));
        var setting = new MethodContext(TinyTraining.Shape, TinyTraining.Classes, expert,
            _ => throw new InvalidOperationException("The method trains no companion."));
        var method = options.CreateMethod(setting with { Seed = 4, TrainingImages = tiny.Train });
        method.Enrol(student);
        Tensor ownBank = student.Memory("student-bank").clone(), otherBank = student.Memory("teacher-bank").clone();
        using var batch = tiny.Data().Train.Get(3, 1);
        var output = student.Network.call(batch.Images);
        double found = Assert.Single(method.Teach(batch, new Moment(3, 1, 3, 4)).Learn(student, output)).Value.ToDouble();

        var positions = new NegativeDraw(tiny.Train, 5, 4).Positions(batch.Indices, 3, 1);
        var own = student.Module<NormalizedProjection>("student-projection").call(output.Embedding);
        var other = student.Module<NormalizedProjection>("teacher-projection").call(expert.Forward(batch.Images).Embedding);
        Tensors.AssertNear(Side(own, otherBank) + Side(other, ownBank), found, 1e-6, "both sides");
        AssertRemembered("student", ownBank, own);
        AssertRemembered("teacher", otherBank, other);
        Assert.Equal([17, 8], ownBank.shape);
        Assert.InRange(ownBank.abs().max().ToDouble(), 0.5, 1 / Math.Sqrt(8 / 3.0));
        Assert.Contains("TrainingImages", Assert.Throws<UserErrorException>(() => options.CreateMethod(setting)).Message);

        double Side(Tensor embeddings, Tensor bank)
        {
            var similarities = Crd.Similarities(embeddings, bank, positions);
            var constant = Crd.Constant(similarities, Temperature, 17);
            return Crd.Contrast(similarities, constant, Temperature, 17).ToDouble();
        }

        void AssertRemembered(string side, Tensor before, Tensor embeddings)
        {
            double[] after = student.Memory($"{side}-bank").Numbers(), was = before.Numbers(), now = embeddings.Numbers();
            int[] rows = [.. batch.Indices.Select(index => Array.IndexOf(tiny.Train.Indices, index))];
            for (int row = 0; row < 17; row++)
            {
                int place = Array.IndexOf(rows, row);
                double[] old = was[(row * 8)..(row * 8 + 8)];
                double[] mixed = place < 0 ? old : [.. old.Zip(now[(place * 8)..(place * 8 + 8)], (b, e) => 0.25 * b + 0.75 * e)];
                double length = place < 0 ? 1 : Math.Sqrt(mixed.Sum(x => x * x));
                Tensors.AssertNear([.. mixed.Select(x => x / length)], after[(row * 8)..(row * 8 + 8)], 1e-5, $"{side} {row}");
            }
        }
    }

    [Fact]
    public void The_constants_are_those_of_the_first_batch()
    {
        using var training = (ResumedTraining.OfSeventeenImages with { Method = new CrdOptions { Negatives = 4 } }).Start();
        float[] Constants() => [.. training.Trainer.Memories.Where(memory => memory.Key.EndsWith("constant", StringComparison.Ordinal))
            .SelectMany(memory => TinyTrainer.Values(memory.Value))];
        Assert.Equal([-1, -1], Constants());
        training.Go(1);
        float[] first = Constants();
        training.Go(2);

        Assert.All(first, constant => Assert.True(constant > 0));
        Assert.Equal(first, Constants());
    }

    [Fact]
    public void Beside_another_method_it_resumes_as_well()
    {
        var options = new CombinationOptions
        {
            Parts = [new() { Method = new AbOptions { PreliminaryEpochs = 1 } }, new() { Method = new CrdOptions { Negatives = 4 } }],
        };
        options.Check();
        var (_, _, records) = ResumedTraining.Assert(ResumedTraining.OfSeventeenImages with { Method = options }, 4, 6);

        Assert.Contains("student/ab/boundary", records[0]);
        Assert.DoesNotContain("crd", records[0]);
        Assert.Contains("student/crd/contrast", records[^1]);
    }
}
