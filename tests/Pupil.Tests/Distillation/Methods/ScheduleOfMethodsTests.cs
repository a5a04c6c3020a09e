using Pupil.Distillation;
using Pupil.Distillation.Methods;

namespace Pupil.Tests.Distillation.Methods;

/// <summary>Quantities of methods that depend on the moment of the training.</summary>
public sealed class ScheduleOfMethodsTests
{
    [Theory]
    [InlineData(1, 0, 1)]
    [InlineData(1, 20, 0.05)]
    [InlineData(5, 20, 0.25)]
    [InlineData(20, 20, 1)]
    [InlineData(21, 20, 1)]
    public void A_weight_rises_epoch_by_epoch(int epoch, int epochs, double expected)
    {
        Assert.Equal(expected, new Moment(epoch, 0, 10, 100).Rise(epochs), 1e-15);
        Assert.Equal(expected, new Moment(epoch, 9, 10, 100).Rise(epochs), 1e-15);
    }

    [Theory]
    [InlineData(3, 3, 3, new[] { 0, 1, 2 })]
    [InlineData(2, 4, 4, new[] { 1, 1, 3, 3 })]
    [InlineData(4, 4, 2, new[] { 0, 2 })]
    [InlineData(3, 7, 6, new[] { 1, 1, 3, 3, 6, 6 })]
    public void Anchors_are_equally_spaced_and_the_last_snapshot_is_the_last(int anchors, int snapshots, int epochs, int[] expected) =>
        Assert.Equal(expected, Enumerable.Range(1, epochs).Select(epoch => Rco.At(new Moment(epoch, 0, 5, epochs), anchors, snapshots)));

    [Fact]
    public void An_anchor_can_end_within_an_epoch() =>
        Assert.Equal([0, 0, 1, 1], Enumerable.Range(0, 4).Select(step => Rco.At(new Moment(1, step, 4, 1), 2, 2)));

    [Theory]
    [InlineData(0, 0)]
    [InlineData(5, -0.5)]
    [InlineData(10, -1)]
    [InlineData(11, -1)]
    public void The_temperature_s_gradient_is_turned_around_along_half_a_cosine(int epoch, double expected) =>
        Assert.Equal(expected, CurriculumTemperature.Reversal(epoch, 10), 1e-12);
}
