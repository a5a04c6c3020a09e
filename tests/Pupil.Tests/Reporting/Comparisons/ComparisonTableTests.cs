using System.Globalization;
using nietras.SeparatedValues;
using Pupil.Experiments.Recipes;
using Pupil.Reporting.Comparisons;
using Pupil.Tests.Experiments.Comparisons;

namespace Pupil.Tests.Reporting.Comparisons;

/// <summary>Tests of tables with invented cells, so that every number can be computed by hand.</summary>
public sealed class ComparisonTableTests : IDisposable
{
    private const string Rows = """["kd", { "name": "ctkd", "title": "a|b_c%&<script>" }]""";

    // By hand: the variances of the rows are 1, 3 and 4/3, the pooled one 16/9 with 6 degrees of freedom, and half of each interval is
    // t(0.975, 6)·√(16/9·2/3) = 2.4469·1.0887 = 2.66.
    private static readonly Dictionary<string, double[]> Last = new()
    {
        ["alone"] = [0.50, 0.51, 0.52],
        ["kd"] = [0.63, 0.66, 0.66],
        ["ctkd"] = [0.52, 0.50, 0.52],
    };

    private readonly TinyComparison _tiny = new();

    [Fact]
    public void Rows_have_mean_deviation_and_intervals_for_both_kinds_of_weights()
    {
        var text = Table(Rows, "[0, 1, 2]").ToText();
        Assert.Equal(2, text.Tables.Count);
        Assert.EndsWith("last epoch", text.Tables[0].Title);
        Assert.StartsWith("tiny: made|up_1%, student wrn-10-1 (1,000 parameters, 20,000 multiply-adds an image), 1 epoch of 40 images, "
            + "batch 16", text.Tables[0].Title);
        Assert.Equal(["", "seeds", "test %", "− alone", "− kd", "seconds", "images/s"], text.Tables[0].Columns);
        NumbersInText.AssertNear(string.Join('\n',
            (string[])[
                "student alone|3|51.00 ± 1.00|–|–|11|4",
                        "expert (wrn-10-1)||90.00||||",
                "kd|3|65.00 ± 1.73|+14.00 ± 2.66*|–|11|4",
                "a|b_c%&<script>|3|51.33 ± 1.15|+0.33 ± 2.66|−13.67 ± 2.66*|11|4",
                "scratch-teacher (wrn-40-1)||61.33 ± 1.15||||",
            ]), string.Join('\n', text.Tables[0].Lines.Select(Shown)));
        Assert.Equal([false, false, false, false, true], text.Tables[0].Lines.Select(line => line.IsPart));
        // The best weights are two points better in every row by construction.
        NumbersInText.AssertNear("kd|3|67.00 ± 1.73|+14.00 ± 2.66*|–|11|4", Shown(text.Tables[1].Lines[2]));
        // Two rows against the student alone, one against kd, with two kinds of weights.
        string notes = string.Join('\n', text.Notes.Select(note => note.Text));
        Assert.Contains("show 6 intervals", notes);
        NumbersInText.AssertContains("pooled over the rows, is 1.33 points (6 degrees of freedom", notes);
        Assert.Contains("Between two rows of 3 seeds", notes);
        Assert.Contains("Varies with the seed: start weights, order and augmentation of the images. The same for all seeds: "
            + "training images, held-out images, test images, images of the trained expert.", notes);
    }

