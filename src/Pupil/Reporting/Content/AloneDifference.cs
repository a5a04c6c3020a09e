using Pupil.Distillation.Methods;
using Pupil.Experiments.Recipes;
using Pupil.Experiments.Runs;
using Pupil.Reporting.Statistics;
using Pupil.Settings;

namespace Pupil.Reporting.Content;

/// <summary>
/// The difference of a taught student to the same student alone, with the weights that are best on the held-out images, or the last
/// weights if no images are held out.
/// </summary>
/// <param name="Mean">The difference of the means over the seeds, −1…1.</param>
/// <param name="HalfWidth">Half its 95 % interval; null where no deviation can be estimated.</param>
/// <param name="IsOfImages">Whether the interval is that of the sampling of test images only, because there is one seed.</param>
internal sealed record AloneDifference(double Mean, double? HalfWidth, bool IsOfImages)
{
    // The 97.5 % quantile of the normal distribution.
    private const double Deviations = 1.96;

    /// <summary>
    /// Returns the difference of a group's network. Null for one that is not a taught student, and where no student alone has its
    /// architecture, images and training.
    /// </summary>
    /// <param name="content">The report.</param>
    /// <param name="group">The group.</param>
    /// <param name="network">The network's runs.</param>
    public static AloneDifference? OfStudent(ReportContent content, ReportGroup group, RunGroup network)
    {
        if (network.Network.Role != NetworkRole.Student || group.Recipe?.Method is null or SupervisedOptions)
            return null;
        if (AloneOf(content, group, network.Network) is not { } alone)
            return null;
        var (own, other) = network.BestBySeed is { } best && alone.BestBySeed is { } bestAlone
            ? (best, bestAlone) : (network.LastBySeed, alone.LastBySeed);
        double[] scores = [.. own.Values], alones = [.. other.Values];
        var difference = MeanDifference.Between(scores, alones, PooledDeviation.Of([scores, alones]));
        int images = network.Runs[0].Images.Test;
        // A mean average precision is no share of images.
        if (scores.Length > 1 || alones.Length > 1 || network.ScoreName != "accuracy" || images < 1)
            return new(difference.Mean, difference.Test?.HalfWidth, IsOfImages: false);
        // The variance of two independent samples of images: an upper bound for networks with correlated errors.
        double variance = (scores[0] * (1 - scores[0]) + alones[0] * (1 - alones[0])) / images;
        return new(difference.Mean, Deviations * Math.Sqrt(variance), IsOfImages: true);
    }

    // The control in the same runs, or a group of its own with the same settings.
    private static RunGroup? AloneOf(ReportContent content, ReportGroup group, RunNetwork network)
    {
        if (Find(group, NetworkRole.Control, network.Architecture) is { } control)
            return control;
        return content.Groups.Where(other => other.Recipe?.Method is SupervisedOptions && Setting(other) == Setting(group))
            .Select(other => Find(other, NetworkRole.Student, network.Architecture)).FirstOrDefault(found => found is not null);
    }

    private static RunGroup? Find(ReportGroup group, NetworkRole role, string architecture) =>
        RunGroup.Over(group.Finished).FirstOrDefault(found => found.Network.Role == role && found.Network.Architecture == architecture);

    // The settings of a student apart from its teachers.
    private static string Setting(ReportGroup group) =>
        SettingsWriter.Write(new Recipe { Data = group.Recipe!.Data, Training = group.Recipe.Training });
}
