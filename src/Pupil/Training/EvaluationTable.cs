using Pupil.Images;
using static TorchSharp.torch;

namespace Pupil.Training;

/// <summary>Collects the logits of evaluated images, which all have one label or all have several.</summary>
internal sealed class EvaluationTable
{
    private readonly ClassTable _classes = new();
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

    /// <summary>Returns the accuracy on all images.</summary>
    /// <param name="thresholds">See <see cref="LabelSetTable.Accuracy"/>; null with one label an image.</param>
    public Accuracy Accuracy(IReadOnlyList<double>? thresholds) =>
        (_sets?.Accuracy(thresholds) ?? _classes.Accuracy()) with { IsAgreement = _areAnswers };

    /// <summary>Counts the right predictions for images with one label each.</summary>
    private sealed class ClassTable
    {
        private long _right, _rightOfFive;
        private int _images;
        private int[] _rightOf = [], _imagesOf = [];
        private double _crossEntropy;

        public void Add(Tensor logits, Tensor labels)
        {
            _images += (int)logits.shape[0];
            var ranked = logits.topk((int)Math.Min(5, logits.shape[1]), 1).indexes.eq(labels.unsqueeze(1));
            Array.Resize(ref _rightOf, (int)logits.shape[1]);
            Array.Resize(ref _imagesOf, (int)logits.shape[1]);
            foreach (var (label, isRight) in labels.cpu().data<long>().Zip(ranked.select(1, 0).cpu().contiguous().data<bool>()))
            {
                _imagesOf[label]++;
                _rightOf[label] += isRight ? 1 : 0;
                _right += isRight ? 1 : 0;
            }
            // Not through a native scalar (ToDouble), which the collector may free while it is read.
            _rightOfFive += ranked.sum().cpu().data<long>()[0];
            var sum = nn.functional.cross_entropy(logits, labels, reduction: nn.Reduction.Sum);
            _crossEntropy += sum.to_type(ScalarType.Float64).cpu().data<double>()[0];
        }

        public Accuracy Accuracy()
        {
            double images = _images;
            ClassAccuracy[] classes = [.. _rightOf.Zip(_imagesOf, (right, count) => new ClassAccuracy(right, count))];
            return new Accuracy(_right / images, _rightOfFive / images, _crossEntropy / images, _images)
            {
                Balanced = classes.Average(each => each.Share),
                Classes = classes,
            };
        }
    }
}
