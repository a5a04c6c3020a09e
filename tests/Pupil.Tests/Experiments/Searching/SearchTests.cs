using Pupil.Distillation.Methods;
using Pupil.Experiments.Comparisons;
using Pupil.Experiments.Recipes;
using Pupil.Experiments.Searching;
using Pupil.Reporting.Comparisons;
using Pupil.Tests.Experiments.Comparisons;
using Pupil.Tests.Experiments.Runs;

namespace Pupil.Tests.Experiments.Searching;

public sealed class SearchTests : IDisposable
{
    private readonly TinyComparison _tiny = new();

    [Fact]
    public void Every_combination_is_a_cell_that_measures_held_out_images()
    {
        const string Rates = """["training.optimizer.learningRate=0.05,0.1"]""";
        var plan = Plan("""["kd", { "name": "ctkd", "try": ["method.gamma=0.1,0.2"] }]""", Rates);
        Assert.Equal(
            [
                "tiny/alone+learningRate=0.05/seed-4", "tiny/alone+learningRate=0.1/seed-4", "tiny/kd+learningRate=0.05/seed-4",
                "tiny/kd+learningRate=0.1/seed-4", "tiny/ctkd+learningRate=0.05+gamma=0.1/seed-4",
                "tiny/ctkd+learningRate=0.05+gamma=0.2/seed-4", "tiny/ctkd+learningRate=0.1+gamma=0.1/seed-4",
                "tiny/ctkd+learningRate=0.1+gamma=0.2/seed-4",
            ], plan.Cells.Select(cell => cell.Path));
        Assert.All(plan.Cells, cell => Assert.Equal(MeasuredPart.HeldOut, cell.Settings.Data.Measure));
        Assert.All(plan.Cells, cell => Assert.Equal(2, cell.Settings.Training.Epochs)); // set for the search alone
        Assert.Equal([0.05, 0.1], plan.Cells.Take(2).Select(cell => cell.Settings.Training.Optimizer.LearningRate));
        Assert.Empty(plan.Comparison.Contrasts);
    }

    [Fact]
    public void A_value_of_all_rows_is_tried_where_the_method_has_it()
    {
        var plan = Plan("""["kd", "ctkd"]""", """["method.gamma=0.1,0.2"]""");
        Assert.Equal(["alone", "kd", "ctkd+gamma=0.1", "ctkd+gamma=0.2"], plan.Comparison.Rows.Select(row => row.Name));
    }

    [Fact]
    public void A_comparison_leaves_the_tried_values_out()
    {
        var rows = _tiny.Plan("""[{ "name": "kd", "try": ["method.temperature=2,4"] }]""", "[0]");
        Assert.Equal(["alone", "kd"], rows.Cells.Select(cell => cell.Row.Name));
        Assert.All(rows.Cells, cell => Assert.Equal(MeasuredPart.Test, cell.Settings.Data.Measure));
    }

    [Fact]
    public void Combinations_are_drawn_by_the_seed_and_each_once()
    {
        const string Rows = """["kd"]""", Try = """["method.temperature=1,2,3,4,5,6,7,8", "training.optimizer.learningRate=0.001..1"]""";
        string[] first = Names(0), again = Names(0), other = Names(1);
        Assert.Equal(first, again);
        Assert.NotEqual(first, other);
        // Six for each of two rows.
        Assert.Equal(12, first.Distinct().Count());
        var rates = Plan(Rows, Try, random: 6).Cells.Select(cell => cell.Settings.Training.Optimizer.LearningRate).ToList();
        Assert.All(rates, rate => Assert.InRange(rate, 0.001, 1));
        // Uniform numbers would be below 0.1 in a tenth of the cases; these are in two thirds.
        Assert.InRange(rates.Count(rate => rate < 0.1), 5, 12);

        string[] Names(int seed) => [.. Plan(Rows, Try, random: 6, seed: seed).Cells.Select(cell => cell.Row.Name)];
    }

