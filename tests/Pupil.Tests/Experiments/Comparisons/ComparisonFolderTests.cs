using Pupil.Distillation.Methods;
using Pupil.Experiments.Recipes;
using Pupil.Reporting.Comparisons;
using Pupil.Tests.Experiments.Runs;

namespace Pupil.Tests.Experiments.Comparisons;

public sealed class ComparisonFolderTests : IDisposable
{
    private readonly TinyComparison _tiny = new();

    [Fact]
    public void It_holds_everything_needed_to_resume()
    {
        var plan = _tiny.Plan();
        _tiny.Folder.Take(plan);
        File.Delete(_tiny["tiny.jsonc"]);
        File.Delete(_tiny.File);
        var read = _tiny.Folder.ReadPlan();
        Assert.Equal(["alone", "kd"], read.Comparison.Rows.Select(row => row.Name));
        Assert.Equal(Texts(plan), Texts(read));
    }

    [Fact]
    public void Rows_seeds_and_recipes_can_be_added()
    {
        _tiny.WriteRecipe(TinyRecipe.Ctkd with { Name = "second" }, "second");
        var first = _tiny.Folder.Take(_tiny.Plan());
        MakeUpAll(first);
        var second = _tiny.Plan("[\"ctkd\", \"kd\"]", "[2]", recipes: "[\"second.jsonc\", \"tiny.jsonc\"]");
        var whole = _tiny.Folder.Take(second);
        Assert.Equal(["tiny", "second"], whole.Recipes.Select(recipe => recipe.Name));
        Assert.Equal(["alone", "kd", "ctkd"], whole.Comparison.Rows.Select(row => row.Name));
        Assert.Equal([0, 1, 2], whole.Comparison.Seeds);
        Assert.Equal(Texts(whole), Texts(_tiny.Folder.ReadPlan()));
        Assert.All(second.Cells, cell => Assert.Contains(Text(cell), Texts(whole)));
        Assert.Equal(Texts(whole), Texts(_tiny.Folder.Take(first))); // nothing is removed
    }

    [Fact]
    public void A_folder_of_an_earlier_version_keeps_its_parts()
    {
        _tiny.Folder.Take(_tiny.Plan(parts: "\"fixed\""));
        string text = File.ReadAllText(_tiny.Folder.ComparisonFile);
        File.WriteAllText(_tiny.Folder.ComparisonFile, text.Replace("\"parts\": \"fixed\",", "", StringComparison.Ordinal));
        Assert.NotEqual(text, File.ReadAllText(_tiny.Folder.ComparisonFile));
        var whole = _tiny.Folder.Take(_tiny.Plan(seeds: "[0, 1, 2]"));
        Assert.All(whole.Cells, cell => Assert.Equal(0, cell.Settings.Data.PartSeed));
        Assert.Equal(SeedParts.Fixed, _tiny.Folder.ReadPlan().Comparison.Parts);
        Assert.Equal(Texts(whole), Texts(_tiny.Folder.ReadPlan()));
    }

    [Fact]
    public void A_folder_remembers_that_its_seeds_draw_their_parts()
    {
        _tiny.Folder.Take(_tiny.Plan());
        Assert.Equal([0, 0, 1, 1], _tiny.Folder.ReadPlan().Cells.Select(cell => cell.Settings.Data.PartSeed));
        Assert.Contains("\"parts\": \"per-seed\"", File.ReadAllText(_tiny.Folder.ComparisonFile));
    }

    [Fact]
    public void Contrasts_that_are_added_after_a_result_are_exploratory()
    {
        _tiny.Folder.Take(_tiny.Plan("[\"kd\", \"ctkd\"]", contrasts: "[\"kd - alone\"]"));
        var before = _tiny.Folder.Take(_tiny.Plan("[\"kd\", \"ctkd\"]", contrasts: "[\"ctkd - alone\"]"));
        MakeUpAll(before);
        var after = _tiny.Folder.Take(_tiny.Plan("[\"kd\", \"ctkd\"]", contrasts: "[\"ctkd - kd\", \"kd - alone\"]"));
        Contrast[] expected =
            [new() { Rows = "kd - alone" }, new() { Rows = "ctkd - alone" }, new() { Rows = "ctkd - kd", Exploratory = true }];
        Assert.Equal(expected, after.Comparison.Contrasts);
        Assert.Equal(expected, _tiny.Folder.ReadPlan().Comparison.Contrasts);
    }

    [Fact]
    public void Seeds_that_are_added_after_a_result_are_marked()
    {
        _tiny.Folder.Take(_tiny.Plan(seeds: "[0]"));
        var before = _tiny.Folder.Take(_tiny.Plan(seeds: "[1]"));
        Assert.Null(before.Comparison.LaterSeeds);
        MakeUpAll(before);
        foreach (string seeds in new[] { "[1, 2]", "[3]", "[0, 2]" })
            _tiny.Folder.Take(_tiny.Plan(seeds: seeds));
        var after = _tiny.Folder.ReadPlan().Comparison;
        Assert.Equal([0, 1, 2, 3], after.Seeds);
        Assert.Equal([2, 3], after.LaterSeeds!);
        string notes = string.Join('\n', ComparisonTable.FromFolder(_tiny.Folder).ToText().Notes.Select(note => note.Text));
        Assert.Contains("Seeds 2, 3 were added after results were seen.", notes);
    }

