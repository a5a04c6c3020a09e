using Pupil.Experiments.Comparisons;
using Pupil.Experiments.Recipes;
using Pupil.Experiments.Runs;
using Pupil.Reporting.Comparisons;
using Pupil.Tests.Experiments.Comparisons;

namespace Pupil.Tests.Reporting.Comparisons;

/// <summary>Tests of the tables that are written during a comparison, with invented events.</summary>
public sealed class TablesBesideTests : IDisposable
{
    private readonly TinyComparison _tiny = new();
    private readonly ComparisonPlan _plan;

    public TablesBesideTests() => _plan = _tiny.Folder.Take(_tiny.Plan(seeds: "[0, 1]"));

    [Fact]
    public void All_files_exist_before_the_first_cell_and_are_updated_after_each()
    {
        using var events = Read(Finish(0), Fail(1), Finish(2), Stop(3));
        Assert.False(File.Exists(_tiny.Folder.MarkdownFile)); // no event was read yet
        Assert.True(events.MoveNext());
        string[] files = [_tiny.Folder.MarkdownFile, _tiny.Folder.LatexFile, _tiny.Folder.RowsFile, _tiny.Folder.CellsFile];
        Assert.All(files, file => Assert.True(File.Exists(file)));
        Assert.Contains("1 of 4 cells", Markdown);
        Assert.True(events.MoveNext());
        Assert.Contains("1 of 4 cells", Markdown);
        Assert.Contains("tiny/kd/seed-0 (failed: it broke)", Markdown);
        Assert.True(events.MoveNext());
        Assert.Contains("2 of 4 cells", Markdown);
        Assert.IsType<CellFinished>(events.Current);
        File.Delete(_tiny.Folder.MarkdownFile);
        Assert.True(events.MoveNext());
        Assert.IsType<CellStopped>(events.Current);
        Assert.Contains("2 of 4 cells", Markdown); // Ctrl-C: the tables are written before the event is returned
        Assert.False(events.MoveNext());
    }

    [Fact]
    public void A_finished_comparison_has_its_tables_too()
    {
        Assert.Empty(ComparisonTable.WriteBeside(_tiny.Folder, []));
        Assert.Contains("0 of 4 cells", Markdown);
    }

    [Fact]
    public void Cells_finished_by_another_process_are_in_the_last_tables()
    {
        foreach (int cell in Enumerable.Range(0, 3))
            Finish(cell)();
        using var events = Read(() => new CellsAwaited([_plan.Cells[3]]));
        Assert.True(events.MoveNext());
        Assert.Contains("3 of 4 cells", Markdown);
        Finish(3)(); // by the other process, which was killed before it wrote the tables
        Assert.False(events.MoveNext());
        Assert.Contains("4 of 4 cells", Markdown);
    }

    [Fact]
    public void The_tables_contain_all_cells_also_those_of_other_jobs()
    {
        using var events = Read(Finish(0));
        Assert.True(events.MoveNext());
        Assert.Contains("Missing: tiny/kd/seed-0", Markdown);
    }

    public void Dispose() => _tiny.Dispose();

    private string Markdown => File.ReadAllText(_tiny.Folder.MarkdownFile);

    // Each event happens when it is read, as in a job.
    private IEnumerator<RunEvent> Read(params Func<RunEvent>[] happenings) =>
        ComparisonTable.WriteBeside(_tiny.Folder, happenings.Select(happens => happens())).GetEnumerator();

    private Func<RunEvent> Finish(int cell) => () =>
    {
        _tiny.MakeUp(_plan.Cells[cell], 0.5, 0.5, null);
        return new CellFinished(_plan.Cells[cell], _tiny.Folder.FolderOf(_plan.Cells[cell]).ReadSummary()!);
    };

    private Func<RunEvent> Fail(int cell) => () =>
    {
        Directory.CreateDirectory(_tiny.Folder.FolderOf(_plan.Cells[cell]).Path);
        File.WriteAllText(_tiny.Folder.FailureFile(_plan.Cells[cell]), "it broke\n");
        return new CellFailed(_plan.Cells[cell], new UserErrorException("it broke"));
    };

    private Func<RunEvent> Stop(int cell) => () => new CellStopped(_plan.Cells[cell]);
}
