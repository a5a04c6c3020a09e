namespace Pupil.Runs;

/// <summary>The mean of some numbers, and their sample standard deviation where there are two or more.</summary>
/// <param name="Mean">The mean.</param>
/// <param name="Deviation">The sample standard deviation (divided by one less than the count), or null for a single number.</param>
public sealed record Spread(double Mean, double? Deviation)
{
    /// <summary>Of at least one number.</summary>
    public static Spread Of(IReadOnlyList<double> values)
    {
        double mean = values.Average();
        return new Spread(mean, values.Count > 1 ? Math.Sqrt(values.Sum(value => (value - mean) * (value - mean)) / (values.Count - 1)) : null);
    }
}

/// <summary>One network under one method, over the seeds of several runs.</summary>
/// <param name="Method">The method.</param>
/// <param name="Network">The network's name in its runs.</param>
/// <param name="Architecture">Which network it is.</param>
/// <param name="Seeds">The runs' seeds.</param>
/// <param name="Last">Test accuracy with the weights of the last epoch, 0…1.</param>
/// <param name="Best">Test accuracy with those of the epoch that was best on the held-out part; null if a run held nothing out.</param>
/// <param name="Seconds">Seconds of training of the whole run.</param>
public sealed record RunGroup(string Method, string Network, string Architecture, IReadOnlyList<int> Seeds, Spread Last, Spread? Best, Spread Seconds)
{
    /// <summary>Groups finished runs that differ in nothing but their seeds.</summary>
    /// <param name="folders">Their folders.</param>
    /// <exception cref="UserErrorException">A run is not finished, or two runs of one recipe have the same seed.</exception>
    public static IReadOnlyList<RunGroup> Of(IEnumerable<RunFolder> folders)
    {
        var runs = folders.Select(folder => (Folder: folder, Recipe: folder.ReadRecipe() with { Seed = 0 }, Summary: folder.ReadSummary()
            ?? throw new UserErrorException($"{folder.Path}: the run is not finished; leave it out, or go on with it by --resume."))).ToList();
        var groups = new List<RunGroup>();
        foreach (var sameRecipe in runs.GroupBy(run => Recipes.Reading.RecipeWriter.Write(run.Recipe)))
        {
            if (sameRecipe.GroupBy(run => run.Summary.Seed).FirstOrDefault(same => same.Count() > 1) is { } twice)
                throw new UserErrorException($"{twice.Last().Folder.Path}: has the recipe and seed of {twice.First().Folder.Path}; give each seed once.");
            foreach (var network in sameRecipe.First().Summary.Networks)
            {
                var results = sameRecipe.Select(run => run.Summary.Networks.First(result => result.Network.Name == network.Network.Name)).ToList();
                groups.Add(new RunGroup(sameRecipe.First().Summary.Method, network.Network.Name, network.Network.Architecture,
                    [.. sameRecipe.Select(run => run.Summary.Seed)],
                    Spread.Of([.. results.Select(result => result.Last.Test.Top1)]),
                    results.All(result => result.Best is not null) ? Spread.Of([.. results.Select(result => result.Best!.Test.Top1)]) : null,
                    Spread.Of([.. sameRecipe.Select(run => run.Summary.TrainingSeconds)])));
            }
        }
        return groups;
    }
}