    [Theory]
    [InlineData("none", new[] { "alone", "ctkd" }, new[] { 2 })]
    [InlineData("one at work", new[] { "alone", "kd", "ctkd" }, new[] { 0, 1, 2 })]
    public void A_comparison_whose_tried_cells_all_failed_at_once_is_replaced(string other, string[] rows, int[] seeds)
    {
        var refused = _tiny.Folder.Take(_tiny.Plan());
        var cell = _tiny.Folder.FolderOf(refused.Cells[0]);
        Directory.CreateDirectory(cell.Path);
        File.WriteAllText(_tiny.Folder.FailureFile(refused.Cells[0]), "refused");
        using var held = other == "none" ? null : _tiny.Folder.FolderOf(refused.Cells[1]).Lock();
        var next = _tiny.Folder.Take(_tiny.Plan("[\"ctkd\"]", "[2]"));
        Assert.Equal(rows, next.Comparison.Rows.Select(row => row.Name));
        Assert.Equal(seeds, next.Comparison.Seeds);
        Assert.Equal(Texts(next), Texts(_tiny.Folder.ReadPlan()));
    }

    public static TheoryData<string, string> Changes => new()
    {
        { "epochs", "training.epochs: the cell was run with 1, but the comparison has 2; undo the change" },
        { "a row", "method.temperature: the cell was run with 4, but the comparison has 8" },
        { "the recipe", "data.heldOut: the cell was run with 20, but the comparison has 10" },
    };

    [Theory]
    [MemberData(nameof(Changes))]
    public void A_cell_that_was_run_with_another_recipe_is_refused(string change, string message)
    {
        MakeUpAll(_tiny.Folder.Take(_tiny.Plan()));
        string before = File.ReadAllText(_tiny.Folder.ComparisonFile);
        if (change == "the recipe")
            _tiny.WriteRecipe(TinyRecipe.Ctkd with { Data = TinyRecipe.Ctkd.Data with { HeldOut = 10 } });
        var changed = change switch
        {
            "epochs" => _tiny.Plan(set: "[\"training.epochs=2\"]"),
            "a row" => _tiny.Plan("""[{ "name": "kd", "set": ["method={\"name\":\"kd\",\"temperature\":8}"] }]"""),
            _ => _tiny.Plan(),
        };
        var error = Assert.Throws<UserErrorException>(() => _tiny.Folder.Take(changed));
        Assert.StartsWith(_tiny.Cell("tiny/").Path, error.Message);
        Assert.Contains(message, error.Message);
        Assert.Equal(before, File.ReadAllText(_tiny.Folder.ComparisonFile));
        Assert.Equal(4, ComparisonTable.FromFolder(_tiny.Folder).Cells.Count(state => state.Summary is not null));
    }

    [Fact]
    public void Descriptions_and_rows_that_were_not_run_may_change()
    {
        var plan = _tiny.Folder.Take(_tiny.Plan());
        _tiny.MakeUp(plan.Cells[0], 0.5, 0.5, null);
        _tiny.WriteRecipe(TinyRecipe.Ctkd with { About = "Other words." });
        var whole = _tiny.Folder.Take(_tiny.Plan("""[{ "name": "kd", "set": ["method={\"name\":\"kd\",\"temperature\":8}"] }]"""));
        Assert.Equal(8, ((KdOptions)whole.Cells[1].Settings.Method).Temperature);
    }

    [Fact]
    public void A_folder_with_other_content_is_refused_and_unchanged()
    {
        Directory.CreateDirectory(_tiny.Folder.Path);
        File.WriteAllText(Path.Combine(_tiny.Folder.Path, "dear.txt"), "");
        Assert.Contains("holds no comparison", Assert.Throws<UserErrorException>(() => _tiny.Folder.Take(_tiny.Plan())).Message);
        Assert.Equal(["dear.txt"], TinyRecipe.Files(_tiny.Folder.Path));
    }

    [Fact]
    public void Leftovers_of_a_killed_process_are_removed()
    {
        Directory.CreateDirectory(Path.Combine(_tiny.Folder.Path, "recipes"));
        File.WriteAllText(Path.Combine(_tiny.Folder.Path, ".comparison.json.999999999-1.tmp"), "{");
        File.WriteAllText(Path.Combine(_tiny.Folder.Path, ".lock"), "");
        Assert.Equal(4, _tiny.Folder.Take(_tiny.Plan()).Cells.Count);
        Assert.Equal(["comparison.json", "recipes/tiny.jsonc"], TinyRecipe.Files(_tiny.Folder.Path));
    }

    [Fact]
    public void A_folder_without_a_comparison_is_refused()
    {
        Assert.Contains("holds no comparison", Assert.Throws<UserErrorException>(_tiny.Folder.ReadPlan).Message);
        Assert.False(Directory.Exists(_tiny.Folder.Path));
    }

    public void Dispose() => _tiny.Dispose();

    private void MakeUpAll(ComparisonPlan plan)
    {
        foreach (var cell in plan.Cells)
            _tiny.MakeUp(cell, 0.5, 0.5, 0.9);
    }

    private static IEnumerable<string> Texts(ComparisonPlan plan) => plan.Cells.Select(Text);

    private static string Text(ComparisonCell cell) => $"{cell.Path}\n{Pupil.Settings.SettingsWriter.Write(cell.Settings)}";
}
