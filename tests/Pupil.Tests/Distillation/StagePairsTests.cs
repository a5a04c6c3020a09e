using Pupil.Distillation;
using Pupil.Distillation.Equations;
using static TorchSharp.torch;

namespace Pupil.Tests.Distillation;

public sealed class StagePairsTests
{
    [Fact]
    public void As_many_stages_are_paired_by_position()
    {
        using var learner = new Sketch((3, 8), (4, 4), (5, 2));
        using var teacher = Teacher((6, 4), (7, 2), (8, 1));

        var pairs = StagePairs.Between(learner, teacher);

        Assert.Equal([(0, 0), (1, 1), (2, 2)], pairs.Select(pair => (pair.Learner, pair.Teacher)));
        Assert.Equal([(4, 4), (2, 2), (1, 1)], pairs.Select(pair => pair.Size));
        Assert.Equal([1], StagePairs.Between(learner, teacher, ["stage2"]).Select(pair => pair.Learner));
    }

    [Fact]
    public void Others_are_paired_by_resolution_the_last_of_each()
    {
        using var learner = new Sketch((3, 8), (3, 8), (4, 4), (5, 2), (6, 2));
        using var teacher = Teacher((6, 16), (6, 8), (7, 4), (8, 2));

        Assert.Equal([(1, 1), (2, 2), (4, 3)], StagePairs.Between(learner, teacher).Select(pair => (pair.Learner, pair.Teacher)));
        string message = Assert.Throws<UserErrorException>(() => StagePairs.Between(learner, teacher, ["stage1"])).Message;
        Assert.Equal("stages: 'stage1' of sketch (stage1 8×8, stage2 8×8, stage3 4×4, stage4 2×2, stage5 2×2) has the size of no stage of "
            + "sketch (stage1 16×16, stage2 8×8, stage3 4×4, stage4 2×2); choose another one.", message);
    }

    [Fact]
    public void What_cannot_be_paired_is_refused()
    {
        using var learner = new Sketch((3, 8), (4, 4));
        using var teacher = Teacher((6, 7), (7, 3), (8, 1));

        Assert.Contains("cannot be paired", Assert.Throws<UserErrorException>(() => StagePairs.Between(learner, teacher)).Message);
    }

    [Fact]
    public void Maps_are_pooled_to_the_smaller_size_on_either_side()
    {
        using var scope = NewDisposeScope();
        Tensor small = Tensors.Wave(1, 2, 3, 2, 4), large = Tensors.Wave(2, 2, 5, 4, 2);

        var (one, other) = MapSizes.ToSmaller(small, large);

        Assert.Equal([2, 3, 2, 2], one.shape);
        Assert.Equal([2, 5, 2, 2], other.shape);
        double[] before = small.Numbers(), after = one.Numbers();
        Assert.Equal((before[0] + before[1]) / 2, after[0], 1e-12);
        double[] tall = large.Numbers(), flat = other.Numbers();
        Assert.Equal((tall[0] + tall[2]) / 2, flat[0], 1e-12);
    }

    private static Expert Teacher(params (int Channels, int Side)[] stages) => new(new Sketch(stages), FirstStep.Plain, FirstStep.Plain);
}
