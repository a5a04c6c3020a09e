using System.Text.RegularExpressions;

namespace Pupil.Interop.PyTorch;

/// <summary>
/// What others call the weights of the networks that Pupil knows: torchvision's, timm's and chenyaofo's residual networks (<c>layer1.0.downsample.0</c>,
/// <c>fc</c>), akamaster's (<c>linear</c>, behind <c>module.</c>), RepDistiller's residual, wide residual (<c>block1.layer.0.convShortcut</c>) and VGG networks
/// (<c>block1.0</c>), MobileNetV2 and ShuffleNetV2 (<see cref="ModuleNames"/>).
/// </summary>
internal static partial class ForeignNames
{
    // In this order, each wherever it fits.
    private static readonly (Regex Theirs, string Ours)[] Rules =
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

    /// <summary>Pupil's names of a file's weights by their names there, which stay where no rule fits; without what is no weight (counters of batches).</summary>
    /// <param name="names">All names in the file: what some mean, only others tell.</param>
    public static IReadOnlyDictionary<string, string> OursOf(IEnumerable<string> names)
    {
        var bare = names.Where(name => !name.EndsWith(".num_batches_tracked", StringComparison.Ordinal))
            .ToDictionary(name => name, name => Wrappers().Replace(name, ""), StringComparer.Ordinal);
        Func<string, string> rename = ModuleNames.MobileNetV2.Fit(bare.Values) ? ModuleNames.MobileNetV2.OursOf
            : ModuleNames.ShuffleNetV2.Fit(bare.Values) ? ModuleNames.ShuffleNetV2.OursOf
            : OursByRules;
        return bare.ToDictionary(entry => entry.Key, entry => rename(entry.Value), StringComparer.Ordinal);
    }

    /// <summary>
    /// What a PyTorch user expects a weight to be called: as in torchvision for residual networks, as in RepDistiller for the others. Pupil's own name for
    /// what neither has.
    /// </summary>
    /// <param name="name">Pupil's name.</param>
    /// <param name="architecture">The network's.</param>
    public static string TheirsOf(string name, string architecture)
    {
        if (architecture.StartsWith("vgg-", StringComparison.Ordinal))
            return TheirsOfVgg(name);
        if (architecture.StartsWith("mobilenet-v2-", StringComparison.Ordinal))
            return ModuleNames.MobileNetV2.TheirsOf(name);
        if (architecture.StartsWith("shufflenet-v2-", StringComparison.Ordinal))
            return ModuleNames.ShuffleNetV2.TheirsOf(name);
        bool isWide = architecture.StartsWith("wrn-", StringComparison.Ordinal);
        if (!isWide && !architecture.Contains("resnet-", StringComparison.Ordinal))
            return name;
        name = OwnBlock().Replace(name, isWide ? "block$1.layer.$2." : "layer$1.$2.");
        name = name.Replace(".shortcutNorm.", ".downsample.1.", StringComparison.Ordinal)
            .Replace(".shortcut.", isWide ? ".convShortcut." : ".downsample.0.", StringComparison.Ordinal)
            .Replace(".norm", ".bn", StringComparison.Ordinal);
        return OwnEnd().Replace(name, match => match.Value switch { "stem." => "conv1.", "norm." => "bn1.", _ => "fc." });
    }

    private static string OursByRules(string name)
    {
        foreach (var (theirs, ours) in Rules)
            name = theirs.Replace(name, ours);
        return VggUnit().Replace(name, OursOfVgg);
    }

    private static string TheirsOfVgg(string name)
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
    /// The name of a VGG's weight with the units of the last stage counted from another start: a maximum comes before them for images from 64×64 on, and counts here, but not in
    /// RepDistiller's names nor in what <see cref="OursOf"/> makes of them.
    /// </summary>
    public static string WithLastStageMoved(string name, int by) => LastUnit().Replace(name, unit => $"stage4.{int.Parse(unit.Groups[1].ValueSpan) + by}.");

    // Convolution, batch-norm and ReLU of a unit follow each other in one sequence; Pupil's groups but the last begin with a maximum.
    private static string OursOfVgg(Match unit)
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
