using System.Text.RegularExpressions;

namespace Pupil.Networks.Families;

/// <summary>
/// RepDistiller's names of VGG networks (<c>block1.0</c>): convolution, batch-norm and ReLU of a unit follow each other in one sequence. In
/// Pupil, the groups after the first begin with max pooling, which takes a number; the last one only for images from 64×64 on.
/// </summary>
internal sealed partial class VggNames : PyTorchNames
{
    // Exists only where no max-pooling layer precedes the last stage.
    private const string LastStageStart = "stage4.0.conv.weight";

    /// <inheritdoc/>
    public override bool Fit(IReadOnlySet<string> names) => names.Any(VggUnit().IsMatch);

    /// <inheritdoc/>
    public override string ToPupil(string name) => Classifier().Replace(VggUnit().Replace(name, ToPupil), "classifier.");

    /// <inheritdoc/>
    public override string ToPyTorch(string name)
    {
        if (OwnUnit().Match(name) is { Success: true } unit)
        {
            bool isEntry = unit.Groups[1].Value.Length == 0;
            int group = isEntry ? 0 : int.Parse(unit.Groups[1].ValueSpan), number = int.Parse(unit.Groups[2].ValueSpan);
            int index = 3 * (isEntry ? number + 1 : group == 4 ? number : number - 1) + (unit.Groups[3].Value == "conv" ? 0 : 1);
            return $"block{group}.{index}.{name[unit.Length..]}";
        }
        return OwnStart().Replace(name, match => match.Value == "stem." ? "block0.0." : "block0.1.");
    }

    /// <inheritdoc/>
    public override string? ArchitectureOf(WeightShapes weights) => weights.Has("stage1.1.conv.weight")
        ? $"vgg-{weights.CountLayers("stage", ".conv") + weights.CountLayers("entry", ".conv") + 4}" : null;

    /// <inheritdoc/>
    public override string ToNetwork(string name, IReadOnlySet<string> given, IReadOnlySet<string> own) =>
        given.Contains(LastStageStart) && !own.Contains(LastStageStart) ? WithLastStageMoved(name, 1) : name;

    /// <inheritdoc/>
    public override string FromNetwork(string name, IReadOnlySet<string> own) =>
        own.Contains(LastStageStart) ? name : WithLastStageMoved(name, -1);

    private static string WithLastStageMoved(string name, int by) =>
        LastUnit().Replace(name, unit => $"stage4.{int.Parse(unit.Groups[1].ValueSpan) + by}.");

    private static string ToPupil(Match unit)
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

    [GeneratedRegex(@"^(?:entry|stage(\d))\.(\d+)\.(conv|norm)\.")]
    private static partial Regex OwnUnit();

    [GeneratedRegex(@"^stage4\.(\d+)\.")]
    private static partial Regex LastUnit();

    [GeneratedRegex(@"^(?:stem|norm)\.")]
    private static partial Regex OwnStart();

    [GeneratedRegex(@"^block(\d)\.(\d+)\.")]
    private static partial Regex VggUnit();

    [GeneratedRegex(@"^(?:fc|linear)\.")]
    private static partial Regex Classifier();
}