    [Fact]
    public void The_row_named_alone_is_the_one_to_compare_with()
    {
        var plan = _tiny.Folder.Take(_tiny.Plan("""
            [{ "name": "other", "set": ["method={\"name\":\"supervised\"}"] }, "alone", "kd"]
            """, "[0]"));
        foreach (var (row, accuracy) in new[] { ("other", 0.25), ("alone", 0.5), ("kd", 0.75) })
            _tiny.MakeUp(Cell(plan, row, 0), accuracy, null, null);
        var lines = ComparisonTable.FromFolder(_tiny.Folder).ToText().Tables[0].Lines.Select(Shown).ToList();
        Assert.Contains(lines, line => line.StartsWith("student alone|1|50.00|–|", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.StartsWith("kd|1|75.00|+25.00|", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.StartsWith("other|1|25.00|−25.00|", StringComparison.Ordinal));
    }

    // An expert that reads other images, or is trained otherwise, is another one.
    [Fact]
    public void Each_expert_has_a_line_with_its_rows()
    {
        var plan = _tiny.Folder.Take(_tiny.Plan("""
            ["alone", "kd", { "name": "at", "set": ["method=at"] },
              { "name": "long", "title": "kd, 9 epochs", "set": ["expert.training.epochs=9"] }]
            """, "[0, 1]"));
        foreach (var (row, expert) in new (string, double?)[] { ("alone", null), ("kd", 0.5), ("at", 0.5), ("long", 0.75) })
        {
            for (int seed = 0; seed < 2; seed++)
                _tiny.MakeUp(Cell(plan, row, seed), 0.5, null, expert + seed / 8.0);
        }
        var table = ComparisonTable.FromFolder(_tiny.Folder);
        var lines = table.ToText().Tables[0].Lines.Select(Shown).Where(line => line.StartsWith("expert", StringComparison.Ordinal));
        NumbersInText.AssertNear("""
            expert (wrn-10-1) of: kd; at||56.25 ± 8.84||||
            expert (wrn-10-1) of: kd, 9 epochs||81.25 ± 8.84||||
            """, string.Join('\n', lines));
        table.Write(_tiny.Folder);
        Assert.Contains("tiny,kd; at,,expert,", File.ReadAllText(_tiny.Folder.RowsFile));
    }

    // Rows of one expert may have been trained on machines that round differently.
    [Fact]
    public void An_expert_of_equal_settings_has_one_line()
    {
        var plan = _tiny.Folder.Take(_tiny.Plan("""["alone", "kd", { "name": "at", "set": ["method=at"] }]""", "[0]"));
        foreach (var (row, expert) in new (string, double?)[] { ("alone", null), ("kd", 0.5), ("at", 0.75) })
            _tiny.MakeUp(Cell(plan, row, 0), 0.5, null, expert);
        var lines = ComparisonTable.FromFolder(_tiny.Folder).ToText().Tables[0].Lines.Select(Shown);
        NumbersInText.AssertNear("expert (wrn-10-1)||62.50 ± 17.68||||",
            Assert.Single(lines, line => line.StartsWith("expert", StringComparison.Ordinal)));
    }

    [Fact]
    public void Missing_cells_are_listed_and_the_others_are_in_the_table()
    {
        var plan = _tiny.Folder.Take(_tiny.Plan("[\"kd\"]", "[0, 1, 2]"));
        _tiny.MakeUp(Cell(plan, "alone", 0), 0.5, 0.5, null);
        _tiny.MakeUp(Cell(plan, "alone", 1), 0.6, 0.6, null);
        _tiny.MakeUp(Cell(plan, "kd", 1), 0.7, 0.7, 0.9);
        Directory.CreateDirectory(_tiny.Folder.FolderOf(Cell(plan, "kd", 2)).Path);
        File.WriteAllText(_tiny.Folder.FailureFile(Cell(plan, "kd", 2)), "the disk is full\n");
        var text = ComparisonTable.FromFolder(_tiny.Folder).ToText();
        string shown = string.Join('|', text.Tables[0].Lines[2].Cells.Take(5).Select(cell => cell.Text));
        // By hand: alone 50 and 60 %, so that the deviation is 7.07 with one degree of freedom; 12.706·7.0711·√(1 + 1/2) = 110.04.
        NumbersInText.AssertNear("kd|1 of 3|70.00|+15.00 ± 110.04|–", shown);
        string notes = string.Join('\n', text.Notes.Select(note => note.Text));
        Assert.Contains("Missing: tiny/kd/seed-0 (not finished); tiny/alone/seed-2 (not finished); "
            + "tiny/kd/seed-2 (failed: the disk is full).", notes);
        Assert.Equal(["3 of 6 cells are finished."], text.About);
    }

    [Fact]
    public void A_comparison_without_results_has_a_table()
    {
        _tiny.Folder.Take(_tiny.Plan(Rows));
        var table = ComparisonTable.FromFolder(_tiny.Folder);
        Assert.Equal(["0 of 2", "0 of 2", "0 of 2"], Assert.Single(table.ToText().Tables).Lines.Select(line => line.Cells[1].Text));
        table.Write(_tiny.Folder);
    }

    [Fact]
    public void Without_held_out_images_there_is_one_kind_of_weights()
    {
        var plan = _tiny.Folder.Take(_tiny.Plan());
        foreach (var cell in plan.Cells)
            _tiny.MakeUp(cell, 0.5, null, null);
        Assert.EndsWith("last epoch", Assert.Single(ComparisonTable.FromFolder(_tiny.Folder).ToText().Tables).Title);
    }

    [Fact]
    public void A_row_s_label_names_what_differs_from_the_title()
    {
        var plan = _tiny.Folder.Take(_tiny.Plan(
            """
            [{ "name": "long", "set": ["training.epochs=3"] }, { "name": "wide", "set": ["students[0].network=wrn-10-2"] },
              { "name": "two", "set": ["students[1].name=b"] }]
            """, "[0]"));
        foreach (var cell in plan.Cells.Where(cell => cell.Row.Name != "two"))
            _tiny.MakeUp(cell, 0.5, null, null);
        var lines = ComparisonTable.FromFolder(_tiny.Folder).ToText().Tables[0].Lines;
        var labels = lines.Where(line => !line.IsPart).Select(line => line.Cells[0].Text);
        Assert.Equal(["student alone", "long, 3 epochs", "wide (wrn-10-2)", "two: student", "two: b (wrn-16-1)"], labels);
    }

    [Fact]
    public void Names_are_escaped_in_Markdown()
    {
        Table(Rows, "[0, 1, 2]").Write(_tiny.Folder);
        string markdown = File.ReadAllText(_tiny.Folder.MarkdownFile);
        NumbersInText.AssertContains(@"| a\|b\_c%\&\<script\> | 3 | 51.33 ± 1.15 | +0.33 ± 2.66 |", markdown);
        NumbersInText.AssertContains("| kd | 3 | 65.00 ± 1.73 | **+14.00 ± 2.66** | – |", markdown);
        Assert.Contains(@"## tiny: made\|up\_1%, student", markdown);
        Assert.DoesNotContain("<script>", markdown);
        Assert.Contains("\n|  | seeds | test % | − alone | − kd | seconds | images/s |\n|---|---:|---:|---:|---:|---:|---:|\n",
            markdown);
    }

    [Fact]
    public void Names_are_escaped_in_LaTeX()
    {
        Table(Rows, "[0, 1, 2]").Write(_tiny.Folder);
        string latex = File.ReadAllText(_tiny.Folder.LatexFile);
        NumbersInText.AssertContains(
            @"a$|$b\_c\%\&$<$script$>$ & 3 & 51.33 $\pm$ 1.15 & +0.33 $\pm$ 2.66 & \textbf{$-$13.67 $\pm$ 2.66} & 11 & 4 \\", latex);
        NumbersInText.AssertContains(@"kd & 3 & 65.00 $\pm$ 1.73 & \textbf{+14.00 $\pm$ 2.66} & -- & 11 & 4 \\", latex);
        Assert.Contains("\\begin{tabular}{lrrrrrr}\n\\toprule\n", latex);
        Assert.Equal(@"\textbackslash{}\{\}\$\#\textasciicircum{}\textasciitilde{}$\gamma$ = 0.1 {[}x{]}",
            LatexText.Escape("\\{}$#^~γ = 0.1 [x]"));
    }

    [Fact]
    public void The_numbers_are_in_CSV_files()
    {
        var table = Table(Rows, "[0, 1, 2]");
        table.Write(_tiny.Folder);
        using var rows = Sep.Reader(options => options with { Unescape = true }).FromFile(_tiny.Folder.RowsFile);
        var names = rows.Header.ColNames;
        var lines = rows.Enumerate(row => names.Zip(row[names].ToStringsArray()).ToDictionary()).ToList();
        Assert.Equal(["alone", "kd", "ctkd", "ctkd", ""], lines.Select(line => line["row"]));
        var kd = lines[1];
        Assert.Equal("made|up_1%", kd["data"]);
        Assert.Equal(0.65, Number(kd["last_share_mean"]), 1e-12);
        Assert.Equal(0.14, Number(kd["last_minus_alone_share"]), 1e-12);
        Assert.Equal(2.4469118487916806 * Math.Sqrt(16.0 / 9 * 2 / 3) / 100, Number(kd["last_minus_alone_half_width_95"]), 1e-9);
        Assert.Equal("6", kd["last_minus_alone_degrees"]);
        Assert.InRange(Number(kd["last_minus_alone_probability_holm"]) / Number(kd["last_minus_alone_probability"]), 1, 8);
        Assert.Equal(("3", "", "1000", "20000", "11"),
            (kd["seeds"], kd["last_minus_kd_share"], kd["parameters"], kd["multiply_adds"], kd["training_seconds"]));
        Assert.Equal("expert", lines[4]["role"]);
        Assert.Equal(0.9, Number(lines[4]["best_share_mean"]), 1e-12);

        using var cells = Sep.Reader(options => options with { Unescape = true }).FromFile(_tiny.Folder.CellsFile);
        var found = cells.Enumerate(row => (row["row"].ToString(), row["seed"].ToString(), row["state"].ToString(),
            Math.Round(Number(row["last_share"].ToString()), 9))).ToList();
        Assert.Equal(12, found.Count); // nine cells, three of them with a scratch teacher
        Assert.Contains(("kd", "1", "finished", 0.66), found);
    }

    [Fact]
    public void Contrasts_have_a_table_and_a_family_of_their_own()
    {
        string contrasts = """["kd - alone", { "rows": "ctkd - kd" }, { "rows": "ctkd - alone", "exploratory": true }]""";
        var table = Table(Rows, "[0, 1, 2]", contrasts);
        var text = table.ToText();
        Assert.Equal("Contrasts: best on held-out", text.Tables[0].Title);
        Assert.Equal(["", "difference", "p", "p by Holm", "degrees of freedom"], text.Tables[0].Columns);
        Assert.Equal(3, text.Tables.Count);
        // p by SciPy: 2·t.sf(14/1.0887, 6) = 1.4e-5, 2·t.sf(13.667/1.0887, 6) = 1.6e-5 and 2·t.sf(0.3333/1.0887, 6) = 0.770.
        NumbersInText.AssertNear(string.Join('\n',
            (string[])[
                "kd − student alone|+14.00 ± 2.66*|< 0.001|< 0.001|6",
                "a|b_c%&<script> − kd|−13.67 ± 2.66*|< 0.001|< 0.001|6",
                "a|b_c%&<script> − student alone, exploratory|+0.33 ± 2.66|0.770|–|6",
            ]), string.Join('\n', text.Tables[0].Lines.Select(Shown)));
        Assert.Contains("2 contrasts were named before the first result of this comparison;",
            string.Join('\n', text.Notes.Select(note => note.Text)));
        table.Write(_tiny.Folder);
        using var rows = Sep.Reader(options => options with { Unescape = true }).FromFile(_tiny.Folder.ContrastsFile);
        var found = rows.Enumerate(row => (row["contrast"].ToString(), row["exploratory"].ToString(),
            Math.Round(Number(row["share"].ToString()), 9), row["probability_holm"].ToString().Length > 0)).ToList();
        Assert.Equal(
            [("kd - alone", "no", 0.14, true), ("ctkd - kd", "no", -0.136666667, true), ("ctkd - alone", "yes", 0.003333333, false)],
            found);
    }

    [Fact]
    public void A_contrast_without_results_counts()
    {
        _tiny.Folder.Take(_tiny.Plan(Rows, "[0, 1, 2]", contrasts: """["kd - alone"]"""));
        var text = ComparisonTable.FromFolder(_tiny.Folder).ToText();
        Assert.Equal("kd − student alone|–|–|–|–", Shown(Assert.Single(text.Tables[0].Lines)));
        foreach (var cell in _tiny.Folder.ReadPlan().Cells.Where(cell => cell.Row.Name != "ctkd"))
            _tiny.MakeUp(cell, Last[cell.Row.Name][cell.Settings.Seed] / 4, null, null);
        Contrast[] named = [new() { Rows = "kd - alone" }, new() { Rows = "ctkd - kd" }];
        var two = ComparisonTable.FromFolder(_tiny.Folder) with
        {
            Comparison = _tiny.Folder.ReadPlan().Comparison with { Contrasts = named },
        };
        var contrasts = ComparisonStatistics.Of(two).Contrasts;
        Assert.Null(contrasts[1].Difference);
        Assert.Equal(2 * contrasts[0].Difference!.Test!.Probability, contrasts[0].Difference!.Adjusted!.Value, 1e-12);
    }

    [Fact]
    public void Where_the_seeds_draw_the_images_what_they_share_is_taken_out()
    {
        // By NumPy: the residuals of row and seed means have a deviation of 1.269 points with 4 degrees of freedom.
        var text = Table(Rows, "[0, 1, 2]", parts: "per-seed").ToText();
        NumbersInText.AssertNear("kd|3|65.00 ± 1.73|+14.00 ± 2.88*|–|11|4", Shown(text.Tables[0].Lines[2]));
        string notes = string.Join('\n', text.Notes.Select(note => note.Text));
        NumbersInText.AssertContains("without what a seed adds to all rows, pooled over the rows, is 1.27 points (4 degrees", notes);
        Assert.Contains("Varies with the seed: start weights, order and augmentation of the images, training images, held-out images, "
            + "images of the trained expert. The same for all seeds: test images.", notes);
    }

    [Fact]
    public void A_reason_with_several_lines_and_commas_stays_one_value()
    {
        var plan = _tiny.Folder.Take(_tiny.Plan(seeds: "[0]"));
        Directory.CreateDirectory(_tiny.Folder.FolderOf(plan.Cells[0]).Path);
        File.WriteAllText(_tiny.Folder.FailureFile(plan.Cells[0]), "one, \"two\"\nthree\n");
        ComparisonTable.FromFolder(_tiny.Folder).Write(_tiny.Folder);
        using var cells = Sep.Reader(options => options with { Unescape = true }).FromFile(_tiny.Folder.CellsFile);
        Assert.Equal(["one, \"two\"\nthree", ""], cells.Enumerate(row => row["failure"].ToString()));
    }

    [Fact]
    public void Numbers_do_not_depend_on_the_culture()
    {
        var table = Table(Rows, "[0, 1, 2]");
        table.Write(_tiny.Folder);
        string[] files = [_tiny.Folder.MarkdownFile, _tiny.Folder.LatexFile, _tiny.Folder.RowsFile, _tiny.Folder.CellsFile];
        var before = files.Select(File.ReadAllText).ToList();
        var usual = CultureInfo.CurrentCulture;
        var comma = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        comma.NumberFormat.NumberDecimalSeparator = ",";
        comma.NumberFormat.NumberGroupSeparator = ".";
        comma.NumberFormat.NegativeSign = "~";
        try
        {
            CultureInfo.CurrentCulture = comma;
            ComparisonTable.FromFolder(_tiny.Folder).Write(_tiny.Folder);
        }
        finally
        {
            CultureInfo.CurrentCulture = usual;
        }
        Assert.Equal(before, files.Select(File.ReadAllText));
    }

    public void Dispose() => _tiny.Dispose();

    private ComparisonTable Table(string rows, string seeds, string contrasts = "[]", string parts = "fixed")
    {
        foreach (var cell in _tiny.Folder.Take(_tiny.Plan(rows, seeds, contrasts: contrasts, parts: $"\"{parts}\"")).Cells)
        {
            double last = Last[cell.Row.Name][cell.Settings.Seed];
            _tiny.MakeUp(cell, last, last + 0.02, 0.9);
        }
        return ComparisonTable.FromFolder(_tiny.Folder);
    }

    private static string Shown(TextLine line) => string.Join('|', line.Cells.Select(cell => cell.Text + (cell.IsMarked ? "*" : "")));

    private static ComparisonCell Cell(ComparisonPlan plan, string row, int seed) =>
        plan.Cells.First(cell => cell.Row.Name == row && cell.Settings.Seed == seed);

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}
