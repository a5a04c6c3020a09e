using Pupil.Distillation;
using Pupil.Experiments.Runs;
using Pupil.Interop.Students;
using Pupil.Training;

namespace Pupil.Cli.Display;

/// <summary>What the end of a run suggests: it is near chance, or would have become better with more epochs.</summary>
internal static class RunAdvice
{
    // Points of held-out accuracy, and the share of the training loss, that the last quarter of the epochs still gained.
    private const double SteepPoints = 0.03, SteepLoss = 0.1;

    /// <summary>Returns the sentences about a finished run, each with the next command; empty for an ordinary end.</summary>
    public static IEnumerable<string> Of(RunFolder folder, RunSummary summary)
    {
        var students = summary.Networks.Where(result => result.Network.Role is NetworkRole.Student or NetworkRole.Control).ToList();
        if (students.FirstOrDefault(result => result.Network.Role == NetworkRole.Student, students.FirstOrDefault()!) is not { } student)
            yield break;
        var test = (student.Best ?? student.Last).Test;
        string longer = $"pupil distill --resume {Output.PathFromHere(folder.Path)} --epochs {2 * summary.Epochs}";
        if (test.LabelSets is null && ClassesOf(folder.StudentFile(student.Network.Name)) is int classes
            && IsNearChance(test.Top1, test.Images, classes))
        {
            yield return $"{student.Network.Name} is near chance ({Output.Percent(1.0 / classes)} for {classes} classes): "
                + $"it has hardly learned anything. Train longer ({longer}), or look at the pictures (pupil data preview).";
        }
        else if (IsClimbing(folder.ReadEpochs(), student.Network.Name))
        {
            yield return $"{student.Network.Name} was still getting better at the end. More epochs go on from here: {longer}";
        }
    }

    /// <summary>Whether chance explains an accuracy: its 95 % interval reaches a tenth more than guessing gives.</summary>
    internal static bool IsNearChance(double top1, int images, int classes) => ShareInterval.Of(top1, images).Low <= 1.1 / classes;

    /// <summary>Whether a network improved steeply in the last quarter of its epochs.</summary>
    internal static bool IsClimbing(IReadOnlyList<EpochRecord> epochs, string network)
    {
        int quarter = epochs.Count / 4;
        if (quarter < 1)
            return false;
        double[] heldOut = [.. epochs.Where(epoch => epoch.HeldOut.ContainsKey(network)).Select(epoch => epoch.HeldOut[network].Score)];
        if (heldOut.Length == epochs.Count)
            return heldOut[^quarter..].Average() - heldOut[^(2 * quarter)..^quarter].Average() > SteepPoints;
        double[] losses = [.. epochs.Select(epoch => LossOf(epoch, network))];
        double first = losses[0], before = losses[^(2 * quarter)..^quarter].Average(), last = losses[^quarter..].Average();
        // A loss that is nearly zero falls by large shares, which gain nothing.
        return first > 0 && last > first / 4 && (before - last) / before > SteepLoss;
    }

    private static double LossOf(EpochRecord epoch, string network) =>
        epoch.Terms.FirstOrDefault(term => term.Key.Owner == network && term.Key.Name == TermName.Labels).Value;

    private static int? ClassesOf(string studentFile) => File.Exists(studentFile) ? StudentFile.ReadCard(studentFile).Classes.Count : null;
}
