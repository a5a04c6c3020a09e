using Pupil.Cli.Display;
using Pupil.Distillation;
using Pupil.Training;

namespace Pupil.Tests.Cli.Display;

public sealed class RunAdviceTests
{
    // Two classes of 60 images: 55 % right is what guessing gives in one of five tries, 75 % is not.
    [Theory]
    [InlineData(0.55, 60, 2, true)]
    [InlineData(0.75, 60, 2, false)]
    [InlineData(0.11, 1000, 10, true)]
    [InlineData(0.20, 1000, 10, false)]
    [InlineData(0.02, 400, 200, false)]
    public void Near_chance_is_what_guessing_explains(double top1, int images, int classes, bool isNear) =>
        Assert.Equal(isNear, RunAdvice.IsNearChance(top1, images, classes));

    [Theory]
    [InlineData(new[] { 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8 }, true)]
    [InlineData(new[] { 0.1, 0.4, 0.6, 0.7, 0.74, 0.75, 0.76, 0.76 }, false)]
    [InlineData(new[] { 0.2, 0.9 }, false)]
    public void Held_out_accuracy_that_still_rises_is_climbing(double[] heldOut, bool climbs)
    {
        var epochs = heldOut.Select((top1, i) => Epoch(i + 1, 1) with
        {
            HeldOut = new Dictionary<string, Accuracy> { ["student"] = new(top1, 1, 1, 100) },
        });
        Assert.Equal(climbs, RunAdvice.IsClimbing([.. epochs], "student"));
    }

    [Theory]
    [InlineData(new[] { 2.3, 2.2, 2.1, 2.0, 1.8, 1.6, 1.4, 1.2 }, true)]
    [InlineData(new[] { 2.3, 1.9, 1.7, 1.6, 1.55, 1.52, 1.51, 1.5 }, false)]
    [InlineData(new[] { 2.3, 1.0, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01 }, false)]
    public void Without_held_out_images_the_training_loss_decides(double[] losses, bool climbs) =>
        Assert.Equal(climbs, RunAdvice.IsClimbing([.. losses.Select((loss, i) => Epoch(i + 1, loss))], "student"));

    private static EpochRecord Epoch(int number, double loss) => new()
    {
        Epoch = number,
        Rate = 0.1,
        Terms = new Dictionary<TermName, double> { [new("student", "", TermName.Labels)] = loss, [new("alone", "", TermName.Labels)] = 9 },
        HeldOut = new Dictionary<string, Accuracy>(),
        Test = new Dictionary<string, Accuracy>(),
        NewBest = [],
        ImagesPerSecond = 1,
        TrainingSeconds = 1,
        EvaluationSeconds = 1,
    };
}
