using Pupil.Training;

namespace Pupil.Tests.Training;

public sealed class ScheduleTests
{
    private static readonly MultiStepSchedule Paper = new();

    [Theory]
    [InlineData(1, 0, 1.0)]
    [InlineData(60, 390, 1.0)]
    [InlineData(61, 0, 0.2)]
    [InlineData(120, 390, 0.2)]
    [InlineData(121, 0, 0.04)]
    [InlineData(160, 390, 0.04)]
    [InlineData(161, 0, 0.008)]
    [InlineData(200, 390, 0.008)]
    public void Multi_step_drops_after_its_milestones(int epoch, int step, double expected)
    {
        Assert.Equal(expected, Paper.Factor(epoch, step, 391, 200), 1e-15);
    }

    [Fact]
    public void A_multi_step_schedule_drops_where_its_factor_does()
    {
        var drops = Enumerable.Range(1, 200).Where(Paper.DropsAt);
        Assert.Equal([61, 121, 161], drops);
        Assert.All(Enumerable.Range(2, 199), epoch =>
            Assert.Equal(Paper.Factor(epoch, 0, 391, 200) < Paper.Factor(epoch - 1, 390, 391, 200), Paper.DropsAt(epoch)));
        Assert.DoesNotContain(Enumerable.Range(1, 200), new CosineSchedule().DropsAt);
    }

    // 0.5·(1 + cos(π·share)): 1, 0.75 at a third, 0.5 at a half, 0.25 at two thirds.
    [Theory]
    [InlineData(1, 0, 0, 1.0)]
    [InlineData(3, 0, 0, 0.75)]
    [InlineData(4, 0, 0, 0.5)]
    [InlineData(5, 0, 0, 0.25)]
    [InlineData(2, 5, 0, 0.853553390593273762)] // a quarter: (1 + √½)/2
    [InlineData(4, 0, 0.1, 0.55)]
    [InlineData(1, 0, 0.1, 1.0)]
    public void Cosine_falls_along_half_a_cosine(int epoch, int step, double final, double expected)
    {
        Assert.Equal(expected, new CosineSchedule { FinalFactor = final }.Factor(epoch, step, 10, 6), 1e-12);
    }

    [Fact]
    public void Cosine_ends_near_its_final_factor()
    {
        Assert.InRange(new CosineSchedule().Factor(6, 9, 10, 6), 0, 1e-3);
        Assert.Equal(0.2, new CosineSchedule { FinalFactor = 0.2 }.Factor(200, 999, 1000, 200), 1e-6);
    }

    [Theory]
    [InlineData(1, 0, 0.05)] // the first of 20 steps
    [InlineData(1, 9, 0.5)]
    [InlineData(2, 9, 1.0)] // the last of them
    [InlineData(3, 0, 1.0)]
    [InlineData(5, 0, 1.0)]
    [InlineData(6, 0, 0.2)]
    public void Warm_up_rises_in_a_straight_line_step_by_step(int epoch, int step, double expected)
    {
        var schedule = new MultiStepSchedule { Milestones = [5], WarmUpEpochs = 2 };
        Assert.Equal(expected, schedule.Factor(epoch, step, 10, 8), 1e-12);
    }

    [Theory]
    [InlineData(1, 0, 0.1)] // the first of 10 steps
    [InlineData(1, 9, 1.0)]
    [InlineData(2, 0, 1.0)] // the cosine starts
    [InlineData(4, 0, 0.5)] // 2 of 4 epochs after the warm-up
    public void The_cosine_begins_after_the_warm_up(int epoch, int step, double expected)
    {
        Assert.Equal(expected, new CosineSchedule { WarmUpEpochs = 1 }.Factor(epoch, step, 10, 5), 1e-12);
    }

    [Fact]
    public void A_fraction_of_an_epoch_of_warm_up_is_counted_in_steps()
    {
        var schedule = new MultiStepSchedule { Milestones = [5], WarmUpEpochs = 0.25 };
        Assert.Equal([0.4, 0.8, 1, 1], Enumerable.Range(0, 4).Select(step => Math.Round(schedule.Factor(1, step, 10, 8), 12)));
    }

    [Fact]
    public void A_warm_up_as_long_as_the_training_is_allowed_and_finite()
    {
        var schedule = new CosineSchedule { WarmUpEpochs = 3 };
        schedule.Check(3);
        Assert.Equal(1.0, schedule.Factor(3, 9, 10, 3), 1e-12);
    }

    public static TheoryData<Schedule, string> Contradictions => new()
    {
        { new CosineSchedule { WarmUpEpochs = 11 }, "warmUpEpochs: found 11, expected at most the 10" },
        { new MultiStepSchedule { Milestones = [3], WarmUpEpochs = 11 }, "warmUpEpochs: found 11" },
        { new MultiStepSchedule { Milestones = [3, 2] }, "milestones: found [3, 2]" },
        { new MultiStepSchedule { Milestones = [3, 3] }, "milestones: found [3, 3]" },
        { new MultiStepSchedule { Milestones = [0, 3] }, "milestones: found [0, 3]" },
    };

    [Theory]
    [MemberData(nameof(Contradictions))]
    public void Settings_that_contradict_each_other_are_refused(Schedule schedule, string message)
    {
        Assert.Contains(message, Assert.Throws<UserErrorException>(() => schedule.Check(10)).Message);
    }
}
