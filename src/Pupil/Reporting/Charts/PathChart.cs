using MathNet.Numerics.LinearAlgebra;
using Pupil.Experiments.Runs;
using Pupil.Reporting.Content;

namespace Pupil.Reporting.Charts;

/// <summary>
/// The measured form of the paper's figure 1: the paths of the networks through function space. A point is a network's logits on the
/// probe's images, less their mean for each image, which does not change a softmax; with several labels an image, the logits
/// themselves. The plane is spanned by the first two principal components of all points of all networks, fitted once.
/// </summary>
internal static class PathChart
{
    // By then the running statistics of batch norm have settled (0.9⁴⁴ < 1 %); before, they change the logits more than the weights do.
    private const int Settled = 44;

    // Grey: the expert's weights are frozen.
    private const int ExpertTint = -1;

    /// <summary>Returns the paths of all networks of one seed; null where no run has two points of a path.</summary>
    /// <param name="groups">The runs.</param>
    public static Chart? OfGroups(IReadOnlyList<ReportGroup> groups)
    {
        var paths = Paths(groups).ToList();
        if (paths.Count == 0)
            return null;
        var points = paths.SelectMany(path => path.Points).ToList();
        var (plane, shares) = Project(points);
        // All points coincide before the first step that changes a network.
        if (shares.First == 0)
            return null;
        var series = new List<ChartSeries>();
        int next = 0;
        foreach (var (label, mine, dashed, tint) in paths)
        {
            double[] x = [.. Enumerable.Range(next, mine.Count).Select(i => plane[i, 0])];
            double[] y = [.. Enumerable.Range(next, mine.Count).Select(i => plane[i, 1])];
            series.Add(new(label, x, y)
            {
                IsMarked = true,
                IsDashed = dashed,
                Tint = tint,
            });
            next += mine.Count;
        }
        return new("path", "Paths to the final logits", Axis(1, shares.First), Axis(2, shares.Second), series)
        {
            IsSquare = true,
            Note = "Open circles: before the first step. Diamonds: after the last step. The expert is frozen and has one point. "
                + $"Trainings of {2 * Settled} steps or more continue from step {Settled}, when the statistics of batch norm have settled. "
                + $"Seed {groups[0].Runs[0].Seed}; {100 * (shares.First + shares.Second):0} % of the variance lies in this plane.",
        };

        static string Axis(int number, double share) =>
            FormattableString.Invariant($"component {number} ({100 * share:0.0} % of the variance)");
    }

    /// <summary>
    /// Projects points to their first two principal components. The eigenvectors are those of the Gram matrix, which is small: the
    /// points are few and their dimension is high.
    /// </summary>
    /// <param name="points">Vectors of equal length.</param>
    /// <returns>Two coordinates for each point, and the share of the variance along each component.</returns>
    internal static (Matrix<double> Plane, (double First, double Second) Shares) Project(IReadOnlyList<double[]> points)
    {
        var rows = Matrix<double>.Build.DenseOfRowArrays(points);
        rows = Matrix<double>.Build.DenseOfRowVectors(rows.EnumerateRows().Select(row => row - rows.ColumnSums() / points.Count));
        var gram = rows.TransposeAndMultiply(rows).Evd(Symmetricity.Symmetric);
        int count = points.Count;
        double[] values = [.. gram.EigenValues.Select(value => Math.Max(0, value.Real))];
        double all = Math.Max(values.Sum(), double.Epsilon);
        var plane = Matrix<double>.Build.Dense(count, 2, Coordinate);
        return (plane, (values[^1] / all, count > 1 ? values[^2] / all : 0));

        double Coordinate(int point, int component)
        {
            int vector = count - 1 - component;
            return vector > 0 ? gram.EigenVectors[point, vector] * Math.Sqrt(values[vector]) : 0;
        }
    }

    private static IEnumerable<(string Label, IReadOnlyList<double[]> Points, bool IsDashed, int Tint)> Paths(
        IReadOnlyList<ReportGroup> groups)
    {
        bool alone = groups.Count == 1;
        int? length = null;
        bool hasExpert = false;
        foreach (var group in groups)
        {
            var run = group.Runs.FirstOrDefault(run => run.Path.Count > 0 && run.Seed == groups[0].Runs[0].Seed);
            if (run is null)
                continue;
            var points = run.Path.Where(point => point.Step is 0 or >= Settled || run.Path[^1].Step < 2 * Settled).ToList();
            if (points.Count < 2)
                continue;
            foreach (string network in points[0].Logits.Keys.Where(name => points.All(point => point.Logits.ContainsKey(name))))
            {
                bool isExpert = group.IsExpert(network);
                if (isExpert && hasExpert)
                    continue;
                if (points.Any(point => point.Logits[network].Length != (length ??= point.Logits[network].Length)))
                    continue;
                hasExpert |= isExpert;
                // A sigmoid changes with the mean over the classes, too.
                int width = group.ScoreName == "mAP" ? 0 : points[0].Classes;
                var path = (isExpert ? points.Take(1) : points).Select(point => Centred(point.Logits[network], width)).ToList();
                bool isCompanion = group.RoleOf(network) == NetworkRole.Companion && !isExpert;
                int tint = isExpert ? ExpertTint : ReportContent.TintOf(groups, group, network);
                yield return (isExpert ? network : group.NameOf(network, alone), path, isCompanion, tint);
            }
        }
    }

    // Subtracts the mean of each image's logits; with 0 for their number, nothing.
    private static double[] Centred(float[] logits, int classes)
    {
        if (classes == 0)
            return Array.ConvertAll(logits, logit => (double)logit);
        double[] result = new double[logits.Length];
        for (int start = 0; start + classes <= logits.Length; start += classes)
        {
            double mean = logits.AsSpan(start, classes).ToArray().Average();
            for (int i = start; i < start + classes; i++)
                result[i] = logits[i] - mean;
        }
        return result;
    }
}
