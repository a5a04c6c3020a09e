using Pupil.Interop.Students;

namespace Pupil.Training;

/// <summary>
/// Equations about the probabilities of a network: temperature scaling and expected calibration error (Guo, Pleiss, Sun, Weinberger: "On
/// Calibration of Modern Neural Networks", ICML 2017), and a threshold by which images of no class are told.
/// </summary>
internal static class CalibrationEquations
{
    /// <summary>The number of bins of the expected calibration error in the paper.</summary>
    public const int Bins = 15;

    private const int MostSteps = 200;
    private const double Precision = 1e-12;

    /// <summary>
    /// Returns the temperature T that minimises the mean cross-entropy of softmax(logits / T). The cross-entropy is convex in 1/T.
    /// </summary>
    /// <param name="logits">N rows of K logits.</param>
    /// <param name="labels">N class numbers.</param>
    /// <returns>
    /// The temperature, 0.01…100; null if there is no minimum in this range, as for images that are all classified right.
    /// </returns>
    public static double? Temperature(IReadOnlyList<float[]> logits, IReadOnlyList<int> labels)
    {
        // Newton's method on the derivative by 1/T within an interval that contains the minimum; a step that leaves it is halved.
        double low = 1 / Calibration.Hottest, high = 1 / Calibration.Coldest, inverse = 1;
        if (!(Derivatives(logits, labels, low).Slope < 0 && Derivatives(logits, labels, high).Slope > 0))
            return null;
        for (int step = 0; step < MostSteps && high - low > Precision * inverse; step++)
        {
            var (slope, curvature) = Derivatives(logits, labels, inverse);
            if (slope == 0)
                break;
            if (slope < 0)
                low = inverse;
            else
                high = inverse;
            double next = inverse - slope / curvature;
            if (!(next > low && next < high))
                next = (low + high) / 2;
            if (Math.Abs(next - inverse) <= Precision * inverse)
                break;
            inverse = next;
        }
        return 1 / inverse;
    }

    /// <summary>Returns the mean cross-entropy of softmax(logits / T), in nats.</summary>
    /// <param name="logits">N rows of K logits.</param>
    /// <param name="labels">N class numbers.</param>
    /// <param name="temperature">T, above 0.</param>
    public static double CrossEntropy(IReadOnlyList<float[]> logits, IReadOnlyList<int> labels, double temperature) =>
        Enumerable.Range(0, labels.Count).Average(i => -Math.Log(Probabilities(logits[i], temperature)[labels[i]]));

    /// <summary>
    /// Returns the expected calibration error: the mean over the images of |accuracy − mean confidence| of their bin. Bins have equal
    /// widths; one contains its upper end. The confidence is the largest probability.
    /// </summary>
    /// <param name="logits">N rows of K logits, N at least 1.</param>
    /// <param name="labels">N class numbers.</param>
    /// <param name="temperature">T, above 0.</param>
    /// <returns>The error, 0…1.</returns>
    public static double ExpectedError(IReadOnlyList<float[]> logits, IReadOnlyList<int> labels, double temperature)
    {
        var (confidence, right) = (new double[Bins], new double[Bins]);
        for (int i = 0; i < labels.Count; i++)
        {
            double[] probabilities = Probabilities(logits[i], temperature);
            int best = IndexOfLargest(probabilities);
            int bin = Math.Clamp((int)Math.Ceiling(probabilities[best] * Bins) - 1, 0, Bins - 1);
            confidence[bin] += probabilities[best];
            right[bin] += best == labels[i] ? 1 : 0;
        }
        return confidence.Zip(right, (sure, hits) => Math.Abs(hits - sure)).Sum() / labels.Count;
    }

    /// <summary>
    /// Returns the largest probability at which an image still counts as one of no class, so that at most a share of other images counts as
    /// one of a class: the (⌊share · M⌋ + 1)-th largest of their confidences.
    /// </summary>
    /// <param name="confidences">The largest probabilities of M images of no class, M at least 1.</param>
    /// <param name="falseAccept">The share of them that may be accepted, 0…1, below 1.</param>
    /// <returns>The threshold, 0…1: an image with a confidence above it is accepted.</returns>
    public static double Threshold(IEnumerable<double> confidences, double falseAccept)
    {
        double[] descending = [.. confidences.OrderDescending()];
        return descending[(int)Math.Floor(falseAccept * descending.Length)];
    }

    /// <summary>Returns softmax(logits / T).</summary>
    /// <param name="logits">K logits.</param>
    /// <param name="temperature">T, above 0.</param>
    public static double[] Probabilities(float[] logits, double temperature)
    {
        double most = logits.Max();
        double[] powers = [.. logits.Select(logit => Math.Exp((logit - most) / temperature))];
        double sum = powers.Sum();
        return [.. powers.Select(power => power / sum)];
    }

    // The mean over the images of E[z] − z_y and of Var[z], the derivatives of the cross-entropy by 1/T.
    private static (double Slope, double Curvature) Derivatives(
        IReadOnlyList<float[]> logits, IReadOnlyList<int> labels, double inverse)
    {
        double slope = 0, curvature = 0;
        for (int i = 0; i < labels.Count; i++)
        {
            float[] row = logits[i];
            double[] probabilities = Probabilities(row, 1 / inverse);
            double mean = 0, variance = 0;
            for (int k = 0; k < row.Length; k++)
                mean += probabilities[k] * row[k];
            for (int k = 0; k < row.Length; k++)
                variance += probabilities[k] * (row[k] - mean) * (row[k] - mean);
            slope += mean - row[labels[i]];
            curvature += variance;
        }
        return (slope / labels.Count, curvature / labels.Count);
    }

    private static int IndexOfLargest(double[] values)
    {
        int best = 0;
        for (int k = 1; k < values.Length; k++)
        {
            if (values[k] > values[best])
                best = k;
        }
        return best;
    }
}
