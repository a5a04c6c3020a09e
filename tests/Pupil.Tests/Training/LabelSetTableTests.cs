using Pupil.Images;
using Pupil.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Pupil.Tests.Training;

/// <summary>
/// The numbers are those of scikit-learn 1.x: <c>average_precision_score</c> of each column, <c>f1_score(average="micro")</c>, and
/// <c>accuracy_score</c>. The scores are rounded, so that some are equal. No image has the last class.
/// </summary>
public sealed class LabelSetTableTests
{
    private const int Images = 12, Classes = 4;

    [Fact]
    public void Scores_are_those_of_scikit_learn()
    {
        using var scope = NewDisposeScope();
        var found = Table().Accuracy(null);
        double?[] precisions = [0.7749879749879751, 0.2839646464646465, 0.8324074074074075, null];
        Assert.All(precisions.Zip(found.Classes!), pair => Assert.Equal(pair.First ?? -1, pair.Second.AveragePrecision ?? -1, 1e-12));
        Assert.Equal(precisions.Average()!.Value, found.LabelSets!.MeanAveragePrecision, 1e-12);
        Assert.Equal((found.LabelSets.MeanAveragePrecision, "mAP"), (found.Score, found.ScoreName));
        Assert.Equal(0.4, found.LabelSets.MicroF1, 1e-12);
        // That of scikit-learn counts the class without images as 0.
        Assert.Equal(0.3222222222222222 * 4 / 3, found.LabelSets.MacroF1, 1e-12);
        Assert.Equal(0.08333333333333333, found.Top1, 1e-12);
        Assert.Null(found.Top5);
        Assert.Null(found.Balanced);
        Assert.Equal([9, 4, 9, 0], found.Classes!.Select(each => each.Images));
    }

    [Fact]
    public void Each_class_has_its_own_threshold()
    {
        using var scope = NewDisposeScope();
        double[] thresholds = [0.4, 0.5, 0.6, 0.7];
        var found = Table().Accuracy(thresholds);
        Assert.Equal(0.4878048780487805, found.LabelSets!.MicroF1, 1e-12);
        Assert.Equal(0.3564605329311211 * 4 / 3, found.LabelSets.MacroF1, 1e-12);
        var present = LabelSetTable.Present(Logits(), thresholds);
        Assert.Equal(found.Top1, present.eq(Members().gt(0)).all(1).sum().ToInt64() / (double)Images, 1e-12);
    }

    [Theory]
    [InlineData(new[] { 0.9f, 0.8f, 0.3f, 0.1f }, new[] { true, true, false, false }, 0.55)]
    // All three positives, at the cost of one false one (F1 6/7), or the first two alone (4/5).
    [InlineData(new[] { 0.9f, 0.8f, 0.6f, 0.4f }, new[] { true, true, false, true }, 0.2)]
    [InlineData(new[] { 0.9f, 0.1f }, new[] { false, false }, 0.5)]
    [InlineData(new[] { 0.2f, 0.2f, 0.1f }, new[] { true, true, false }, 0.15)]
    public void The_threshold_has_the_highest_F1(float[] probabilities, bool[] present, double expected) =>
        Assert.Equal(expected, LabelSetEquations.Threshold(probabilities, present), 1e-6);

    [Fact]
    public void No_threshold_of_a_grid_is_better_than_those_chosen()
    {
        using var scope = NewDisposeScope();
        var table = Table();
        var chosen = table.Thresholds();
        Assert.Equal((Classes, 0.5), (chosen.Count, chosen[^1]));
        double best = table.Accuracy(chosen).LabelSets!.MacroF1;
        for (int step = 0; step <= 20; step++)
            Assert.InRange(table.Accuracy([.. Enumerable.Repeat(step / 20.0, Classes)]).LabelSets!.MacroF1, 0, best + 1e-12);
    }

    [Fact]
    public void The_cross_entropy_is_the_sum_over_the_classes()
    {
        using var scope = NewDisposeScope();
        double sum = 0;
        float[] logits = [.. Logits().data<float>()], members = [.. Members().data<float>()];
        foreach (var (z, y) in logits.Zip(members))
            sum -= y > 0 ? Math.Log(1 / (1 + Math.Exp(-z))) : Math.Log(1 - 1 / (1 + Math.Exp(-z)));
        Assert.Equal(sum / Images, Table().Accuracy(null).CrossEntropy, 1e-5);
    }

    private static LabelSetTable Table()
    {
        var table = new LabelSetTable();
        var (logits, members) = (Logits(), Members());
        foreach (var range in new[] { ..5, 5.. })
            table.Add(logits[range], new LabelSetTarget(members[range]));
        return table;
    }

    private static Tensor Logits() => tensor(
    [
        .. from i in Enumerable.Range(0, Images)
           from k in Enumerable.Range(0, Classes)
           select (float)Math.Round(Math.Sin(1.7 * i + 2.3 * k + 0.31 * i * k), 1),
    ], [Images, Classes]);

    private static Tensor Members() => tensor(
    [
        .. from i in Enumerable.Range(0, Images)
           from k in Enumerable.Range(0, Classes)
           select (i * i + 3 * k * i + k) % 7 < 3 - (k == 3 ? 1 : 0) ? 1f : 0f,
    ], [Images, Classes]);
}
