using Pupil.Images;
using Pupil.Processes;
using static TorchSharp.torch;

namespace Pupil.Training;

/// <summary>Collects the logits of evaluated images, which all have one label or all have several.</summary>
internal sealed class EvaluationTable
{
    private ClassTable _classes = new();
    private LabelSetTable? _sets;
    private bool _areAnswers;

    /// <summary>Adds the images of a batch.</summary>
    /// <param name="logits">N×K.</param>
    /// <param name="target">The labels.</param>
    public void Add(Tensor logits, Target target)
    {
        _areAnswers |= target.AreAnswers;
        if (target is LabelSetTarget sets)
            (_sets ??= new LabelSetTable()).Add(logits, sets);
        else
            _classes.Add(logits, target.RequiredLabels);
    }

    /// <summary>Adds the images of the other processes; all of them then have the same table.</summary>
    public void Combine(IProcessGroup group)
    {
        if (group.Size == 1)
            return;
        _areAnswers = group.Any(_areAnswers);
        if (group.Any(_sets is not null))
            _sets = LabelSetTable.OfParts(SharedSums.Of(group, (_sets ?? new()).Content));
        _classes = ClassTable.OfParts(SharedSums.Of(group, _classes));
    }

    /// <summary>Returns the accuracy on all images.</summary>
    /// <param name="thresholds">See <see cref="LabelSetTable.Accuracy"/>; null with one label an image.</param>
    public Accuracy Accuracy(IReadOnlyList<double>? thresholds) =>
        (_sets?.Accuracy(thresholds) ?? _classes.Accuracy()) with { IsAgreement = _areAnswers };

    /// <summary>Counts the right predictions for images with one label each.</summary>
    private sealed class ClassTable
    {
        private int[] _rightOf = [], _imagesOf = [];

        public int Images { get; set; }

        public long RightOfFive { get; set; }

        public double CrossEntropy { get; set; }

        public int[] RightOf
        {
            get => _rightOf;
            set => _rightOf = value;
        }

        public int[] ImagesOf
        {
            get => _imagesOf;
            set => _imagesOf = value;
        }

        public static ClassTable OfParts(IReadOnlyList<ClassTable> parts)
        {
            int classes = parts.Max(part => part.RightOf.Length);
            return new ClassTable
            {
                Images = parts.Sum(part => part.Images),
                RightOfFive = parts.Sum(part => part.RightOfFive),
                CrossEntropy = parts.Sum(part => part.CrossEntropy),
                RightOf = SumOf(part => part.RightOf),
                ImagesOf = SumOf(part => part.ImagesOf),
            };

            // A process without images knows no classes.
            int[] SumOf(Func<ClassTable, int[]> counts) =>
                [.. Enumerable.Range(0, classes).Select(label => parts.Sum(part => counts(part).ElementAtOrDefault(label)))];
        }

        public void Add(Tensor logits, Tensor labels)
        {
            Images += (int)logits.shape[0];
            var ranked = logits.topk((int)Math.Min(5, logits.shape[1]), 1).indexes.eq(labels.unsqueeze(1));
            Array.Resize(ref _rightOf, (int)logits.shape[1]);
            Array.Resize(ref _imagesOf, (int)logits.shape[1]);
            foreach (var (label, isRight) in labels.cpu().data<long>().Zip(ranked.select(1, 0).cpu().contiguous().data<bool>()))
            {
                _imagesOf[label]++;
                _rightOf[label] += isRight ? 1 : 0;
            }
            // Not through a native scalar (ToDouble), which the collector may free while it is read.
            RightOfFive += ranked.sum().cpu().data<long>()[0];
            var sum = nn.functional.cross_entropy(logits, labels, reduction: nn.Reduction.Sum);
            CrossEntropy += sum.to_type(ScalarType.Float64).cpu().data<double>()[0];
        }

        public Accuracy Accuracy()
        {
            double images = Images;
            ClassAccuracy[] classes = [.. _rightOf.Zip(_imagesOf, (right, count) => new ClassAccuracy(right, count))];
            return new Accuracy(_rightOf.Sum() / images, RightOfFive / images, CrossEntropy / images, Images)
            {
                Balanced = classes.Average(each => each.Share),
                Classes = classes,
            };
        }
    }
}
