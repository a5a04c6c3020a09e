using Pupil.Distillation.Methods;
using Pupil.Experiments.Runs;
using Pupil.Reporting.Charts;
using Pupil.Reporting.Content;
using Pupil.Reporting.Page;
using Pupil.Tests.Experiments.Runs;

namespace Pupil.Tests.Reporting.Page;

/// <summary>Reports of a run that goes on and measures nothing before its end, and of runs beside each other.</summary>
public sealed class UnfinishedRunTests(UnfinishedRunTests.Runs runs) : IClassFixture<UnfinishedRunTests.Runs>
{
    [Fact]
    public void A_run_that_goes_on_is_no_problem_and_says_how_far_it_is()
    {
        var content = ReportContent.FromFolders([runs.Copy("goes-on", epochs: 2, points: 3)]);
        Assert.Empty(content.Problems);
        Assert.Contains("is not finished; 2 of 3 epochs are done.", Assert.Single(content.Unfinished));
        string page = Report.LivePage(content);
        Assert.Contains("<section id=\"unfinished\"", page);
        Assert.DoesNotContain("could not be read", page);
        Assert.DoesNotContain("id=\"problems\"", page);
    }

    [Fact]
    public void A_line_that_is_still_being_written_is_none_yet()
    {
        string run = runs.Copy("writes", epochs: 2, points: 3);
        File.AppendAllText(Path.Combine(run, "epochs.jsonl"), "{\"epoch\": 3, \"ra");
        Assert.Empty(ReportContent.FromFolders([run]).Problems);
        File.AppendAllText(Path.Combine(run, "epochs.jsonl"), "te\n"); // now it is one, and damaged
        Assert.Contains("line 3 of 3 cannot be read", Assert.Single(ReportContent.FromFolders([run]).Problems));
    }

    [Fact]
    public void Before_its_first_epoch_there_is_a_page_all_the_same()
    {
        var content = ReportContent.FromFolders([runs.Copy("starts", epochs: 0, points: 1)]);
        Assert.Contains("no epoch is done yet", Assert.Single(content.Unfinished));
        string page = Report.LivePage(content);
        Assert.Contains("wrn-10-1 was trained for 3 epochs at batch", page);
        Assert.DoesNotContain("% of the variance", page); // one point is no way
        Assert.DoesNotContain("id=\"curves\"", page);
    }

    [Fact]
    public void While_nothing_is_measured_the_loss_is_the_curve_and_each_network_has_its_colour()
    {
        var content = ReportContent.FromFolders([runs.Copy("measures-nothing", epochs: 2, points: 3)]);
        Assert.Equal(["student", "alone", "scratch-teacher"], content.Groups[0].Networks);
        var loss = Assert.Single(ReportPage.ChartsOf(content), chart => chart.Name == "loss");
        Assert.Equal(["student", "alone", "scratch-teacher"], loss.Series.Select(series => series.Label));
        Assert.Equal(3, Enumerable.Range(0, 3).Select(i => ChartDrawing.ColourOf(loss, i)).Distinct().Count());
        Assert.Equal([false, false, true], loss.Series.Select(series => series.IsDashed));
        Assert.Contains("<section id=\"curves\"", Report.LivePage(content));
        var path = Assert.Single(ReportPage.ChartsOf(content), chart => chart.Name == "path");
        Assert.Equal([3, 3, 3, 1], path.Series.OrderBy(series => series.IsPoint).Select(series => series.X.Length)); // the expert stands still
    }

    [Fact]
    public void Many_methods_have_no_two_lines_alike()
    {
        var one = ReportContent.FromFolders([runs.Finished]).Groups[0];
        var groups = Enumerable.Range(0, 12).Select(i => one with { Label = $"method {i}" }).ToList();
        var all = (from found in groups from network in found.Networks select (Tint: ReportContent.TintOf(groups, found, network), IsDashed: found.RoleOf(network) == NetworkRole.Companion)).ToList();
        var chart = new Chart("x", "", "", "", [.. all.Select(line => new ChartSeries("", [1, 2], [1, 2]) { Tint = line.Tint, IsDashed = line.IsDashed })]);
        Assert.Equal(36, chart.Series.Select((_, i) => (ChartDrawing.ColourOf(chart, i), ChartDrawing.DashesOf(chart, i))).Distinct().Count());
    }

    [Fact]
    public void The_result_table_has_the_difference_to_the_student_alone_with_its_interval()
    {
        var content = ReportContent.FromFolders([runs.Finished]);
        var group = content.Groups[0];
        var results = RunGroup.Over(group.Finished).ToDictionary(found => found.Network.Name);
        var difference = AloneDifference.OfStudent(content, group, results["student"])!;
        var summary = group.Finished[0];
        double[] shares = [.. new[] { "student", "alone" }.Select(name => summary.Networks.First(result => result.Network.Name == name).Last.Test.Top1)];
        Assert.Equal(shares[0] - shares[1], difference.Mean, 12);
        Assert.True(difference.IsOfImages);
        Assert.Equal(1.96 * Math.Sqrt(shares.Sum(share => share * (1 - share) / summary.Images.Test)), difference.HalfWidth!.Value, 12);
        Assert.Null(AloneDifference.OfStudent(content, group, results["alone"]));
        Assert.Null(AloneDifference.OfStudent(content, group, results["scratch-teacher"]));
        Assert.Contains("− alone", Report.LivePage(content));
    }

