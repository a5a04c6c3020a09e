using System.Globalization;
using Pupil.Images.Transforms;
using Pupil.Interop.PyTorch;
using Pupil.Networks;
using static TorchSharp.torch;

namespace Pupil.Interop.Pretrained;

/// <summary>
/// Loads trained weights into a network of other classes, channels or image size. The classifier stays new where the classes differ, the
/// first convolution where its kernel has another size. All other tensors come from the file.
/// </summary>
/// <param name="network">The network, with its initial weights.</param>
/// <param name="file">The weights.</param>
internal sealed class PretrainedWeights(Network network, PretrainedFile file)
{
    private const string Stem = "stem.", StemWeight = "stem.weight", Positions = "positions.weight";
    private const string Classifier = NetworkOutline.Classifier + ".", ClassifierWeight = NetworkOutline.Classifier + ".weight";

    private readonly Dictionary<string, Tensor> _own = network.State().ToDictionary();
    private readonly IReadOnlyDictionary<string, Tensor> _given = ForeignWeights.ForNetwork(network, file.Weights);
    private readonly List<string> _changes = [];

    /// <summary>Loads the weights.</summary>
    /// <param name="classes">The class names of the network.</param>
    /// <param name="normalization">The normalisation of its images.</param>
    /// <returns>What was loaded.</returns>
    /// <exception cref="UserErrorException">The weights are of another network, or not finite; the network is unchanged.</exception>
    public WeightsOrigin Load(IReadOnlyList<string> classes, Normalization normalization)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var (stem, classifier) = (StemChange(), ClassifierChange(classes));
        _changes.AddRange(new[] { file.Choice, stem, classifier }.OfType<string>());
        var expected = _own.Where(entry => !IsNew(entry.Key)).ToDictionary();
        var taken = _given.Keys.Where(name => !IsNew(name)).ToDictionary(name => name, Fitted, StringComparer.Ordinal);
        CheckFit(expected, taken);
        if (NormalizationChange(normalization) is { } change)
            _changes.Add(change);
        foreach (var (name, target) in expected)
            target.copy_(taken[name]);
        return new WeightsOrigin(Path.GetFileName(file.Path), PretrainedFile.HashOf(file.Path), expected.Count, _own.Count)
        {
            New = [.. _own.Keys.Where(IsNew)],
            Changes = _changes,
        };

        bool IsNew(string name) => (classifier is not null && name.StartsWith(Classifier, StringComparison.Ordinal))
            || (stem is not null && name.StartsWith(Stem, StringComparison.Ordinal));
    }

    // Equal numbers of classes are the same classes, unless a student file says otherwise.
    private string? ClassifierChange(IReadOnlyList<string> classes)
    {
        if (!_given.TryGetValue(ClassifierWeight, out var given))
            return "classifier new (the file has none)";
        if (given.shape is [var count, _] && count != classes.Count)
            return string.Create(CultureInfo.InvariantCulture, $"classifier new ({count} → {classes.Count} classes)");
        return file.Card?.Classes is { } names && !names.SequenceEqual(classes) ? "classifier new (the classes have other names)" : null;
    }

    private string? StemChange()
    {
        if (!_given.TryGetValue(StemWeight, out var given) || given.shape is not [var filters, _, var height, var width])
            return null;
        long[] own = _own[StemWeight].shape;
        return filters != own[0] || (height, width) == (own[2], own[3]) ? null
            : $"first convolution new (kernel {height}×{width} → {own[2]}×{own[3]})";
    }

    // Returns the file's tensor where it cannot be adapted: it is then of another shape.
    private Tensor Fitted(string name)
    {
        var given = _given[name];
        if (!_own.TryGetValue(name, out var own) || given.shape.SequenceEqual(own.shape))
            return given;
        if (name == StemWeight && WeightAdaptation.OfChannels(given, own.shape[1]) is { } stem)
        {
            string how = own.shape[1] == 1 ? "summed" : "spread";
            _changes.Add($"first convolution {how} over channels ({given.shape[1]} → {own.shape[1]})");
            return stem;
        }
        if (name == Positions && GridOfFile(given) is { } from && GridOf(network.Input, _own) is { } to
            && WeightAdaptation.OfPositions(given, from, to) is { } positions)
        {
            _changes.Add($"positions interpolated ({from.Rows}×{from.Columns} → {to.Rows}×{to.Columns})");
            return positions;
        }
        return given;
    }

    // A PyTorch file does not give the grid of its patches: those of square images.
    private TokenGrid? GridOfFile(Tensor positions)
    {
        if (file.Card is { } card)
            return GridOf(card.Input, _given);
        int side = positions.shape is [_, var tokens, _] ? (int)Math.Sqrt(tokens - 1) : 0;
        return side > 0 ? new TokenGrid(side, side, 1) : null;
    }

    private static TokenGrid? GridOf(ImageShape input, IReadOnlyDictionary<string, Tensor> weights) =>
        weights.TryGetValue(StemWeight, out var stem) && stem.shape is [_, _, > 0 and var patch, _]
            ? new TokenGrid((int)(input.Height / patch), (int)(input.Width / patch), 1)
            : null;

    private void CheckFit(Dictionary<string, Tensor> expected, Dictionary<string, Tensor> taken)
    {
        if (WeightMisfit.Find(expected, taken) is { } misfit)
        {
            var found = file.Network;
            throw new UserErrorException($"{file.Path}: found weights of {found?.ToString() ?? "an unknown network"}, expected those of "
                + $"{network.Spec}{misfit}. " + (found is null || found.Architecture == network.Spec.Architecture
                    ? "Choose a file of that network." : $"Set the network to '{found}', or choose another file."));
        }
        string? broken = expected.Keys.FirstOrDefault(name => !taken[name].to_type(expected[name].dtype).isfinite().all().item<bool>());
        if (broken is not null)
        {
            throw new UserErrorException($"{file.Path}: found NaN or infinite numbers in tensor '{broken}', expected a network whose "
                + "training had a finite loss.");
        }
    }

    private string? NormalizationChange(Normalization own)
    {
        if (file.Card is null)
            return "normalisation of its images unknown, data.normalization is the run's";
        var given = file.Card.Normalization;
        bool isComparable = given.Mean.Length == own.Mean.Length;
        return !isComparable || (given.Mean.SequenceEqual(own.Mean) && given.Deviation.SequenceEqual(own.Deviation)) ? null
            : $"images normalised otherwise (mean {Numbers(given.Mean)} → {Numbers(own.Mean)}, deviation {Numbers(given.Deviation)} → "
                + $"{Numbers(own.Deviation)})";

        static string Numbers(double[] values) =>
            string.Join(' ', values.Select(value => value.ToString("0.000", CultureInfo.InvariantCulture)));
    }
}
