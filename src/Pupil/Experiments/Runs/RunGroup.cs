using Pupil.Core;
using Pupil.Settings;

namespace Pupil.Experiments.Runs;

/// <summary>The cause of an error: a run is not finished, and may be resumed.</summary>
/// <param name="Folder">The folder of the run.</param>
internal sealed record UnfinishedRun(string Folder) : UserErrorCause;

/// <summary>One network with one method, over several runs that differ only in their seeds.</summary>
/// <param name="Network">The network.</param>
/// <param name="Runs">The summaries of the runs, at least one.</param>
/// <param name="Results">The network's result in each run, in the same order.</param>
internal sealed record RunGroup(RunNetwork Network, IReadOnlyList<RunSummary> Runs, IReadOnlyList<NetworkResult> Results)
{
    /// <summary>The name of the method.</summary>
    public string Method => Runs[0].Method;

    /// <summary>The seeds of the runs.</summary>
    public IReadOnlyList<int> Seeds => [.. Runs.Select(run => run.Seed)];

    /// <summary>The name of the scores; see <see cref="Training.Accuracy.ScoreName"/>.</summary>
    public string ScoreName => Results[0].Last.Test.ScoreName;

    /// <summary>Test accuracy or mAP with the weights of the last epoch, 0…1.</summary>
    public Spread Last => Spread.OfValues([.. LastBySeed.Values]);

    /// <summary>Test accuracy or mAP with the held-out-best weights, 0…1; null if a run has no held-out part.</summary>
    public Spread? Best => BestBySeed is { } best ? Spread.OfValues([.. best.Values]) : null;

    /// <summary>Test accuracy or mAP of each seed with the weights of the last epoch, 0…1.</summary>
    public IReadOnlyDictionary<int, double> LastBySeed => BySeed(result => result.Last.Test.Score);

    /// <summary>Test accuracy or mAP of each seed with the held-out-best weights, 0…1; null if a run has no held-out part.</summary>
    public IReadOnlyDictionary<int, double>? BestBySeed =>
        Results.All(result => result.Best is not null) ? BySeed(result => result.Best!.Test.Score) : null;

    /// <summary>The seconds of training of a whole run.</summary>
    public Spread Seconds => Spread.OfValues([.. Runs.Select(run => run.TrainingSeconds)]);

    /// <summary>Training images per second of a whole run, without evaluation.</summary>
    public Spread ImagesPerSecond =>
        Spread.OfValues([.. Runs.Select(run => (run.TrainedImages ?? (double)run.Images.Train * run.Epochs) / run.TrainingSeconds)]);

    /// <summary>Groups finished runs that differ only in their seeds.</summary>
    /// <param name="folders">The folders of the runs.</param>
    /// <exception cref="UserErrorException">A run is not finished, or two runs of one recipe have the same seed.</exception>
    public static IReadOnlyList<RunGroup> FromFolders(IEnumerable<RunFolder> folders)
    {
        var runs = folders
            .Select(folder => (Folder: folder, Recipe: folder.ReadRecipe() with { Seed = 0 }, Summary: SummaryOf(folder)))
            .ToList();
        var groups = new List<RunGroup>();
        foreach (var sameRecipe in runs.GroupBy(run => SettingsWriter.Write(run.Recipe)))
        {
            if (sameRecipe.GroupBy(run => run.Summary.Seed).FirstOrDefault(same => same.Count() > 1) is { } twice)
            {
                throw new UserErrorException($"{twice.Last().Folder.Path}: has the recipe and seed of {twice.First().Folder.Path}; "
                    + "give each seed once.");
            }
            foreach (var run in sameRecipe)
            {
                string? fault = RecordCheck.FaultBetween(run.Summary, run.Folder.ReadRecipe())
                    ?? RecordCheck.FaultBetween(run.Summary, sameRecipe.First().Summary);
                if (fault is not null)
                {
                    throw new UserErrorException($"{run.Folder.SummaryFile}: {fault}; the file is damaged, or belongs to another run: "
                        + "leave it out.");
                }
            }
            groups.AddRange(Over([.. sameRecipe.Select(run => run.Summary)]));
        }
        return groups;
    }

    /// <summary>Returns a group for each network of runs that differ only in their seeds.</summary>
    /// <param name="runs">The summaries of the runs; none gives no group.</param>
    public static IReadOnlyList<RunGroup> Over(IReadOnlyList<RunSummary> runs) => runs.Count == 0 ? [] :
    [
        .. runs[0].Networks.Select(first => new RunGroup(first.Network, runs,
            [.. runs.Select(run => run.Networks.First(result => result.Network.Name == first.Network.Name))])),
    ];

    private static RunSummary SummaryOf(RunFolder folder) => folder.ReadSummary()
        ?? throw new UserErrorException($"{folder.Path}: the run is not finished; leave it out, or resume it.")
        {
            Cause = new UnfinishedRun(folder.Path),
        };

    private Dictionary<int, double> BySeed(Func<NetworkResult, double> value) =>
        Runs.Zip(Results).ToDictionary(pair => pair.First.Seed, pair => value(pair.Second));
}
