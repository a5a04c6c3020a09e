using System.Text.RegularExpressions;

namespace Pupil.Networks.Families;

/// <summary>
/// PyTorch names of residual networks: torchvision's, timm's and chenyaofo's (<c>layer1.0.downsample.0</c>, <c>fc</c>), akamaster's
/// (<c>shortcut.0</c>, <c>linear</c>), and RepDistiller's wide ones (<c>block1.layer.0.convShortcut</c>).
/// </summary>
/// <param name="block">The start of a block's name in PyTorch, with <c>$1</c> for the stage's number and <c>$2</c> for the block's.</param>
/// <param name="shortcut">The name of a shortcut's convolution in PyTorch, with dots.</param>
/// <param name="foreignBlock">Matches the start of a block's name in PyTorch.</param>
/// <param name="architectureOf">Returns the architecture of weights by Pupil's names, or null.</param>
internal sealed partial class ResidualNames(string block, string shortcut, Regex foreignBlock, Func<WeightShapes, string?> architectureOf)
    : PyTorchNames
{
    // A residual block has up to three convolutions; other networks of the same names have more.
    private const string NoResidualBlock = "layer1.0.conv4.weight";

    private readonly (Regex Foreign, string Own)[] _rules =
    [
        (foreignBlock, "stage$1.$2."),
        (FirstConvolution(), "stem."),
        (FirstNorm(), "norm."),
        (BlockNorm(), ".norm$1."),
        (ShortcutConvolution(), ".shortcut."),
        (ShortcutNorm(), ".shortcutNorm."),
        (Classifier(), "classifier."),
    ];

    /// <summary>The names of networks whose groups of blocks are called <c>layer</c>.</summary>
    public static ResidualNames OfLayers(Func<WeightShapes, string?> architectureOf) =>
        new("layer$1.$2.", ".downsample.0.", LayerBlock(), architectureOf);

    /// <summary>The names of networks whose groups of blocks are called <c>block</c>.</summary>
    public static ResidualNames OfBlocks(Func<WeightShapes, string?> architectureOf) =>
        new("block$1.layer.$2.", ".convShortcut.", WideBlock(), architectureOf);

    /// <inheritdoc/>
    public override bool Fit(IReadOnlySet<string> names) =>
        !names.Contains(NoResidualBlock) && names.Any(foreignBlock.IsMatch);

    /// <inheritdoc/>
    public override string ToPupil(string name) => _rules.Aggregate(name, (changed, rule) => rule.Foreign.Replace(changed, rule.Own));

    /// <inheritdoc/>
    public override string ToPyTorch(string name)
    {
        name = OwnBlock().Replace(name, block);
        name = name.Replace(".shortcutNorm.", ".downsample.1.", StringComparison.Ordinal)
            .Replace(".shortcut.", shortcut, StringComparison.Ordinal)
            .Replace(".norm", ".bn", StringComparison.Ordinal);
        return OwnEnd().Replace(name, match => match.Value switch { "stem." => "conv1.", "norm." => "bn1.", _ => "fc." });
    }

    /// <inheritdoc/>
    public override string? ArchitectureOf(WeightShapes weights) => architectureOf(weights);

    /// <summary>Outlines a network whose blocks normalise the outputs of their convolutions.</summary>
    /// <returns>
    /// The number of the blocks' convolutions, the channels of the first one, and what tells the families apart; null for other weights.
    /// </returns>
    public static (int Convolutions, long Channels, bool HasFourthStage, bool HasShortcutNorm)? OutlineOf(WeightShapes weights)
    {
        bool isPlain = NormalizesInput(weights) is false && !weights.HasAny("stage", ".squeeze.");
        if (!isPlain || weights.Find("stage1.0.conv1.weight", 4) is not { } first)
            return null;
        return (weights.CountLayers("stage", ".conv"), first[0], weights.HasAny("stage4.", ""), weights.HasAny("", ".shortcutNorm."));
    }

    /// <summary>Whether blocks normalise their input, and not the output of their convolution; null if there are no such blocks.</summary>
    public static bool? NormalizesInput(WeightShapes weights) =>
        weights.Find("stage2.0.conv1.weight", 4) is { } second && weights.Find("stage2.0.norm1.weight", 1) is { } norm
            ? norm[0] == second[1] : null;

    [GeneratedRegex(@"^stage(\d)\.(\d+)\.")]
    private static partial Regex OwnBlock();

    [GeneratedRegex(@"^(?:stem|norm|classifier)\.")]
    private static partial Regex OwnEnd();

    [GeneratedRegex(@"^layer(\d)\.(\d+)\.")]
    private static partial Regex LayerBlock();

    [GeneratedRegex(@"^block(\d)\.layer\.(\d+)\.")]
    private static partial Regex WideBlock();

    [GeneratedRegex(@"^conv1\.(?=weight|bias)")]
    private static partial Regex FirstConvolution();

    [GeneratedRegex(@"^bn1\.")]
    private static partial Regex FirstNorm();

    [GeneratedRegex(@"\.bn(\d)\.")]
    private static partial Regex BlockNorm();

    [GeneratedRegex(@"\.(?:downsample\.0|shortcut\.0|convShortcut)\.")]
    private static partial Regex ShortcutConvolution();

    [GeneratedRegex(@"\.(?:downsample|shortcut)\.1\.")]
    private static partial Regex ShortcutNorm();

    [GeneratedRegex(@"^(?:fc|linear)\.")]
    private static partial Regex Classifier();
}
