using Pupil.Experiments.Comparisons;
using Pupil.Training;

namespace Pupil.Tests.Documentation;

/// <summary>The record of nine cells through Slurm: a killed task changes no result.</summary>
public sealed class SlurmRecordTests
{
    private const int Cells = 9, InGroup = 3;

    [Fact]
    public void Nine_cells_by_Slurm_have_the_results_of_one_process()
    {
        Assert.SkipWhen(RealData.RepositoryFolder is null, "The documentation is not here.");
        ComparisonFolder one = Folder("one-process"), slurm = Folder("slurm");
        var cells = one.ReadPlan().Cells;
        Assert.Equal(Cells, cells.Count);
        Assert.Equal(cells.Select(cell => cell.Path), slurm.ReadPlan().Cells.Select(cell => cell.Path));
        Assert.All(cells, cell =>
        {
            var (expected, found) = (one.FolderOf(cell), slurm.FolderOf(cell));
            Assert.Equal(expected.ReadEpochs().Select(Numbers), found.ReadEpochs().Select(Numbers));
            Assert.Equal(expected.ReadSummary()!.Networks.Select(network => network.Last.Test),
                found.ReadSummary()!.Networks.Select(network => network.Last.Test));
            Assert.Single(expected.ReadEnvironments());
        });
        // Those of the killed task went on in another one.
        Assert.Equal(InGroup, cells.Count(cell => slurm.FolderOf(cell).ReadEnvironments().Count == 2));
        Assert.Equal(Cells - InGroup, cells.Count(cell => slurm.FolderOf(cell).ReadEnvironments().Count == 1));
    }

    private static string Numbers(EpochRecord epoch) =>
        string.Join(' ', epoch.Terms.Select(term => $"{term.Key} {term.Value:R}")) + $" {epoch.Epoch}";

    private static ComparisonFolder Folder(string name) =>
        new(Path.Combine(RealData.RepositoryFolder!, "results", "processes", "nine", name));
}