    [Fact]
    public void Whole_numbers_are_drawn_for_an_entry_that_takes_no_others()
    {
        var epochs = Plan("""["kd"]""", """["training.epochs=3..1000"]""", random: 8).Cells
            .Select(cell => cell.Settings.Training.Epochs).ToList();
        Assert.Equal(16, epochs.Count);
        Assert.All(epochs, count => Assert.InRange(count, 3, 1000));
        var temperatures = Plan("""["kd"]""", """["method.temperature=1..8"]""", random: 8).Cells
            .Select(cell => cell.Settings.Method).OfType<KdOptions>().Select(kd => kd.Temperature);
        Assert.Contains(temperatures, temperature => temperature != Math.Round(temperature));
    }

    [Fact]
    public void More_draws_than_combinations_try_all_of_them() => Assert.Equal(["alone", "kd+temperature=2", "kd+temperature=4"],
        Plan("""["kd"]""", """["method.temperature=2,4"]""", random: 5).Cells.Select(cell => cell.Row.Name));

    [Fact]
    public void The_best_values_of_each_row_make_a_comparison_on_the_test_images()
    {
        var plan = Plan("""["kd", "ctkd"]""", """["training.optimizer.learningRate=0.05,0.1"]""", folder: _tiny.Folder);
        foreach (var cell in plan.Cells)
            MakeUp(cell, cell.Settings.Method.MethodName == "kd" == cell.Settings.Training.Optimizer.LearningRate > 0.07 ? 0.6 : 0.5);
        SearchText.Write(_tiny.Folder);
        var chosen = ComparisonBook.Read(Path.Combine(_tiny.Folder.Path, "chosen.json"));
        Assert.Equal("compared-chosen", chosen.Comparison.Name);
        Assert.Equal([("alone", 0.05), ("kd", 0.1), ("ctkd", 0.05)],
            chosen.Cells.Take(3).Select(cell => (cell.Row.Name, cell.Settings.Training.Optimizer.LearningRate)));
        Assert.Equal([0, 1], chosen.Comparison.Seeds);
        Assert.Equal(["ctkd - kd"], chosen.Comparison.Contrasts.Select(contrast => contrast.Rows));
        Assert.All(chosen.Cells, cell => Assert.Equal((MeasuredPart.Test, 1), (cell.Settings.Data.Measure, cell.Settings.Training.Epochs)));
        string markdown = File.ReadAllText(Path.Combine(_tiny.Folder.Path, "search.md"));
        NumbersInText.AssertContains("## kd\n\n|  | held-out % |\n|---|---:|\n| learningRate=0.1 | **60.00** |\n"
            + "| learningRate=0.05 | 50.00 |", markdown);
        Assert.StartsWith("row,values,heldout_share_mean,heldout_share_deviation,chosen",
            File.ReadAllText(Path.Combine(_tiny.Folder.Path, "search.csv")));
        // The comparison's own table does not call them test images.
        Assert.Equal("held-out %", ComparisonTable.FromFolder(_tiny.Folder).ToText().Tables[0].Columns[2]);
    }

    [Fact]
    public void While_a_row_has_no_result_nothing_is_chosen()
    {
        var plan = Plan("""["kd"]""", """["method.temperature=2,4"]""", folder: _tiny.Folder);
        MakeUp(plan.Cells[0], 0.5);
        MakeUp(plan.Cells[1], 0.5);
        SearchText.Write(_tiny.Folder);
        Assert.False(File.Exists(Path.Combine(_tiny.Folder.Path, "chosen.json")));
        Assert.Contains("1 cells are not finished", File.ReadAllText(Path.Combine(_tiny.Folder.Path, "search.md")));
    }

