using Pupil.Distillation.Methods;
using Pupil.Networks;
using Pupil.Training;
using static TorchSharp.torch;

namespace Pupil.Tests.Training;

/// <summary>The weights after training, against the same training by other means.</summary>
public sealed class LearningTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Momentum_is_kept_or_reset_at_a_drop_of_the_rate(bool reset)
    {
        var tiny = new TinyTraining();
        var optimizer = (SgdOptions)tiny.Options.Optimizer with { ResetMomentumAtRateDrops = reset };
        tiny = tiny with { Options = tiny.Options with { Optimizer = optimizer } };
        using var network = tiny.Build("wrn-10-1", "student");
        PlainTraining.Run([network], tiny.Data().Train, 2, epoch => epoch == 1 ? 0.05 : 0.025,
            batch => nn.functional.cross_entropy(network.call(batch.Images).Logits, batch.Target.RequiredLabels), reset ? [2] : []);
        using var training = tiny.Start();
        training.Go();
        AssertClose(network, training.Network());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Student_and_scratch_teacher_are_trained_by_the_paper_s_loss_with_and_without_gradient_block(bool gradientBlock)
    {
        var options = TinyTraining.Ctkd with { GradientBlock = gradientBlock, Gamma = 0.5, Beta = 100 };
        var tiny = new TinyTraining { Method = options };
        using var scratchTeacher = tiny.Build("wrn-10-1", "companion");
        using var student = tiny.Build("wrn-10-1", "student");
        using var expert = TinyTraining.ExpertNetwork();
        expert.Freeze();
        PlainTraining.Run([student, scratchTeacher], tiny.Data().Train, 2, epoch => epoch == 1 ? 0.05 : 0.025,
            batch => PlainTraining.CtkdLoss(batch, student, scratchTeacher, expert, options));
        using var training = tiny.Start();
        training.Go();
        AssertClose(student, training.Network());
        AssertClose(scratchTeacher, training.Network("scratch-teacher"));
    }

    [Fact]
    public void Without_gradient_block_the_student_changes_the_scratch_teacher()
    {
        using var blocked = new TinyTraining { Method = TinyTraining.Ctkd }.Start();
        using var open = new TinyTraining { Method = TinyTraining.Ctkd with { GradientBlock = false } }.Start();
        blocked.Go();
        open.Go();
        Assert.NotEqual(TinyTrainer.Digest(blocked.Network("scratch-teacher").StemOf().weight!),
            TinyTrainer.Digest(open.Network("scratch-teacher").StemOf().weight!));
    }

    [Fact]
    public void The_scratch_teacher_is_trained_as_without_students()
    {
        using var taught = new TinyTraining { Method = TinyTraining.Ctkd }.Start();
        taught.Go();
        var tiny = new TinyTraining();
        using var alone = tiny.Build("wrn-10-1", "companion");
        using var trainer = new Trainer([new Classroom(new Supervised(new SupervisedOptions()), [new("alone", alone)])], tiny.Data(),
            tiny.Options, 0);
        Assert.Equal(8, trainer.Run().Count());
        Assert.All(alone.State().Zip(taught.Network("scratch-teacher").State()), pair =>
            Assert.Equal(TinyTrainer.Digest(pair.First.Value), TinyTrainer.Digest(pair.Second.Value)));
    }

    [Fact]
    public void The_expert_is_never_changed()
    {
        using var expertNetwork = TinyTraining.ExpertNetwork();
        using var unchanged = TinyTraining.ExpertNetwork();
        using var expert = new Pupil.Distillation.Expert(expertNetwork, TinyTraining.Normalization, TinyTraining.Normalization);
        var tiny = new TinyTraining();
        using var scratch = tiny.Build("wrn-10-1", "companion");
        using var training = (tiny with { Instead = new Ctkd(TinyTraining.Ctkd, scratch, expert) }).Start();
        training.Go();
        Assert.All(unchanged.State().Zip(expertNetwork.State()), pair =>
            Assert.Equal(TinyTrainer.Digest(pair.First.Value), TinyTrainer.Digest(pair.Second.Value)));
    }

    [Fact]
    public void Students_of_one_teacher_are_trained_as_each_alone()
    {
        (string, string)[] students = [("small", "wrn-10-1"), ("residual", "resnet-8"), ("twin", "wrn-10-1")];
        using var together = new TinyTraining { Method = TinyTraining.Ctkd, Students = students }.Start();
        var records = together.Trainer.Run().OfType<EpochRecord>().ToList();
        foreach (var student in students)
        {
            using var alone = new TinyTraining { Method = TinyTraining.Ctkd, Students = [student] }.Start();
            var expected = alone.Trainer.Run().OfType<EpochRecord>().ToList();
            var all = together.Snapshot();
            Assert.All(alone.Snapshot(), entry => Assert.Equal(entry.Value, all[entry.Key]));
            for (int epoch = 0; epoch < expected.Count; epoch++)
            {
                Assert.All(expected[epoch].Terms, term => Assert.Equal(term.Value, records[epoch].Terms[term.Key]));
                Assert.All(expected[epoch].Test, accuracy => Assert.Equal(accuracy.Value, records[epoch].Test[accuracy.Key]));
            }
        }
    }

    private static void AssertClose(Network expected, Network found)
    {
        Assert.All(expected.State().Zip(found.State()), pair =>
        {
            Assert.Equal(pair.First.Key, pair.Second.Key);
            Assert.All(TinyTrainer.Values(pair.First.Value).Zip(TinyTrainer.Values(pair.Second.Value)), values =>
                Assert.Equal(values.First, values.Second, 2e-5));
        });
    }
}
