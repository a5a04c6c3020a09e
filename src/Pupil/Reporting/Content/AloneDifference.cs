using Pupil.Distillation.Methods;
using Pupil.Experiments.Recipes;
using Pupil.Experiments.Runs;
using Pupil.Reporting.Comparisons;
using Pupil.Settings;

namespace Pupil.Reporting.Content;

/// <summary>How far a taught student is from the same student alone, with the held-out-best weights, or the last where nothing was held out.</summary>
/// <param name="Mean">The mean difference over the seeds that both have, 0…1.</param>
/// <param name="HalfWidth">Half its 95 % interval; null where all differences are equal.</param>
/// <param name="IsOfImages">Whether that is the chance of the test images alone, because there is one seed.</param>
public sealed record AloneDifference(double Mean, double? HalfWidth, bool IsOfImages)
{
    // Of a normal distribution: 95 % lie within.
    private const double Deviations = 1.96;

    /// <summary>Of a network of a group; null for one that nobody taught, and where no student alone has its network, images and training.</summary>
    /// <param name="content">The report.</param>
    /// <param name="group">The group.</param>
    /// <param name="network">The network's runs.</param>
    internal static AloneDifference? OfStudent(ReportContent content, ReportGroup group, RunGroup network)
    {
        if (network.Network.Role != NetworkRole.Student || group.Recipe?.Method is null or SupervisedOptions || AloneOf(content, group, network.Network) is not { } alone)
            return null;
        var (own, other) = network.BestBySeed is { } best && alone.BestBySeed is { } bestAlone ? (best, bestAlone) : (network.LastBySeed, alone.LastBySeed);
        if (PairedDifference.Between(own, other) is not { } difference)
            return null;
        if (difference.Count > 1)
            return new(difference.Mean, difference.HalfWidth, IsOfImages: false);
        int seed = own.Keys.First(other.ContainsKey), images = network.Runs[0].Images.Test;
        // As if both were measured on other images: an upper bound for networks that err alike.
        double variance = (own[seed] * (1 - own[seed]) + other[seed] * (1 - other[seed])) / images;
        return images < 1 ? null : new(difference.Mean, Deviations * Math.Sqrt(variance), IsOfImages: true);
    }

    // Beside it in the same runs, or a group of its own under the same setting.
    private static RunGroup? AloneOf(ReportContent content, ReportGroup group, RunNetwork network) =>
        Find(group, NetworkRole.Control, network.Architecture) ?? content.Groups.Where(other => other.Recipe?.Method is SupervisedOptions && Setting(other) == Setting(group))
            .Select(other => Find(other, NetworkRole.Student, network.Architecture)).FirstOrDefault(found => found is not null);

    private static RunGroup? Find(ReportGroup group, NetworkRole role, string architecture) =>
        RunGroup.Over(group.Finished).FirstOrDefault(found => found.Network.Role == role && found.Network.Architecture == architecture);

    // All that decides over a student beside who teaches it.
    private static string Setting(ReportGroup group) => SettingsWriter.Write(new Recipe { Data = group.Recipe!.Data, Training = group.Recipe.Training });
}
