using System.Globalization;
using Pupil.Distillation.Methods;
using Pupil.Images.Transforms;
using Pupil.Networks;
using Pupil.Settings;

namespace Pupil.Experiments.Recipes;

/// <summary>
/// The values of a preset. Each is an option of its own, so that an ablation can switch one at a time. A preset that the recipe names sets
/// the values that the recipe leaves open; one that is asked for beside the recipe (<c>--set preset=…</c>) replaces those that the recipe
/// writes too, and yields to other values that are set beside it.
/// </summary>
/// <param name="draft">The recipe as written.</param>
internal sealed class Presets(SettingsDraft draft)
{
    private const string Reason = "preset released-code";
    private static readonly int[] Drops = [59, 119, 159];

    // [125.3, 123.0, 113.9] and [63.0, 62.1, 66.7] of 255, for CIFAR-10 and CIFAR-100 alike.
    private static readonly Normalization Cifar = new()
    {
        Mean = [0.49137254901960785, 0.4823529411764706, 0.44666666666666666],
        Deviation = [0.24705882352941178, 0.2435294117647059, 0.2615686274509804],
    };

    private readonly bool _isAskedFor = draft.IsOverridden("preset");

    /// <summary>
    /// Completes a recipe by its preset. <c>paper</c> takes the defaults of the records. <c>released-code</c> follows the authors' code
    /// where it differs: attention on the scratch teacher, a shared first convolution, and the path term divided by the configured batch.
    /// Further: the mean over elements for kd, momentum reset at the rate drops, drops one epoch earlier, its own initialisation, and on
    /// CIFAR its normalisation. A trained expert has the same optimizer, schedule and initialisation.
    /// </summary>
    public static void Complete(SettingsDraft draft)
    {
        if (draft.Text("preset") == "released-code")
            new Presets(draft).Complete();
    }

    private void Complete()
    {
        switch (draft.Text("method.name"))
        {
            case "ctkd":
                CompleteCollaborativeTeaching();
                break;
            case "kd":
                Set("method.reduction", SoftenedReduction.ElementMean);
                break;
        }
        CompleteTraining("training");
        for (int i = 0; i < draft.Count("students"); i++)
            Set($"students[{i}].network.initialization", Initialization.ReleasedCode);
        if (draft.IsSet("expert") && draft.Text("expert.network.architecture") is not null && draft.Text("expert.file") is null)
        {
            CompleteTraining("expert.training");
            Set("expert.network.initialization", Initialization.ReleasedCode);
        }
        if (draft.Text("data.source.name") is "cifar10" or "cifar100")
            Set("data.normalization", Cifar);
    }

    private void CompleteTraining(string training)
    {
        if (draft.Text($"{training}.optimizer.name") == "sgd")
            Set($"{training}.optimizer.resetMomentumAtRateDrops", true);
        if (draft.Text($"{training}.schedule.name") != "multi-step")
            return;
        // Drops that the recipe writes are those of another number of epochs.
        string milestones = $"{training}.schedule.milestones";
        Set(milestones, draft.IsSet(milestones)
            ? [.. Enumerable.Range(0, draft.Count(milestones)).Select(i => Number($"{milestones}[{i}]") - 1)] : Drops);
    }

    private int Number(string path) =>
        int.TryParse(draft.Text(path), NumberStyles.Integer, CultureInfo.InvariantCulture, out int number) ? number : 0;

    private void CompleteCollaborativeTeaching()
    {
        string? teachers = draft.Text("method.teachers");
        if (teachers != "expert-only")
        {
            Set("method.shareFirstConvolution", true);
            Set("method.attentionOn", AttentionLearner.ScratchTeacher);
        }
        Set("method.pathDivisor", PathDivisor.ConfiguredBatch);
        Set("method.scratchTeacher.initialization", Initialization.ReleasedCode);
    }

    private void Set(string path, object value)
    {
        if (_isAskedFor)
            draft.Replace(path, value, Reason);
        else
            draft.SetIfMissing(path, value, Reason);
    }
}
