using Pupil.Images;
using Pupil.Networks;
using static TorchSharp.torch;

namespace Pupil.Training;

/// <summary>The logits of a network for images with several labels each, with the labels.</summary>
internal sealed class LabelSetTable
{
    private readonly List<float[]> _logits = [];
    private readonly List<bool[]> _present = [];
    private double _crossEntropy;

    /// <summary>What it has collected, as other processes receive it.</summary>
    /// <param name="Logits">N rows of K logits.</param>
    /// <param name="Present">N rows of K decisions.</param>
    /// <param name="CrossEntropy">The sum of the cross-entropies, in nats.</param>
    internal sealed record Collected(IReadOnlyList<float[]> Logits, IReadOnlyList<bool[]> Present, double CrossEntropy);

    /// <summary>What it has collected so far.</summary>
    internal Collected Content => new(_logits, _present, _crossEntropy);

    /// <summary>Returns a table of all images of several tables.</summary>
    internal static LabelSetTable OfParts(IEnumerable<Collected> parts)
    {
        var table = new LabelSetTable();
        foreach (var part in parts)
        {
            table._logits.AddRange(part.Logits);
            table._present.AddRange(part.Present);
            table._crossEntropy += part.CrossEntropy;
        }
        return table;
    }

    /// <summary>Computes the logits of a network in evaluation mode; its previous mode is then restored.</summary>
    /// <param name="network">The network.</param>
    /// <param name="batches">Batches for evaluation, whose images have several labels each.</param>
    public static LabelSetTable FromNetwork(Network network, IBatchSource batches)
    {
        using var evaluating = network.Evaluating();
        using var inference = inference_mode();
        var table = new LabelSetTable();
        for (int step = 0; step < batches.Steps; step++)
        {
            using var scope = NewDisposeScope();
            var batch = batches.Get(1, step);
            table.Add(network.call(batch.Images).Logits, (LabelSetTarget)batch.Target);
        }
        return table;
    }

    /// <summary>Adds the images of a batch.</summary>
    /// <param name="logits">N×K.</param>
    /// <param name="target">The labels.</param>
    public void Add(Tensor logits, LabelSetTarget target)
    {
        int classes = (int)logits.shape[1];
        var rows = logits.to_type(ScalarType.Float32).cpu().contiguous();
        _logits.AddRange(rows.data<float>().ToArray().Chunk(classes));
        _present.AddRange(target.Members.cpu().contiguous().data<float>().ToArray().Chunk(classes)
            .Select(row => Array.ConvertAll(row, share => share > 0)));
        var sum = nn.functional.binary_cross_entropy_with_logits(logits, target.Members, reduction: nn.Reduction.Sum);
        _crossEntropy += sum.to_type(ScalarType.Float64).cpu().data<double>()[0];
    }

    /// <summary>Returns the scores.</summary>
    /// <param name="thresholds">
    /// K probabilities from which on a class counts as present; null: <see cref="LabelSetEquations.DefaultThreshold"/> for each.
    /// </param>
    public Accuracy Accuracy(IReadOnlyList<double>? thresholds)
    {
        int images = _logits.Count, classes = _logits[0].Length, exact = 0;
        int[] hits = new int[classes], found = new int[classes], present = new int[classes];
        double[] least = Least(thresholds, classes);
        for (int i = 0; i < images; i++)
        {
            bool isExact = true;
            for (int label = 0; label < classes; label++)
            {
                bool isFound = Probability(_logits[i][label]) >= least[label], isPresent = _present[i][label];
                found[label] += isFound ? 1 : 0;
                present[label] += isPresent ? 1 : 0;
                hits[label] += isFound && isPresent ? 1 : 0;
                isExact &= isFound == isPresent;
            }
            exact += isExact ? 1 : 0;
        }
        ClassAccuracy[] each =
        [
            .. Enumerable.Range(0, classes).Select(label => new ClassAccuracy(hits[label], present[label])
            {
                AveragePrecision = LabelSetEquations.AveragePrecision(Column(_logits, label), Column(_present, label)),
            }),
        ];
        int[] counted = [.. Enumerable.Range(0, classes).Where(label => present[label] > 0)];
        double macro = counted.Select(label => F1(hits[label], found[label], present[label])).DefaultIfEmpty(0).Average();
        var scores = new LabelSetScores(each.Average(of => of.AveragePrecision) ?? 0, F1(hits.Sum(), found.Sum(), present.Sum()), macro);
        return new Accuracy((double)exact / images, null, _crossEntropy / images, images) { Classes = each, LabelSets = scores };

        static double F1(int hits, int found, int present) => LabelSetEquations.F1(hits, found - hits, present - hits);
    }

    /// <summary>Returns whether each class counts as present, N×K.</summary>
    /// <param name="logits">N×K.</param>
    /// <param name="thresholds">See <see cref="Accuracy"/>.</param>
    public static Tensor Present(Tensor logits, IReadOnlyList<double>? thresholds)
    {
        int classes = (int)logits.shape[1];
        return logits.sigmoid().ge(tensor([.. Least(thresholds, classes).Select(least => (float)least)], device: logits.device));
    }

    /// <summary>Returns the threshold with the highest F1 for each class, K probabilities.</summary>
    public IReadOnlyList<double> Thresholds() =>
    [
        .. Enumerable.Range(0, _logits[0].Length).Select(label => LabelSetEquations.Threshold(
            [.. _logits.Select(row => (float)Probability(row[label]))], Column(_present, label))),
    ];

    private static double[] Least(IReadOnlyList<double>? thresholds, int classes) =>
        [.. Enumerable.Range(0, classes).Select(label => thresholds?[label] ?? LabelSetEquations.DefaultThreshold)];

    private static double Probability(float logit) => 1 / (1 + Math.Exp(-logit));

    private static T[] Column<T>(List<T[]> rows, int column) => [.. rows.Select(row => row[column])];
}
