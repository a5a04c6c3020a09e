using Pupil.Training;

namespace Pupil.Tests.Training;

public sealed class TrainingStateTests
{
    private static readonly TrainingState Sound = new()
    {
        Epoch = 2,
        StepsDone = 3,
        ImagesDone = 40,
        Seconds = 1,
        Sums = { [new("student", "", "cross-entropy")] = 5 },
        Best = { ["student"] = new(1, 0.5) },
    };

    [Fact]
    public void A_state_of_the_training_has_no_fault()
    {
        Assert.Null(Sound.FaultFor(3, 3));
        Assert.Null(new TrainingState().FaultFor(3, 3));
        Assert.Null(new TrainingState { Epoch = 4 }.FaultFor(3, 3));
    }

    [Fact]
    public void Numbers_that_no_training_reaches_are_faults()
    {
        AssertFault(Sound with { Epoch = -1 }, "epoch -1");
        AssertFault(Sound with { Epoch = int.MaxValue }, "epoch 2147483647");
        AssertFault(Sound with { StepsDone = -3 }, "-3 of 3 steps");
        AssertFault(Sound with { StepsDone = 4 }, "4 of 3 steps");
        AssertFault(Sound with { ImagesDone = -40 }, "-40 images");
        AssertFault(Sound with { StepsDone = 0 }, "40 images in 0 steps");
        AssertFault(Sound with { Seconds = -1 }, "-1 seconds");
        AssertFault(Sound with { Seconds = double.NaN }, "NaN seconds");
        AssertFault(Sound with { Sums = new() { [new("student", "", "kd")] = double.NaN } }, "student/kd");
        AssertFault(Sound with { Best = new() { ["student"] = new(-1, 0.5) } }, "best epoch of 'student'");
        AssertFault(Sound with { Best = new() { ["student"] = new(1, -0.5) } }, "best epoch of 'student'");
    }

    private static void AssertFault(TrainingState state, string part) => Assert.Contains(part, state.FaultFor(3, 3));
}
