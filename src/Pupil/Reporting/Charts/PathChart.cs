using MathNet.Numerics.LinearAlgebra;
using Pupil.Experiments.Runs;
using Pupil.Reporting.Content;

namespace Pupil.Reporting.Charts;

/// <summary>
/// The paper's figure 1, measured: the way of the networks through the space of functions. A network is a point there, its logits on the probe's
/// images (each image's logits less their mean, which no softmax sees); the plane is that of the two directions in which all points of all networks
/// together vary most (principal components), fitted once.
/// </summary>
internal static class PathChart
{
    // By then batch-norm's running statistics are those of the training (0.9⁴⁴ < 1 %); before, the answers say more of them than of the weights.
    private const int Settled = 44;

    // Grey: it does not move.
    private const int ExpertTint = -1;

    /// <summary>The way of every network of one seed; null where no run kept two points of it.</summary>
    /// <param name="groups">The runs.</param>
    public static Chart? OfGroups(IReadOnlyList<ReportGroup> groups)
    {
        var ways = Ways(groups).ToList();
        if (ways.Count == 0)
            return null;
        var points = ways.SelectMany(way => way.Points).ToList();
        var (plane, shares) = Project(points);
        // Before the second point nobody has gone anywhere.
        if (shares.First == 0)
            return null;
        var series = new List<ChartSeries>();
        int next = 0;
        foreach (var (label, mine, dashed, tint) in ways)
        {
            series.Add(new(label, [.. Enumerable.Range(next, mine.Count).Select(i => plane[i, 0])], [.. Enumerable.Range(next, mine.Count).Select(i => plane[i, 1])])
            {
                IsMarked = true,
                IsDashed = dashed,
                Tint = tint,
            });
            next += mine.Count;
        }
        return new("path", "The way to the final logits", Axis(1, shares.First), Axis(2, shares.Second), series)
        {
            IsSquare = true,
            Note = $"Open circles: before the first step; in trainings of {2 * Settled} steps or more then from step {Settled} on, when batch-norm's running statistics have settled; diamonds: after the last; the expert, which does not move, is a point. "
                + $"Seed {groups[0].Runs[0].Seed}; {100 * (shares.First + shares.Second):0} % of the variance lies in this plane.",
        };

        static string Axis(int number, double share) => FormattableString.Invariant($"component {number} ({100 * share:0.0} % of the variance)");
    }

    /// <summary>
    /// Projects points to the two principal components of all of them, by the eigenvectors of their Gram matrix: the points are few, their numbers many.
    /// </summary>
    /// <param name="points">Vectors of one length.</param>
    /// <returns>A row of two coordinates for each point, and the share of the variance that lies along either.</returns>
    internal static (Matrix<double> Plane, (double First, double Second) Shares) Project(IReadOnlyList<double[]> points)
    {
        var rows = Matrix<double>.Build.DenseOfRowArrays(points);
        rows = Matrix<double>.Build.DenseOfRowVectors(rows.EnumerateRows().Select(row => row - rows.ColumnSums() / points.Count));
        var gram = rows.TransposeAndMultiply(rows).Evd(Symmetricity.Symmetric);
        int count = points.Count;
        double[] values = [.. gram.EigenValues.Select(value => Math.Max(0, value.Real))];
        double all = Math.Max(values.Sum(), double.Epsilon);
        var plane = Matrix<double>.Build.Dense(count, 2, (i, j) => count > j + 1 ? gram.EigenVectors[i, count - 1 - j] * Math.Sqrt(values[count - 1 - j]) : 0);
        return (plane, (values[^1] / all, count > 1 ? values[^2] / all : 0));
    }

    private static IEnumerable<(string Label, IReadOnlyList<double[]> Points, bool IsDashed, int Tint)> Ways(IReadOnlyList<ReportGroup> groups)
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
                if (points.Any(point => point.Logits[network].Length != (length ??= point.Logits[network].Length)) || (isExpert && hasExpert))
                    continue;
                hasExpert |= isExpert;
                var way = (isExpert ? points.Take(1) : points).Select(point => Centred(point.Logits[network], point.Classes)).ToList();
                yield return (isExpert ? network : group.NameOf(network, alone), way, group.RoleOf(network) == NetworkRole.Companion && !isExpert,
                    isExpert ? ExpertTint : ReportContent.TintOf(groups, group, network));
            }
        }
    }

    // Each image's logits less their mean.
    private static double[] Centred(float[] logits, int classes)
    {
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