    [Fact]
    public void A_second_search_in_the_folder_adds_its_values()
    {
        foreach (var cell in Plan("""["kd"]""", """["method.temperature=2,4"]""", folder: _tiny.Folder).Cells)
            MakeUp(cell, cell.Row.Name.EndsWith('4') ? 0.6 : 0.5);
        SearchText.Write(_tiny.Folder);
        var plan = Plan("""["kd"]""", """["method.temperature=8"]""", folder: _tiny.Folder);
        SearchText.Write(_tiny.Folder);
        // Nothing is chosen while the new value has no result.
        Assert.False(File.Exists(Path.Combine(_tiny.Folder.Path, "chosen.json")));
        MakeUp(plan.Cells.Single(cell => cell.Row.Name == "kd+temperature=8"), 0.55);
        var results = SearchResults.FromFolder(_tiny.Folder);
        Assert.Equal(["temperature=4", "temperature=8", "temperature=2"],
            results.Rows.Single(row => row.Row.Name == "kd").Ranked.Select(result => result.Candidate.Words));
        Assert.Contains("method.temperature=4", results.Chosen!.Rows.Single(row => row.Name == "kd").Set!);

        Assert.Contains("holds a search with --set training.epochs=2", Assert.Throws<UserErrorException>(() =>
            Plan("""["kd"]""", """["method.temperature=8"]""", folder: _tiny.Folder, set: "training.epochs=3")).Message);
        _tiny.WriteRecipe(TinyRecipe.Ctkd with { About = "another" });
        Assert.Contains("holds the search of another recipe", Assert.Throws<UserErrorException>(() =>
            Plan("""["kd"]""", """["method.temperature=8"]""", folder: _tiny.Folder)).Message);
    }

    [Fact]
    public void A_candidate_with_all_seeds_is_ahead_of_one_that_lacks_some()
    {
        var plan = Plan("""["kd"]""", """["method.temperature=2,4"]""", folder: _tiny.Folder, seeds: [0, 1]);
        foreach (var cell in plan.Cells.Where(cell => cell.Row.Name != "kd+temperature=4" || cell.Settings.Seed == 0))
            MakeUp(cell, cell.Row.Name == "kd+temperature=4" ? 0.9 : 0.5);
        var ranked = SearchResults.FromFolder(_tiny.Folder).Rows.Single(row => row.Row.Name == "kd").Ranked;
        Assert.Equal([("temperature=2", 0), ("temperature=4", 1)], ranked.Select(result => (result.Candidate.Words, result.Missing)));
        Assert.Contains("(1 cells missing)", string.Join('\n', SearchText.Of(SearchResults.FromFolder(_tiny.Folder))
            .Tables.SelectMany(table => table.Lines).SelectMany(line => line.Cells).Select(cell => cell.Text)));
    }

    [Fact]
    public void Whatever_a_row_sets_the_test_images_stay_out() => Assert.All(
        Plan("""
            [{ "name": "kd", "set": ["method=kd", "data.measure=test"], "try": ["method.temperature=2,4"] },
              { "name": "other", "set": ["method=kd", "data={\"heldOut\":30,\"measure\":\"test\"}"] }]
            """, "[]").Cells, cell => Assert.Equal(MeasuredPart.HeldOut, cell.Settings.Data.Measure));

    [Fact]
    public void A_whole_search_trains_and_measures_held_out_images()
    {
        var plan = Plan("""["kd"]""", """["training.optimizer.learningRate=0.01,0.1"]""", folder: _tiny.Folder, set: "training.epochs=1");
        _tiny.Run(plan, TestContext.Current.CancellationToken);
        var results = SearchResults.FromFolder(_tiny.Folder);
        Assert.Equal(0, results.Missing);
        Assert.All(plan.Cells, cell =>
        {
            var found = _tiny.Folder.FolderOf(cell).ReadSummary()!;
            Assert.Equal(found.Images.HeldOut, found.Images.Test);
            Assert.Equal(found.Networks[0].Last.HeldOut!.Score, found.Networks[0].Last.Test.Score);
        });
        // Its expert is that of a comparison on the test images.
        int experts = Directory.GetDirectories(_tiny.Experts).Length;
        SearchText.Write(_tiny.Folder);
        var chosen = ComparisonBook.Read(SearchResults.ChosenFile(_tiny.Folder), comparison => comparison with { Seeds = [4] });
        var job = ComparisonJob.Open(new(_tiny["chosen"]), chosen, _tiny.Experts, TorchSharp.torch.CPU);
        foreach (var happened in job.Run(TestContext.Current.CancellationToken))
            Assert.IsNotType<CellFailed>(happened);
        Assert.Equal(experts, Directory.GetDirectories(_tiny.Experts).Length);
    }

