using System.Text.RegularExpressions;

namespace Pupil.Interop.PyTorch;

/// <summary>
/// Translates weight names between PyTorch projects and Pupil. Known are residual networks of torchvision, timm and chenyaofo
/// (<c>layer1.0.downsample.0</c>, <c>fc</c>) and of akamaster (<c>linear</c>, behind <c>module.</c>). Known are also RepDistiller's
/// residual, wide residual (<c>block1.layer.0.convShortcut</c>) and VGG networks (<c>block1.0</c>), and its MobileNetV2 and ShuffleNetV2
/// (<see cref="ModuleNames"/>).
/// </summary>
internal static partial class ForeignNames
{
    // All rules apply in this order.
    private static readonly (Regex Foreign, string Own)[] Rules =
    [
        (LayerBlock(), "stage$1.$2."),
        (WideBlock(), "stage$1.$2."),
        (FirstConvolution(), "stem."),
        (FirstNorm(), "norm."),
        (BlockNorm(), ".norm$1."),
        (ShortcutConvolution(), ".shortcut."),
        (ShortcutNorm(), ".shortcutNorm."),
        (Classifier(), "classifier."),
    ];

    /// <summary>Maps the names in a file to Pupil's names. Names without a rule stay; batch counters are left out.</summary>
    /// <param name="names">All names in the file: the meaning of some depends on others.</param>
    public static IReadOnlyDictionary<string, string> ToPupil(IEnumerable<string> names)
    {
        var bare = names.Where(name => !name.EndsWith(".num_batches_tracked", StringComparison.Ordinal))
            .ToDictionary(name => name, name => Wrappers().Replace(name, ""), StringComparer.Ordinal);
        Func<string, string> rename = ModuleNames.MobileNetV2.Fit(bare.Values) ? ModuleNames.MobileNetV2.ToPupil
            : ModuleNames.ShuffleNetV2.Fit(bare.Values) ? ModuleNames.ShuffleNetV2.ToPupil
            : ToPupilByRules;
        return bare.ToDictionary(entry => entry.Key, entry => rename(entry.Value), StringComparer.Ordinal);
    }

    /// <summary>
    /// Returns the name of a weight in PyTorch: torchvision's for residual networks, RepDistiller's for the others. Names that
    /// neither has stay.
    /// </summary>
    /// <param name="name">Pupil's name.</param>
    /// <param name="architecture">The network's architecture.</param>
    public static string ToPyTorch(string name, string architecture)
    {
        if (architecture.StartsWith("vgg-", StringComparison.Ordinal))
            return ToPyTorchOfVgg(name);
        if (architecture.StartsWith("mobilenet-v2-", StringComparison.Ordinal))
            return ModuleNames.MobileNetV2.ToPyTorch(name);
        if (architecture.StartsWith("shufflenet-v2-", StringComparison.Ordinal))
            return ModuleNames.ShuffleNetV2.ToPyTorch(name);
        bool isWide = architecture.StartsWith("wrn-", StringComparison.Ordinal);
        if (!isWide && !architecture.Contains("resnet-", StringComparison.Ordinal))
            return name;
        name = OwnBlock().Replace(name, isWide ? "block$1.layer.$2." : "layer$1.$2.");
        name = name.Replace(".shortcutNorm.", ".downsample.1.", StringComparison.Ordinal)
            .Replace(".shortcut.", isWide ? ".convShortcut." : ".downsample.0.", StringComparison.Ordinal)
            .Replace(".norm", ".bn", StringComparison.Ordinal);
        return OwnEnd().Replace(name, match => match.Value switch { "stem." => "conv1.", "norm." => "bn1.", _ => "fc." });
    }

    private static string ToPupilByRules(string name)
    {
        foreach (var (foreign, own) in Rules)
            name = foreign.Replace(name, own);
        return VggUnit().Replace(name, ToPupilOfVgg);
    }

    private static string ToPyTorchOfVgg(string name)
    {
        if (OwnUnit().Match(name) is { Success: true } unit)
        {
            bool isEntry = unit.Groups[1].Value.Length == 0;
            int group = isEntry ? 0 : int.Parse(unit.Groups[1].ValueSpan), number = int.Parse(unit.Groups[2].ValueSpan);
            int index = 3 * (isEntry ? number + 1 : group == 4 ? number : number - 1) + (unit.Groups[3].Value == "conv" ? 0 : 1);
            return $"block{group}.{index}.{name[unit.Length..]}";
        }
        return OwnEnd().Replace(name, match => match.Value switch { "stem." => "block0.0.", "norm." => "block0.1.", var other => other });
    }

    /// <summary>
    /// Returns the name of a VGG weight with the unit numbers of the last stage shifted. For images from 64×64 on, a max-pooling layer
    /// precedes these units. Pupil's numbers count it; RepDistiller's names and <see cref="ToPupil"/> do not.
    /// </summary>
    public static string WithLastStageMoved(string name, int by) =>
        LastUnit().Replace(name, unit => $"stage4.{int.Parse(unit.Groups[1].ValueSpan) + by}.");

    // Convolution, batch-norm and ReLU of a unit follow each other in one sequence; Pupil's groups but the last begin with max pooling.
    private static string ToPupilOfVgg(Match unit)
    {
        int group = int.Parse(unit.Groups[1].ValueSpan), index = int.Parse(unit.Groups[2].ValueSpan);
        string part = index % 3 == 0 ? "conv" : "norm";
        return (group, index / 3) switch
        {
            (0, 0) => part == "conv" ? "stem." : "norm.",
            (0, var number) => $"entry.{number - 1}.{part}.",
            (4, var number) => $"stage4.{number}.{part}.",
            var (stage, number) => $"stage{stage}.{number + 1}.{part}.",
        };
    }

    [GeneratedRegex(@"^stage(\d)\.(\d+)\.")]
    private static partial Regex OwnBlock();

    [GeneratedRegex(@"^(?:entry|stage(\d))\.(\d+)\.(conv|norm)\.")]
    private static partial Regex OwnUnit();

    [GeneratedRegex(@"^stage4\.(\d+)\.")]
    private static partial Regex LastUnit();

    [GeneratedRegex(@"^(?:stem|norm|classifier)\.")]
    private static partial Regex OwnEnd();

    [GeneratedRegex(@"^(?:module\.|_orig_mod\.|model\.|backbone\.|encoder\.)+")]
    private static partial Regex Wrappers();

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

    [GeneratedRegex(@"^block(\d)\.(\d+)\.")]
    private static partial Regex VggUnit();
}
