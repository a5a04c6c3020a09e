using System.Text.RegularExpressions;

namespace Pupil.Networks.Families;

/// <summary>
/// EfficientNet-B0 (Tan and Le 2019, table 1) as in torchvision, and EfficientNet-Lite0 (Liu 2020) by its published definition, with timm's
/// names. A 3×3 convolution with stride 2 is followed by seven groups of inverted residual blocks, a 1×1 convolution, global average,
/// classifier; all have batch-norm. B0 has SiLU and squeeze-and-excitation, to a quarter of the block's input channels; Lite0 has ReLU6 and
/// none. The stages are the last maps of 1/2 … 1/32 of the image's height and width; they end without activation. Dropout before the
/// classifier and stochastic depth are left out.
/// </summary>
internal static partial class EfficientNet
{
    private static readonly InvertedNetwork B0 = Create(ActivationKind.Silu, form => form with
    {
        Squeeze = new(form.From / 4, ActivationKind.Silu, ActivationKind.Sigmoid),
    });

    private static readonly InvertedNetwork Lite0 = Create(ActivationKind.Relu6, form => form);

    /// <summary>The entry of EfficientNet-B0 in the list of networks.</summary>
    public static NetworkFamily B0Family { get; } = new("efficientnet-b0", "images from 32×32 on", B0Name(), _ => B0.Build)
    {
        SmallestSide = 32,
        PyTorch = new ListedNames("features.1.0.block.1.fc1",
            [
                ("features.0.0", "stem"), ("features.0.1", "norm"),
                .. B0.Blocks.SelectMany(block =>
                    InvertedNetwork.TorchvisionNames(block, $"features.{block.Group + 1}.{block.Place}.block")),
                ("features.8.0", "exit.0.conv"), ("features.8.1", "exit.0.norm"), ("classifier.1", "classifier"),
            ],
            weights => B0.Fits(weights) ? "efficientnet-b0" : null),
    };

    /// <summary>The entry of EfficientNet-Lite0 in the list of networks.</summary>
    public static NetworkFamily Lite0Family { get; } = new("efficientnet-lite0", "images from 32×32 on", Lite0Name(), _ => Lite0.Build)
    {
        SmallestSide = 32,
        // timm's other networks of inverted blocks have the same names.
        PyTorch = new ListedNames("blocks.0.0.conv_dw",
            [
                ("conv_stem", "stem"), ("bn1", "norm"), .. Lite0.Blocks.SelectMany(TimmNames), ("conv_head", "exit.0.conv"),
                ("bn2", "exit.0.norm"), ("classifier", "classifier"),
            ],
            weights => Lite0.Fits(weights) && !weights.HasAny("blocks.", ".se.") ? "efficientnet-lite0" : null),
    };

    private static IEnumerable<(string Foreign, string Own)> TimmNames(PlacedBlock block)
    {
        (string Own, string Foreign)[] units = block.Form.Expands
            ? [("expansion", "conv_pw"), ("depthwise", "conv_dw"), ("projection", "conv_pwl")]
            : [("depthwise", "conv_dw"), ("projection", "conv_pw")];
        string sequence = $"blocks.{block.Group}.{block.Place}";
        return units.Index().SelectMany(unit => new[]
        {
            ($"{sequence}.{unit.Item.Foreign}", $"{block.Name}.{unit.Item.Own}.conv"),
            ($"{sequence}.bn{unit.Index + 1}", $"{block.Name}.{unit.Item.Own}.norm"),
        });
    }

    [GeneratedRegex("^efficientnet-b0\\z")]
    private static partial Regex B0Name();

    [GeneratedRegex("^efficientnet-lite0\\z")]
    private static partial Regex Lite0Name();

    private static InvertedNetwork Create(ActivationKind activation, Func<InvertedForm, InvertedForm> change)
    {
        return new(32,
            [
                Group(1, 32, 16, 3, 1, 1), Group(2, 16, 24, 3, 2), Group(2, 24, 40, 5, 2), Group(3, 40, 80, 3, 2), Group(3, 80, 112, 5, 1),
                Group(4, 112, 192, 5, 2), Group(1, 192, 320, 3, 1),
            ], 1280)
        {
            Activation = activation,
        };

        InvertedForm[] Group(int count, int from, int to, int size, int stride, int expansion = 6) =>
            InvertedNetwork.Group(count, from, to, size, stride, expansion, form => change(form with { Activation = activation }));
    }
}