    [Fact]
    public void The_test_images_have_no_part_in_a_search()
    {
        var plan = Plan("""["kd"]""", """["training.optimizer.learningRate=0.05,0.1"]""");
        var data = plan.Cells[0].Settings.Data.Prepare();
        Assert.Same(data.HeldOut, data.Test);
        Assert.NotSame(data.Splits.Test, data.Test.Set);
        var error = Assert.Throws<UserErrorException>(() => (plan.Cells[0].Settings.Data with { HeldOut = 0 }).Prepare());
        Assert.StartsWith("data.heldOut: found 0, expected held-out images", error.Message);
    }

    [Theory]
    [InlineData("""["kd"]""", "[]", null, "--try: found nothing to try")]
    [InlineData("""["kd"]""", """["method.gama=1,2"]""", null, "--try: found 'method.gama', which no row has")]
    [InlineData("""["kd"]""", """["method.temperature=1..8"]""", null, "method.temperature: found a range, expected values, or --random")]
    [InlineData("""[{ "name": "kd", "try": ["method.temperature=1,2"] }]""", """["method.temperature=4"]""", null, "a second time")]
    [InlineData("""["kd"]""", """["data.measure=test,held-out"]""", null, "--try: found 'data.measure'")]
    public void What_cannot_be_searched_is_refused(string rows, string tried, int? random, string message) =>
        Assert.Contains(message, Assert.Throws<UserErrorException>(() => Plan(rows, tried, random)).Message);

    [Theory]
    [InlineData("a.b=1,2", "1|2", null)]
    [InlineData(" a.b = 1 , 2 ", "1|2", null)]
    [InlineData("""a=[1,2],{"x":[3,4]},"5,6" """, """[1,2]|{"x":[3,4]}|"5,6" """, null)]
    [InlineData("a=0.001..10", "", "0.001 10")]
    [InlineData("a=-1..1", "", "-1 1")]
    [InlineData("a=2..1", "2..1", null)] // text
    public void Values_are_read(string text, string values, string? range)
    {
        var found = TriedValues.Parse(text);
        Assert.Equal(values.TrimEnd(), string.Join('|', found.Values));
        Assert.Equal(range, found.Range is var (from, to) ? FormattableString.Invariant($"{from} {to}") : null);
    }

    [Theory]
    [InlineData("a")]
    [InlineData("=1,2")]
    [InlineData("a=")]
    [InlineData("a=1,,2")]
    [InlineData("a=1,1")]
    public void Wrong_values_are_refused(string text) =>
        Assert.Contains("expected a path with different values", Assert.Throws<UserErrorException>(() => TriedValues.Parse(text)).Message);

    public void Dispose() => _tiny.Dispose();

    // The test accuracy, which a search does not measure, would choose another value.
    private void MakeUp(ComparisonCell cell, double heldOut) => _tiny.MakeUp(cell, 1 - heldOut, null, null, heldOut: heldOut);

    private ComparisonPlan Plan(string rows, string tried, int? random = null, int seed = 0, ComparisonFolder? folder = null,
        string set = "training.epochs=2", int[]? seeds = null)
    {
        var given = _tiny.Plan(rows, "[0, 1]", contrasts: rows.Contains("ctkd", StringComparison.Ordinal) ? """["ctkd - kd"]""" : "[]",
            tried: tried);
        var search = Search.Of(given, [], [set], seeds ?? [4], random, seed);
        if (folder is null)
            return search.Plan(given);
        search = search.AddedTo(folder, given);
        var plan = search.Plan(given);
        folder.Take(plan);
        search.Write(folder);
        return plan;
    }
}
