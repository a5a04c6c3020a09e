using Pupil.Reporting.Statistics;

namespace Pupil.Tests.Reporting.Statistics;

/// <summary>Tests against SciPy 1.10.1 (stats.bartlett, stats.ttest_ind, stats.t).</summary>
public sealed class MeanDifferenceTests
{
    private static readonly double[] First = [0.6795, 0.6683, 0.6812], Second = [0.6478, 0.6323, 0.6537];
    private static readonly double[] Third = [0.712, 0.705, 0.731, 0.698, 0.72], Fourth = [0.51, 0.55];

    // Deviations of 0.01 and 0.16.
    private static readonly double[] Narrow = [0.60, 0.62, 0.61], Wide = [0.40, 0.60, 0.70, 0.35];

    [Fact]
    public void The_deviation_of_rows_is_pooled()
    {
        var pooled = PooledDeviation.Of([First, Second, Third, Fourth, [0.9]])!;
        Assert.Equal(0.014163280641098615, pooled.Deviation, 1e-12);
        Assert.Equal(9, pooled.Degrees);
        Assert.Equal(0.46189397632554086, pooled.Equality, 1e-9);
        Assert.True(pooled.IsShared);
        Assert.Equal(0.0363761176511049, pooled.Smallest(3), 1e-9);
        Assert.Equal(0.046191611786487466, pooled.Smallest(3, 4), 1e-9);
    }

    [Fact]
    public void Every_difference_has_the_pooled_deviation()
    {
        var found = MeanDifference.Between(First, Second, PooledDeviation.Of([First, Second, Third, Fourth]));
        AssertNear(new(0.03173333333333339, new(0.026160196705921138, 0.022695397316342566, 9, IsOfTwo: false)), found);
    }

    [Fact]
    public void Two_rows_alone_have_Student_s_test() => AssertNear(
        new(-0.0368666666666666, new(0.02012554763760832, 0.004181949957736471, 6, IsOfTwo: false)),
        MeanDifference.Between(First, Third, PooledDeviation.Of([First, Third])));

    [Fact]
    public void Unequal_deviations_have_Welch_s_test()
    {
        var pooled = PooledDeviation.Of([Narrow, Wide])!;
        Assert.Equal(0.007438101710133278, pooled.Equality, 1e-9);
        Assert.False(pooled.IsShared);
        AssertNear(new(0.0975, new(0.2620795487334909, 0.3231655356198829, 3.0292761268427055, IsOfTwo: true)),
            MeanDifference.Between(Narrow, Wide, pooled));
        // One run says nothing about its row's deviation.
        Assert.Equal(new MeanDifference(0.5, null), MeanDifference.Between([0.75], [0.25, 0.25], pooled));
    }

    // By NumPy: the residuals of row and seed means; for two rows, this is stats.ttest_rel.
    [Fact]
    public void What_a_seed_adds_to_all_rows_is_in_no_difference()
    {
        var pooled = PooledDeviation.OfBlocks([First, Second, [0.712, 0.705, 0.731]])!;
        Assert.Equal((4, true), (pooled.Degrees, pooled.HasBlocks));
        Assert.Equal(0.004893135781661679, pooled.Deviation, 1e-12);
        AssertNear(new(0.03173333333333339, new(0.011092532989851613, 0.0013605083512034288, 4, IsOfTwo: false)),
            MeanDifference.Between(First, Second, pooled));
        AssertNear(new(0.03173333333333339, new(0.010557828815439851, 0.005926132020586155, 2, IsOfTwo: false)),
            MeanDifference.Between(First, Second, PooledDeviation.OfBlocks([First, Second])));
        AssertNear(new(0.03173333333333339, new(0.010557828815439851, 0.005926132020586155, 2, IsOfTwo: true)),
            MeanDifference.Between(First, Second, pooled with { Equality = 0.1 }));
        Assert.Null(PooledDeviation.OfBlocks([First]));
        Assert.Null(PooledDeviation.OfBlocks([[0.1], [0.2]]));
        Assert.Null(PooledDeviation.OfBlocks([[0.1, 0.2], [0.2, 0.3]])); // the seed explains all
    }

    [Fact]
    public void A_row_of_one_run_has_the_deviation_of_the_others()
    {
        var pooled = PooledDeviation.Of([First, Second, [0.7]])!;
        var found = MeanDifference.Between([0.7], First, pooled);
        // The standard error is that of one run and of the mean of three: s·√(1 + 1/3).
        Assert.Equal(2.7764451051977987 * pooled.Deviation * Math.Sqrt(4.0 / 3), found.Test!.HalfWidth, 1e-9);
    }

    [Fact]
    public void Without_a_deviation_there_is_no_interval()
    {
        Assert.Null(PooledDeviation.Of([]));
        Assert.Null(PooledDeviation.Of([[0.5], [0.6]]));
        Assert.Null(PooledDeviation.Of([[0.3, 0.1 + 0.2], [0.6, 0.6]])); // equal except for rounding errors
        var found = MeanDifference.Between([0.75], [0.5], null);
        Assert.Equal(new MeanDifference(0.25, null), found);
        Assert.False(found.IsMarked);
    }

    [Fact]
    public void Rows_without_any_deviation_do_not_break_the_test_of_equality() =>
        Assert.InRange(PooledDeviation.Of([[0.5, 0.5], First, Second])!.Equality, 0, 1);

    [Fact]
    public void The_mean_of_a_quantity_has_an_interval()
    {
        var found = MeanInterval.OfValues([0.5, 0.54, 0.49]);
        Assert.Equal(0.51, found.Mean, 1e-12);
        Assert.Equal(0.06572410607975607, found.HalfWidth!.Value, 1e-9);
        Assert.Equal(new MeanInterval(0.25, null), MeanInterval.OfValues([0.25]));
        Assert.Equal(new MeanInterval(0.25, null), MeanInterval.OfValues([0.25, 0.25]));
    }

    [Fact]
    public void Holm_s_correction_multiplies_the_smallest_probability_most()
    {
        // By hand: 0.01·4, max(0.04, 0.02·3), max(0.06, 0.03·2), max(0.06, 0.9·1).
        var adjusted = Holm.Adjust([Of(0.02), Of(0.9), new(1, null), Of(0.01), Of(0.03)]);
        Assert.Equal([0.06, 0.9, null, 0.04, 0.06], adjusted.Select(difference => Rounded(difference.Adjusted)));
        Assert.Equal([false, false, false, true, false], adjusted.Select(difference => difference.IsMarked));
        Assert.Equal([1.0, 1.0], Holm.Adjust([Of(0.7), Of(0.6)]).Select(difference => difference.Adjusted!.Value));
        Assert.Empty(Holm.Adjust([]));
        // Two of five that were named have no result yet.
        Assert.Equal([0.05, 0.08], Holm.Adjust([Of(0.01), Of(0.02)], family: 5).Select(difference => Rounded(difference.Adjusted)!.Value));

        static double? Rounded(double? value) => value is double found ? Math.Round(found, 12) : null;

        static MeanDifference Of(double probability) => new(1, new(1, probability, 1, false));
    }

    private static void AssertNear(MeanDifference expected, MeanDifference found)
    {
        Assert.Equal(expected.Mean, found.Mean, 1e-12);
        Assert.Equal(expected.Test!.HalfWidth, found.Test!.HalfWidth, 1e-9);
        Assert.Equal(expected.Test.Probability, found.Test.Probability, 1e-9);
        Assert.Equal(expected.Test.Degrees, found.Test.Degrees, 1e-9);
        Assert.Equal(expected.Test.IsOfTwo, found.Test.IsOfTwo);
    }
}
