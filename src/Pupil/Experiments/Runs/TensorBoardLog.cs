using Pupil.Training;
using TorchSharp;

namespace Pupil.Experiments.Runs;

/// <summary>Writes the epochs of a run as event files for TensorBoard, beside the records of the run folder.</summary>
internal static class TensorBoardLog
{
    /// <summary>The folder of the event files within a run folder.</summary>
    public const string FolderName = "tensorboard";

    /// <summary>Passes a stream of events on, and writes each epoch of the run itself, but not of its experts.</summary>
    /// <param name="events">The events of an experiment.</param>
    public static IEnumerable<RunEvent> Beside(IEnumerable<RunEvent> events)
    {
        TorchSharp.Modules.SummaryWriter? writer = null;
        foreach (var step in events)
        {
            if (step is TrainingStarted started)
                writer = started.IsExpert ? null : torch.utils.tensorboard.SummaryWriter(Path.Combine(started.Folder.Path, FolderName));
            if (writer is not null && step is Progressed { Record: EpochRecord epoch })
                Write(writer, epoch);
            yield return step;
        }
    }

    private static void Write(TorchSharp.Modules.SummaryWriter writer, EpochRecord epoch)
    {
        foreach (var (name, value) in epoch.Terms)
            writer.add_scalar($"terms/{name}", (float)value, epoch.Epoch);
        foreach (var (part, measured) in new[] { ("held-out", epoch.HeldOut), ("test", epoch.Test) })
        {
            foreach (var (network, accuracy) in measured)
            {
                writer.add_scalar($"{part}/{accuracy.ScoreName}/{network}", (float)accuracy.Score, epoch.Epoch);
                if (accuracy.Balanced is double balanced)
                    writer.add_scalar($"{part}/balanced-accuracy/{network}", (float)balanced, epoch.Epoch);
                foreach (var (stage, focus) in accuracy.Focus ?? new Dictionary<string, StageFocus>())
                    writer.add_scalar($"{part}/attention-in-box/{network}/{stage}", (float)focus.InBox, epoch.Epoch);
            }
        }
        writer.add_scalar("rate", (float)epoch.Rate, epoch.Epoch);
        writer.add_scalar("images-per-second", (float)epoch.ImagesPerSecond, epoch.Epoch);
    }
}
