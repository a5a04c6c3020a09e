using System.Text.RegularExpressions;

namespace Pupil.Export;

/// <summary>
/// What others call the weights of the networks that Pupil knows: torchvision's, timm's and chenyaofo's residual networks (<c>layer1.0.downsample.0</c>,
/// <c>fc</c>), akamaster's (<c>linear</c>, behind <c>module.</c>), RepDistiller's residual, wide residual (<c>block1.layer.0.convShortcut</c>) and VGG networks
/// (<c>block1.0</c>).
/// </summary>
internal static partial class ForeignNames
{
    // In this order, each wherever it fits.
    private static readonly (Regex Theirs, string Ours)[] Rules =
    [
        (Wrappers(), ""),
        (LayerBlock(), "stage$1.$2."),
        (WideBlock(), "stage$1.$2."),
        (FirstConvolution(), "stem."),
        (FirstNorm(), "norm."),
        (BlockNorm(), ".norm$1."),
        (ShortcutConvolution(), ".shortcut."),
        (ShortcutNorm(), ".shortcutNorm."),
        (Classifier(), "classifier."),
    ];

    /// <summary>Pupil's name of a weight; the given one where no rule fits; null for what is no weight (counters of batches).</summary>
    /// <param name="name">The name in the file.</param>
    public static string? OursOf(string name)
    {
        if (name.EndsWith(".num_batches_tracked", StringComparison.Ordinal))
            return null;
        foreach (var (theirs, ours) in Rules)
            name = theirs.Replace(name, ours);
        return VggUnit().Replace(name, OursOfVgg);
    }

    // Convolution, batch-norm and ReLU of a unit follow each other in one sequence; Pupil's last groups begin with a maximum.
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
