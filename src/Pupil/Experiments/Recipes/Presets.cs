using Pupil.Distillation.Methods;
using Pupil.Networks;
using Pupil.Settings;

namespace Pupil.Experiments.Recipes;

/// <summary>
/// The defaults of a preset, used wherever the recipe gives no value. Each is an option of its own, so that an ablation can switch one at a
/// time.
/// </summary>
internal static class Presets
{
    private const string Reason = "preset released-code";
    private static readonly int[] Drops = [59, 119, 159];

    /// <summary>
    /// Completes a recipe by its preset. <c>paper</c> takes the defaults of the records. <c>released-code</c> follows the authors' code
    /// where it differs: attention on the scratch teacher, a shared first convolution, and the path term divided by the configured batch.
    /// Further: the mean over elements for kd, momentum reset at the rate drops, drops one epoch earlier, and its own initialisation.
    /// </summary>
    public static void Complete(SettingsDraft draft)
    {
        if (draft.Text("preset") != "released-code")
            return;
        switch (draft.Text("method.name"))
        {
            case "ctkd":
                CompleteCollaborativeTeaching(draft);
                break;
            case "kd":
                draft.SetIfMissing("method.reduction", SoftenedReduction.ElementMean, Reason);
                break;
        }
        if (draft.Text("training.optimizer.name") == "sgd")
            draft.SetIfMissing("training.optimizer.resetMomentumAtRateDrops", true, Reason);
        if (draft.Text("training.schedule.name") == "multi-step")
            draft.SetIfMissing("training.schedule.milestones", Drops, Reason);
        for (int i = 0; i < draft.Count("students"); i++)
            draft.SetIfMissing($"students[{i}].network.initialization", Initialization.ReleasedCode, Reason);
    }

    private static void CompleteCollaborativeTeaching(SettingsDraft draft)
    {
        string? teachers = draft.Text("method.teachers");
        if (teachers != "expert-only")
        {
            draft.SetIfMissing("method.shareFirstConvolution", true, Reason);
            draft.SetIfMissing("method.attentionOn", AttentionLearner.ScratchTeacher, Reason);
        }
        draft.SetIfMissing("method.pathDivisor", PathDivisor.ConfiguredBatch, Reason);
        draft.SetIfMissing("method.scratchTeacher.initialization", Initialization.ReleasedCode, Reason);
    }
}
