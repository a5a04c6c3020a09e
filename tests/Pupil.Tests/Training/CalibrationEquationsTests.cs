using Pupil.Training;

namespace Pupil.Tests.Training;

/// <summary>Temperature scaling and calibration error against SciPy and plain loops.</summary>
public sealed class CalibrationEquationsTests
{
    private const int Images = 60, Classes = 4;

    // Three of four are right; the logits are far too sure. The numbers are rounded, so that other programs can compute them exactly alike.
    private static readonly float[][] Logits =
    [
        .. Enumerable.Range(0, Images).Select(i =>
            Enumerable.Range(0, Classes).Select(k => (float)Math.Round(5 * Math.Sin(1.7 * i + 2.3 * k), 3)).ToArray()),
    ];

    private static readonly int[] Labels =
        [.. Logits.Select((row, i) => i % 3 == 0 ? 7 * i % Classes : Array.IndexOf(row, row.Max()))];

    // By scipy.optimize.minimize_scalar of SciPy 1.10 over T, with the cross-entropy by scipy.special.logsumexp; the calibration errors by
    // a loop over the bins in NumPy.
    [Fact]
    public void Temperature_cross_entropy_and_calibration_error_are_those_of_SciPy()
    {
        double temperature = CalibrationEquations.Temperature(Logits, Labels)!.Value;
        Assert.Equal(3.05127934954127, temperature, 1e-6);
        Assert.Equal(0.9560531702490155, CalibrationEquations.CrossEntropy(Logits, Labels, temperature), 1e-6);
        Assert.Equal(1.4977861257226706, CalibrationEquations.CrossEntropy(Logits, Labels, 1), 1e-6);
        Assert.Equal(0.200439024573277, CalibrationEquations.ExpectedError(Logits, Labels, 1), 1e-6);
        Assert.Equal(0.18676048262658898, CalibrationEquations.ExpectedError(Logits, Labels, temperature), 1e-6);
    }

    [Theory]
    [InlineData(0.05)]
    [InlineData(1)]
    [InlineData(20)]
    public void Scaled_logits_have_a_scaled_temperature_that_no_other_beats(double scale)
    {
        float[][] scaled = [.. Logits.Select(row => row.Select(logit => (float)(scale * logit)).ToArray())];
        double temperature = CalibrationEquations.Temperature(scaled, Labels)!.Value;
        Assert.Equal(scale * 3.05127934954127, temperature, 1e-5 * scale);
        double least = CalibrationEquations.CrossEntropy(scaled, Labels, temperature);
        foreach (double factor in new[] { 0.5, 0.99, 1.01, 2 })
            Assert.True(CalibrationEquations.CrossEntropy(scaled, Labels, factor * temperature) > least);
    }

    [Fact]
    public void Images_that_are_all_right_or_worse_than_chance_determine_no_temperature()
    {
        Assert.Null(CalibrationEquations.Temperature([[3, 0], [0, 1]], [0, 1]));
        Assert.Null(CalibrationEquations.Temperature([[3, 0], [0, 1]], [1, 0]));
        Assert.Null(CalibrationEquations.Temperature([[1, 1], [2, 2]], [1, 0]));
    }

    [Fact]
    public void The_calibration_error_is_that_of_bins_counted_by_hand()
    {
        // Two classes: confidences 0.6 (twice), 0.9 and 1 within rounding; right are one of 0.6, and 1.
        float[][] logits = [Of(0.6), Of(0.6), Of(0.9), [100, 0]];
        double expected = (Math.Abs(1 - 1.2) + Math.Abs(0 - 0.9) + Math.Abs(1 - 1)) / 4;
        Assert.Equal(expected, CalibrationEquations.ExpectedError(logits, [0, 1, 1, 0], 1), 1e-6);

        static float[] Of(double probability) => [(float)Math.Log(probability / (1 - probability)), 0];
    }

    [Theory]
    [InlineData(0, 0.9)]
    [InlineData(0.24, 0.9)]
    [InlineData(0.25, 0.7)]
    [InlineData(0.5, 0.7)]
    [InlineData(0.75, 0.2)]
    public void A_threshold_accepts_at_most_the_stated_share(double falseAccept, double threshold)
    {
        double[] confidences = [0.7, 0.2, 0.9, 0.7];
        double found = CalibrationEquations.Threshold(confidences, falseAccept);
        Assert.Equal(threshold, found);
        Assert.True(confidences.Count(sure => sure > found) <= falseAccept * confidences.Length);
    }

    [Fact]
    public void Probabilities_of_large_logits_are_finite()
    {
        double[] found = CalibrationEquations.Probabilities([1e30f, 1e30f, -1e30f], 0.5);
        Assert.Equal([0.5, 0.5, 0], found);
    }
}
