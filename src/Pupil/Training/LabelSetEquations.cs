namespace Pupil.Training;

/// <summary>Equations about the presence of one class in images, by the scores that a network gives it.</summary>
internal static class LabelSetEquations
{
    /// <summary>The probability above which a class counts as present where no threshold was chosen.</summary>
    public const double DefaultThreshold = 0.5;

    /// <summary>
    /// Returns the average precision, Σ_n (R_n − R_{n−1})·P_n: the mean precision over the positives, where images of equal
    /// scores enter together. As <c>average_precision_score</c> of scikit-learn.
    /// </summary>
    /// <param name="scores">A score for each of N images; the order of the scores alone counts.</param>
    /// <param name="present">Whether each image has the class.</param>
    /// <returns>0…1; null if no image has the class.</returns>
    public static double? AveragePrecision(float[] scores, bool[] present)
    {
        int positives = present.Count(each => each);
        if (positives == 0)
            return null;
        double sum = 0;
        foreach (var (hits, taken, added) in Steps(scores, present))
            sum += (double)added * hits / taken;
        return sum / positives;
    }

    /// <summary>Returns F1 = 2·TP/(2·TP + FP + FN), 0…1; 0 where nothing is present or predicted.</summary>
    public static double F1(int truePositives, int falsePositives, int falseNegatives)
    {
        int all = 2 * truePositives + falsePositives + falseNegatives;
        return all == 0 ? 0 : 2.0 * truePositives / all;
    }

    /// <summary>
    /// Returns the threshold with the highest F1 of the decisions "present if the probability is at least the threshold". It lies in the
    /// middle between the lowest accepted probability and the next lower one; of equally good ones, it is the one nearest to 0.5.
    /// </summary>
    /// <param name="probabilities">The probability of the class for each of N images, 0…1.</param>
    /// <param name="present">Whether each image has the class.</param>
    /// <returns>0…1; <see cref="DefaultThreshold"/> if no image has the class.</returns>
    public static double Threshold(float[] probabilities, bool[] present)
    {
        int positives = present.Count(each => each);
        if (positives == 0)
            return DefaultThreshold;
        float[] distinct = [.. probabilities.Distinct().OrderDescending()];
        var found = Steps(probabilities, present).Select((step, i) =>
        {
            double next = i + 1 < distinct.Length ? distinct[i + 1] : 0;
            return (F1: F1(step.Hits, step.Taken - step.Hits, positives - step.Hits), Threshold: (distinct[i] + next) / 2);
        });
        return found.OrderByDescending(step => step.F1).ThenBy(step => Math.Abs(step.Threshold - DefaultThreshold)).First().Threshold;
    }

    // After each distinct score in descending order: the positives so far, the images so far, and the positives with this score.
    private static IEnumerable<(int Hits, int Taken, int Added)> Steps(float[] scores, bool[] present)
    {
        int[] order = [.. Enumerable.Range(0, scores.Length).OrderByDescending(i => scores[i])];
        int hits = 0, before = 0;
        for (int i = 0; i < order.Length; i++)
        {
            hits += present[order[i]] ? 1 : 0;
            if (i + 1 < order.Length && scores[order[i + 1]] == scores[order[i]])
                continue;
            yield return (hits, i + 1, hits - before);
            before = hits;
        }
    }
}