    [Fact]
    public void A_student_alone_of_another_setting_is_none_to_measure_against()
    {
        var taught = ReportContent.FromFolders([runs.Finished]).Groups[0];
        var alone = ReportContent.FromFolders([runs.Alone]).Groups[0];
        var content = ReportContent.FromFolders([runs.Finished, runs.Alone]);
        // Its own control comes first; without one, the student of the other folder, whose training is another.
        Assert.NotNull(AloneDifference.OfStudent(content, content.Groups[0], RunGroup.Over(taught.Finished)[0]));
        Assert.Null(AloneDifference.OfStudent(content, alone, RunGroup.Over(alone.Finished)[0]));
    }

    [Fact]
    public void Networks_have_one_name_in_all_tables_and_mistakes_come_before_maps()
    {
        string page = Report.LivePage(ReportContent.FromFolders([runs.Finished]));
        foreach (string table in new[] { "Test accuracy in percent", "Size and speed", "Attention inside the object" })
        {
            int start = page.IndexOf($"<caption>{table}", StringComparison.Ordinal);
            string[] names = [.. System.Text.RegularExpressions.Regex.Matches(page[start..page.IndexOf("</table>", start, StringComparison.Ordinal)], "<th scope=\"row\" dir=\"auto\">([^<]*)</th>")
                .Select(match => match.Groups[1].Value)];
            Assert.Equal(["alone", "expert", "scratch-teacher", "student"], names.SelectMany(name => name.Split(", ")).Order(StringComparer.Ordinal));
        }
        Assert.True(page.IndexOf("id=\"mistakes\"", StringComparison.Ordinal) < page.IndexOf("id=\"attention\"", StringComparison.Ordinal));
    }

    [Fact]
    public void A_run_and_its_expert_s_have_a_sentence_each()
    {
        string page = Report.LivePage(ReportContent.FromFolders([runs.Finished, runs.Expert]));
        Assert.Contains("wrn-10-1 was trained on 40 images of shapes (0 held out, 20 to test with) for 3 epochs at batch 32, by ctkd, seed 3. The expert, wrn-10-1, has a test accuracy of", page);
        Assert.Contains("wrn-10-1 was trained on 40 images of shapes (0 held out, 20 to test with) for 1 epoch at batch 32, by supervised, seed", page);
    }

    /// <summary>A run whose accuracy is measured at its end alone, its expert's, and one of a student alone under another setting.</summary>
    public sealed class Runs : IDisposable
    {
        private readonly TemporaryFolder _folder = new();

        public Runs()
        {
            var stop = TestContext.Current.CancellationToken;
            var quiet = TinyRecipe.Ctkd with
            {
                Data = TinyRecipe.Ctkd.Data with { HeldOut = 0, TrainImages = 40 },
                Students = [TinyRecipe.Ctkd.Students[0] with { Name = "student" }, TinyRecipe.Ctkd.Students[0] with { Name = "alone", Taught = false }],
                Training = TinyRecipe.Ctkd.Training with { TestEvery = 0, BatchSize = 32 },
                Expert = TinyRecipe.Ctkd.Expert! with { Training = TinyRecipe.Ctkd.Expert.Training with { TestEvery = 0, BatchSize = 32 } },
            };
            quiet.Run(_folder, stop: stop);
            (quiet with { Name = "other", Method = new SupervisedOptions(), Expert = null, Students = [quiet.Students[0]], Training = quiet.Training with { Epochs = 1 } }).Run(_folder, "alone", stop);
        }

        public string Finished => _folder["run"];

        public string Alone => _folder["alone"];

        public string Expert => Directory.GetDirectories(_folder["experts"]).Single();

        public string Copy(string name, int epochs, int points)
        {
            string run = Directory.CreateDirectory(_folder[name]).FullName;
            foreach (string file in new[] { "recipe.json", "environment.json" })
                File.Copy(Path.Combine(Finished, file), Path.Combine(run, file));
            File.WriteAllLines(Path.Combine(run, "epochs.jsonl"), File.ReadLines(Path.Combine(Finished, "epochs.jsonl")).Take(epochs));
            Directory.CreateDirectory(Path.Combine(run, "path"));
            foreach (string point in Directory.GetFiles(Path.Combine(Finished, "path")).Order(StringComparer.Ordinal).Take(points))
                File.Copy(point, Path.Combine(run, "path", Path.GetFileName(point)));
            return run;
        }

        public void Dispose() => _folder.Dispose();
    }
}
