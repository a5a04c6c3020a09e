using Pupil.Core;
using Pupil.Settings;

namespace Pupil.Experiments.Runs;

/// <summary>One network under one method, over several runs that differ in nothing but their seeds.</summary>
/// <param name="Network">The network.</param>
/// <param name="Runs">What the runs say, at least one.</param>
/// <param name="Results">What each of them says of the network, in the same order.</param>
public sealed record RunGroup(RunNetwork Network, IReadOnlyList<RunSummary> Runs, IReadOnlyList<NetworkResult> Results)
{
    /// <summary>The method.</summary>
    public string Method => Runs[0].Method;

    /// <summary>The runs' seeds.</summary>
    public IReadOnlyList<int> Seeds => [.. Runs.Select(run => run.Seed)];

    /// <summary>Test accuracy with the weights of the last epoch, 0…1.</summary>
    public Spread Last => Spread.OfValues([.. LastBySeed.Values]);

    /// <summary>Test accuracy with those of the epoch that was best on the held-out part, 0…1; null if a run held nothing out.</summary>
    public Spread? Best => BestBySeed is { } best ? Spread.OfValues([.. best.Values]) : null;

    /// <summary>Test accuracy of each seed with the weights of the last epoch, 0…1.</summary>
    public IReadOnlyDictionary<int, double> LastBySeed => BySeed(result => result.Last.Test.Top1);

    /// <summary>Test accuracy of each seed with the held-out-best weights, 0…1; null if a run held nothing out.</summary>
    public IReadOnlyDictionary<int, double>? BestBySeed =>
        Results.All(result => result.Best is not null) ? BySeed(result => result.Best!.Test.Top1) : null;

    /// <summary>Seconds of training of the whole run.</summary>
    public Spread Seconds => Spread.OfValues([.. Runs.Select(run => run.TrainingSeconds)]);

    /// <summary>Training images a second of the whole run, evaluation apart.</summary>
    public Spread ImagesPerSecond => Spread.OfValues([.. Runs.Select(run => (double)run.Images.Train * run.Epochs / run.TrainingSeconds)]);

    /// <summary>Groups finished runs that differ in nothing but their seeds.</summary>
    /// <param name="folders">Their folders.</param>
    /// <exception cref="UserErrorException">A run is not finished, or two runs of one recipe have the same seed.</exception>
    public static IReadOnlyList<RunGroup> Of(IEnumerable<RunFolder> folders)
    {
        var runs = folders.Select(folder => (Folder: folder, Recipe: folder.ReadRecipe() with { Seed = 0 }, Summary: folder.ReadSummary()
            ?? throw new UserErrorException($"{folder.Path}: the run is not finished; leave it out, or go on with it by --resume."))).ToList();
        var groups = new List<RunGroup>();
        foreach (var sameRecipe in runs.GroupBy(run => SettingsWriter.Write(run.Recipe)))
        {
            if (sameRecipe.GroupBy(run => run.Summary.Seed).FirstOrDefault(same => same.Count() > 1) is { } twice)
                throw new UserErrorException($"{twice.Last().Folder.Path}: has the recipe and seed of {twice.First().Folder.Path}; give each seed once.");
            foreach (var run in sameRecipe)
            {
                if ((RecordCheck.FaultBetween(run.Summary, run.Folder.ReadRecipe()) ?? RecordCheck.FaultBetween(run.Summary, sameRecipe.First().Summary)) is { } fault)
                    throw new UserErrorException($"{run.Folder.SummaryFile}: {fault}; the file is damaged, or belongs to another run: leave it out.");
            }
            groups.AddRange(Over([.. sameRecipe.Select(run => run.Summary)]));
        }
        return groups;
    }

    /// <summary>A group for each network of runs that differ in nothing but their seeds.</summary>
    /// <param name="runs">What came out of them; none: no group.</param>
    public static IReadOnlyList<RunGroup> Over(IReadOnlyList<RunSummary> runs) => runs.Count == 0 ? [] :
    [
        .. runs[0].Networks.Select(first => new RunGroup(first.Network, runs,
            [.. runs.Select(run => run.Networks.First(result => result.Network.Name == first.Network.Name))])),
    ];

    private Dictionary<int, double> BySeed(Func<NetworkResult, double> value) =>
        Runs.Zip(Results).ToDictionary(pair => pair.First.Seed, pair => value(pair.Second));
}
