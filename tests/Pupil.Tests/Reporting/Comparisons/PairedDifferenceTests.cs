using Pupil.Reporting.Comparisons;

namespace Pupil.Tests.Reporting.Comparisons;

public sealed class PairedDifferenceTests
{
    // By SciPy 1.10.1: d = a - b; d.mean(), stats.sem(d), stats.sem(d) * stats.t.ppf(0.975, len(d) - 1). The function
    // stats.ttest_rel(a, b).confidence_interval(0.95) returns the same interval.
    public static TheoryData<double[], double[], double, double, double> FromSciPy => new()
    {
        { [0.6795, 0.6683, 0.6812], [0.6478, 0.6323, 0.6537], 0.031733333333333356, 0.0024537952463706187, 0.010557828815439851 },
        { [0.5, 0.54], [0.49, 0.5], 0.025000000000000022, 0.015000000000000012, 0.19059307104648157 },
        {
            [0.712, 0.705, 0.731, 0.698, 0.72], [0.709, 0.711, 0.715, 0.701, 0.706],
            0.004800000000000004, 0.0044204072210600725, 0.012273017991893242
        },
        {
            [0.5, 0.5084, 0.5091, 0.5014, 0.4924, 0.4904, 0.4972, 0.5066, 0.5099, 0.5041, 0.4946, 0.49],
            [0.5, 0.4954, 0.4858, 0.4801, 0.4835, 0.4928, 0.4996, 0.4975, 0.4885, 0.4809, 0.4816, 0.49],
            0.010699999999999996, 0.002926420918791312, 0.006441009014415986
        },
    };

    [Theory]
    [MemberData(nameof(FromSciPy))]
    public void The_interval_is_that_of_Student_s_t(double[] row, double[] baseline, double mean, double error, double halfWidth)
    {
        var found = PairedDifference.Between(BySeed(row), BySeed(baseline))!;
        Assert.Equal(row.Length, found.Count);
        Assert.Equal(mean, found.Mean, 1e-12);
        Assert.Equal(error, found.StandardError!.Value, 1e-12);
        Assert.Equal(halfWidth, found.HalfWidth!.Value, 1e-10);
        Assert.Equal(Math.Abs(mean) > halfWidth, found.ExcludesZero);
    }

    [Fact]
    public void By_hand_two_differences_have_an_interval_of_12_7_standard_errors()
    {
        // Differences 0.01 and 0.03: mean 0.02, deviation 0.02/√2, standard error 0.01; t(0.975, 1) = 12.706.
        var found = PairedDifference.OfDifferences([0.01, 0.03]);
        Assert.Equal((2, 0.02), (found.Count, Math.Round(found.Mean, 12)));
        Assert.Equal(0.01, found.StandardError!.Value, 1e-12);
        Assert.Equal(0.12706, found.HalfWidth!.Value, 1e-5);
        Assert.False(found.ExcludesZero);
    }

    [Fact]
    public void Seeds_are_paired_in_any_order_and_only_common_seeds_count()
    {
        Dictionary<int, double> row = new() { [7] = 0.9, [1] = 0.5, [2] = 0.6 }, baseline = new() { [2] = 0.5, [3] = 0.1, [1] = 0.45 };
        var found = PairedDifference.Between(row, baseline)!;
        Assert.Equal(2, found.Count);
        Assert.Equal(0.075, found.Mean, 1e-12);
        Assert.Null(PairedDifference.Between(row, new Dictionary<int, double> { [5] = 1 }));
    }

    [Fact]
    public void One_seed_has_no_interval() =>
        Assert.Equal(new PairedDifference(1, 0.25, null, null), PairedDifference.OfDifferences([0.25]));

    [Fact]
    public void Equal_differences_have_no_interval()
    {
        var found = PairedDifference.Between(BySeed([0.55, 0.45]), BySeed([0.5, 0.4]))!; // equal except for rounding errors
        Assert.Equal(0.05, found.Mean, 1e-12);
        Assert.Null(found.HalfWidth);
        Assert.False(found.ExcludesZero);
    }

    private static Dictionary<int, double> BySeed(double[] values) => values.Select((value, seed) => (seed, value)).ToDictionary();
}
