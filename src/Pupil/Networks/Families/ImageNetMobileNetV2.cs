using System.Globalization;
using System.Text.RegularExpressions;

namespace Pupil.Networks.Families;

/// <summary>
/// MobileNetV2 (Sandler et al. 2018, table 2) as in torchvision, for ImageNet: a 3×3 convolution with stride 2, seven groups of inverted
/// residual blocks, a 1×1 convolution, global average, classifier; batch-norm and ReLU6. Widths are rounded to multiples of 8. The first
/// block has no expansion, the second group stride 2. The stages are the last maps of 1/2 … 1/32 of the image's height and width; they
/// end without activation. torchvision's dropout before the classifier is left out.
/// </summary>
internal static partial class ImageNetMobileNetV2
{
    // All names of the family, the published widths first: some widths between have the same channels.
    private static readonly decimal[] Widths =
        [1, 0.35m, 0.5m, 0.75m, 1.3m, 1.4m, .. Enumerable.Range(25, 176).Select(hundredths => hundredths / 100m)];

    /// <summary>The family's entry in the list of networks.</summary>
    public static NetworkFamily Family { get; } = new("imagenet-mobilenet-v2-WIDTH",
        "width 0.25…2 (1 is published; images from 32×32 on)", Names(), Parse)
    {
        SmallestSide = 32,
        PyTorch = new ListedNames("features.1.conv.1",
            [
                ("features.0.0", "stem"), ("features.0.1", "norm"), .. OfWidth(1).Blocks.Index().SelectMany(PyTorchUnits),
                ("features.18.0", "exit.0.conv"), ("features.18.1", "exit.0.norm"), ("classifier.1", "classifier"),
            ],
            weights => Widths.Where(width => OfWidth(width).Fits(weights)).Take(1)
                .Select(width => string.Create(CultureInfo.InvariantCulture, $"imagenet-mobilenet-v2-{width:0.##}")).SingleOrDefault()),
    };

    // A block is a sequence; its last convolution and batch-norm are no sequence of their own.
    private static IEnumerable<(string Foreign, string Own)> PyTorchUnits((int Index, PlacedBlock Block) entry)
    {
        string sequence = $"features.{entry.Index + 1}.conv";
        int last = entry.Block.Form.Expands ? 2 : 1;
        return InvertedNetwork.TorchvisionNames(entry.Block, sequence).SkipLast(2)
            .Append(($"{sequence}.{last}", $"{entry.Block.Name}.projection.conv"))
            .Append(($"{sequence}.{last + 1}", $"{entry.Block.Name}.projection.norm"));
    }

    [GeneratedRegex("^imagenet-mobilenet-v2-([012]|[01]\\.[0-9]?[1-9])\\z")]
    private static partial Regex Names();

    private static NetworkBuilder? Parse(GroupCollection name)
    {
        decimal width = decimal.Parse(name[1].ValueSpan, CultureInfo.InvariantCulture);
        return width is >= 0.25m and <= 2 ? OfWidth(width).Build : null;
    }

    private static InvertedNetwork OfWidth(decimal width)
    {
        int stem = Wide(32);
        return new(stem,
            [
                Group(1, stem, Wide(16), 1, expansion: 1),
                Group(2, Wide(16), Wide(24), 2),
                Group(3, Wide(24), Wide(32), 2),
                Group(4, Wide(32), Wide(64), 2),
                Group(3, Wide(64), Wide(96), 1),
                Group(3, Wide(96), Wide(160), 2),
                Group(1, Wide(160), Wide(320), 1),
            ],
            InvertedNetwork.Rounded(1280 * Math.Max(1, width)))
        {
            Activation = ActivationKind.Relu6,
        };

        int Wide(int channels) => InvertedNetwork.Rounded(channels * width);

        static InvertedForm[] Group(int count, int from, int to, int stride, int expansion = 6) =>
            InvertedNetwork.Group(count, from, to, 3, stride, expansion, form => form with { Activation = ActivationKind.Relu6 });
    }
}
