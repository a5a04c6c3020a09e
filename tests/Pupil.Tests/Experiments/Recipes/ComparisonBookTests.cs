using Pupil.Distillation.Methods;
using Pupil.Experiments.Recipes;
using Pupil.Settings;

namespace Pupil.Tests.Experiments.Recipes;

public sealed class ComparisonBookTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Names => [.. ComparisonBook.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public void Built_in_comparisons_are_valid_and_have_descriptions(string name)
    {
        var plan = ComparisonBook.Read(name);
        Assert.Equal(name.Replace('/', '-'), plan.Comparison.Name);
        Assert.NotEqual("", plan.Comparison.About);
        Assert.StartsWith("//", ComparisonBook.Text(name));
        Assert.Equal(plan.Comparison.Rows.Count * plan.Comparison.Seeds.Count * plan.Comparison.Recipes.Count, plan.Cells.Count);
        Assert.All(plan.Cells, cell => cell.Settings.Check());
        Assert.True(ComparisonBook.IsComparison(name));
    }

    [Fact]
    public void Cells_are_all_rows_of_a_seed_before_the_next_seed()
    {
        var plan = Read("""{ "name": "c", "recipes": ["smoke", "cifar10/quick"], "seeds": [4, 1], "rows": ["kd"] }""");
        Assert.Equal(
            [
                "smoke/alone/seed-4", "smoke/kd/seed-4", "cifar10-quick/alone/seed-4", "cifar10-quick/kd/seed-4",
                "smoke/alone/seed-1", "smoke/kd/seed-1", "cifar10-quick/alone/seed-1", "cifar10-quick/kd/seed-1",
            ], plan.Cells.Select(cell => cell.Path));
        Assert.All(plan.Cells, cell => Assert.EndsWith($"seed-{cell.Settings.Seed}", cell.Path));
    }

    [Fact]
    public void A_row_with_only_a_name_is_the_recipe_s_own_method_or_another_with_its_defaults()
    {
        var plan = Read("""
            { "name": "c", "recipes": ["cifar10/quick"], "seeds": [0], "set": ["method.gamma=0.5"], "rows": ["ctkd", "kd", "alone"] }
            """);
        var own = Assert.IsType<CtkdOptions>(Settings(plan, "ctkd").Method);
        Assert.Equal((0.5, "wrn-16-1"), (own.Gamma, own.ScratchTeacher.Architecture));
        Assert.Equal(new KdOptions(), Settings(plan, "kd").Method);
        Assert.Equal(new SupervisedOptions(), Settings(plan, "alone").Method);
        Assert.Equal(["ctkd", "kd", "alone"], plan.Comparison.Rows.Select(row => row.Name)); // in this order
    }

    [Fact]
    public void Values_of_a_row_follow_those_of_all_rows()
    {
        var plan = Read("""
            { "name": "c", "recipes": ["smoke"], "seeds": [0], "set": ["training.epochs=2", "method.gamma=0.5"], "rows": [
              { "name": "as-it-is", "set": [] },
              { "name": "gamma=0.1", "title": "γ = 0.1", "set": ["method.gamma=0.1"] },
              { "name": "longer", "set": ["training.epochs=3"] },
              { "name": "code", "set": ["preset=released-code"] } ] }
            """);
        Assert.Equal([0.5, 0.1, 0.5, 0.5], plan.Cells.Skip(1).Select(cell => ((CtkdOptions)cell.Settings.Method).Gamma));
        Assert.Equal([2, 2, 2, 3, 2], plan.Cells.Select(cell => cell.Settings.Training.Epochs));
        Assert.Equal([false, false, false, true],
            plan.Cells.Skip(1).Select(cell => ((CtkdOptions)cell.Settings.Method).ShareFirstConvolution));
    }

    [Theory]
    [InlineData("""["kd", "ctkd"]""", "alone, kd, ctkd")]
    [InlineData("""["kd", "supervised"]""", "kd, supervised")]
    [InlineData("""["kd", "alone"]""", "kd, alone")]
    [InlineData("""["kd", { "name": "labels", "set": ["method={\"name\":\"supervised\"}"] }]""", "kd, labels")]
    public void The_student_alone_is_among_the_rows_once(string rows, string expected) => Assert.Equal(expected,
        string.Join(", ", Read($$"""{ "name": "c", "recipes": ["smoke"], "rows": {{rows}} }""").Comparison.Rows.Select(row => row.Name)));

    [Fact]
    public void The_row_alone_has_no_expert_and_no_row_has_untaught_students()
    {
        var plan = Read("""{ "name": "c", "recipes": ["smoke"], "seeds": [0], "rows": ["kd"] }""");
        Assert.Null(Settings(plan, "alone").Expert);
        Assert.NotNull(Settings(plan, "kd").Expert);
        Assert.All(plan.Cells, cell => Assert.Equal(["student"], cell.Settings.Students.Select(student => student.Name)));
    }

    [Fact]
    public void Each_seed_draws_its_own_parts_unless_they_are_fixed()
    {
        const string Text = """{ "name": "c", "recipes": ["smoke"], "seeds": [0, 3], "set": ["data.splitSeed=5"], "rows": ["kd"] """;
        Assert.Equal([(5, 0), (5, 0), (5, 3), (5, 3)], Seeds("}"));
        Assert.Equal([(5, 0), (5, 0), (5, 3), (5, 3)], Seeds(""", "parts": "per-seed" }"""));
        Assert.Equal([(5, 0), (5, 0), (5, 0), (5, 0)], Seeds(""", "parts": "fixed" }"""));

        IEnumerable<(int, int)> Seeds(string end) =>
            Read(Text + end).Cells.Select(cell => (cell.Settings.Data.SplitSeed, cell.Settings.Data.PartSeed));
    }

    [Fact]
    public void Recipe_files_are_relative_to_the_comparison()
    {
        Directory.CreateDirectory(_folder["recipes"]);
        File.WriteAllText(_folder["recipes/mine.jsonc"], """{ "name": "mine", "method": { "name": "supervised" } } // my own""");
        var plan = Read("""{ "name": "c", "recipes": ["recipes/mine.jsonc", "smoke"], "seeds": [0], "rows": ["supervised"] }""");
        Assert.Equal(["mine", "smoke"], plan.Recipes.Select(recipe => recipe.Name));
        Assert.EndsWith("// my own", plan.Recipes[0].Text);
        Assert.Equal(RecipeBook.Text("smoke"), plan.Recipes[1].Text);
    }

    [Theory]
    [InlineData("""{ "name": "c", "recipes": ["smoke"], "rows": ["kd", "dkdd"] }""",
        ":1:53: rows[1]: found 'dkdd', expected the name of a method", "{ \"name\": \"dkdd\", \"set\":")]
    [InlineData("""{ "name": "c", "recipes": ["smoke"], "rows": ["ctdk"] }""", "rows[0]: found 'ctdk'", "Did you mean 'ctkd'?")]
    [InlineData("""{ "name": "c", "recipes": ["smoke"], "rows": ["kd"], "seeds": [0, 1, 0] }""", ":1:70: seeds[2]: found 0 a second time")]
    [InlineData("""{ "name": "c", "recipes": ["smoke"], "rows": ["kd"], "seeds": [] }""", "seeds: found an empty list")]
    [InlineData("""{ "name": "c", "recipes": ["smoke"], "rows": ["kd"], "seeds": [-1] }""",
        "seeds[0]: found -1, expected a whole number ≥ 0")]
    [InlineData("""{ "name": "c", "recipes": ["smoke"], "rows": ["kd", { "name": "KD", "set": [] }] }""",
        "rows[1].name: found 'KD' a second time")]
    [InlineData("""{ "name": "c", "recipes": ["smoke"], "rows": ["../kd"] }""",
        "rows[0].name: found \"../kd\", expected text that matches")]
    [InlineData("""{ "name": "c", "recipes": ["smoke"], "row": ["kd"] }""",
        "row: unknown key; known here: name, about, recipes, seeds, laterSeeds, parts, contrasts, try, set, rows; did you mean 'rows'?")]
    [InlineData("""{ "recipes": ["smoke"], "rows": ["kd"] }""", "name: missing; expected text")]
    [InlineData("""{ "name": "c", "recipes": ["smoke", "smoke"], "rows": ["kd"] }""",
        "recipes[1]: smoke: found name 'smoke', as in smoke; expected different names")]
    [InlineData("""{ "name": "c", "recipes": ["smok"], "rows": ["kd"] }""", ":1:28: recipes[0]: smok: found no such file or recipe")]
    [InlineData("""{ "name": "c", "recipes": ["compare/smoke"], "rows": ["kd"] }""",
        "recipes[0]: compare/smoke: is a comparison, expected a recipe")]
    [InlineData("""{ "name": "c", "recipes": ["smoke"], "rows": [{ "name": "a", "set": ["method.gama=1"] }] }""",
        "rows[0]: with recipe smoke: set method.gama=1: method.gama: unknown key", "did you mean 'gamma'?")]
    [InlineData("""{ "name": "c", "recipes": ["smoke"], "set": ["training.epochs=0"], "rows": ["kd"] }""",
        "recipes[0]: set training.epochs=0: training.epochs: found 0")]
    [InlineData("""{ "name": "c", "recipes": ["smoke"], "set": ["seed=3"], "rows": ["kd"] }""",
        "set[0]: found a seed, expected it among the comparison's seeds")]
    [InlineData("""{ "name": "c", "recipes": ["smoke"], "rows": [{ "name": "a", "set": ["name=b"] }] }""", "rows[0].set[0]: found a name")]
    [InlineData("""{ "name": "c", "recipes": ["smoke"], "rows": [{ "name": "alone", "set": [] }] }""",
        "rows[0]: with recipe smoke: found name 'alone' for method ctkd")]
    [InlineData("""{ "name": "c", "recipes": ["smoke"], "rows": ["kd"], "contrasts": ["kd - alone", "ctkd - alone"] }""",
        ":1:82: contrasts[1]: found row 'ctkd', expected one of alone, kd.")]
    [InlineData("""{ "name": "c", "recipes": ["smoke"], "rows": ["kd"], "contrasts": ["kd-alone"] }""",
        "contrasts[0].rows: found \"kd-alone\", expected text that matches")]
    [InlineData("""{ "name": "c", "recipes": ["smoke"], "rows": ["kd"], "contrasts": ["kd - kd"] }""",
        "contrasts[0]: found 'kd' twice, expected two rows")]
    [InlineData("""{ "name": "c", "recipes": ["smoke"], "rows": ["kd"], "contrasts": ["kd - alone", "kd - alone"] }""",
        "contrasts[1]: found 'kd - alone' a second time")]
    [InlineData("""{ "name": "c", "recipes": ["smoke"], "set": ["students[0].taught=false"], "rows": ["kd"] }""",
        "recipes[0]: smoke: none of its students is taught")]
    public void Errors_have_their_position(string text, params string[] parts)
    {
        string file = _folder["wrong.jsonc"];
        File.WriteAllText(file, text);
        var error = Assert.Throws<UserErrorException>(() => ComparisonBook.Read(file));
        Assert.StartsWith(file, error.Message);
        Assert.All(parts, part => Assert.Contains(part, error.Message));
    }

    [Fact]
    public void All_errors_are_reported_together()
    {
        var error = Assert.Throws<UserErrorException>(() => Read("""
            { "name": "c", "recipes": ["smoke", "nosuch"], "seeds": [1, 1],
              "rows": ["kdd", { "name": "a", "set": ["method.gama=1"] }, { "name": "b", "set": ["students=3"] }] }
            """));
        string[] expected = ["seeds[1]", "recipes[1]", "rows[0]", "rows[1]", "rows[2]"];
        Assert.Equal(expected.Length, error.Message.Split('\n').Length);
        Assert.All(expected, part => Assert.Contains($": {part}: ", error.Message));
    }

    [Fact]
    public void Comparisons_from_code_follow_the_same_rules()
    {
        var right = new Comparison { Name = "c", Recipes = ["smoke"], Rows = [new() { Name = "kd" }] };
        Assert.Equal(6, ComparisonBook.Plan(right).Cells.Count);
        Comparison[] wrong =
        [
            right with { Name = "a b" }, right with { Rows = [] }, right with { Seeds = [] }, right with { Recipes = ["nosuch"] },
            right with { Rows = [new() { Name = "a/b" }] },
        ];
        Assert.All(wrong, comparison => Assert.Throws<UserErrorException>(() => ComparisonBook.Plan(comparison)));
    }

    [Theory]
    [InlineData("""{ "recipes": ["smoke"], "rows": ["kd"] }""", true)]
    [InlineData("""{ "name": "x", "recipies": ["smoke"] }""", true)] // misspelt, but not a recipe
    [InlineData("""{ "name": "x", "method": "kd" }""", false)]
    [InlineData("""[]""", false)]
    public void A_comparison_file_is_recognised_by_its_keys(string text, bool expected)
    {
        File.WriteAllText(_folder["file.jsonc"], text);
        Assert.Equal(expected, ComparisonBook.IsComparison(_folder["file.jsonc"]));
    }

    [Fact]
    public void An_unknown_place_is_refused_with_the_known_ones()
    {
        Assert.False(ComparisonBook.IsComparison("smoke"));
        var error = Assert.Throws<UserErrorException>(() => ComparisonBook.IsComparison("compare/smok"));
        Assert.All(ComparisonBook.Names.Concat(RecipeBook.Names), name => Assert.Contains(name, error.Message));
        Assert.EndsWith("Did you mean 'compare/smoke'?", error.Message);
    }

    [Fact]
    public void The_full_form_reads_back_to_the_same()
    {
        var comparison = ComparisonBook.Read("compare/ctkd-ablation-smoke").Comparison;
        string full = SettingsWriter.Write(comparison);
        Assert.Equal(full, SettingsWriter.Write(SettingsReader.Read<Comparison>(full, "full")));
    }

    public void Dispose() => _folder.Dispose();

    private static Recipe Settings(ComparisonPlan plan, string row) => plan.Cells.First(cell => cell.Row.Name == row).Settings;

    private ComparisonPlan Read(string text)
    {
        File.WriteAllText(_folder["comparison.jsonc"], text);
        return ComparisonBook.Read(_folder["comparison.jsonc"]);
    }
}
