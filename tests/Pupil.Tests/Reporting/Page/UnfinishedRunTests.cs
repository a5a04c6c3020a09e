using System.Text.RegularExpressions;
using Pupil.Distillation.Methods;
using Pupil.Experiments.Runs;
using Pupil.Reporting.Charts;
using Pupil.Reporting.Content;
using Pupil.Reporting.Page;
using Pupil.Tests.Experiments.Runs;

namespace Pupil.Tests.Reporting.Page;

/// <summary>Tests of reports of an unfinished run that measures accuracy only at its end, and of several runs.</summary>
public sealed class UnfinishedRunTests(UnfinishedRunTests.Runs runs) : IClassFixture<UnfinishedRunTests.Runs>
{
    [Fact]
    public void An_unfinished_run_is_no_problem_and_its_progress_is_shown()
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
    public void An_incomplete_last_line_is_ignored()
    {
        string run = runs.Copy("writes", epochs: 2, points: 3);
        File.AppendAllText(Path.Combine(run, "epochs.jsonl"), "{\"epoch\": 3, \"ra");
        Assert.Empty(ReportContent.FromFolders([run]).Problems);
        File.AppendAllText(Path.Combine(run, "epochs.jsonl"), "te\n"); // a complete line, and damaged
        Assert.Contains("line 3 of 3 cannot be read", Assert.Single(ReportContent.FromFolders([run]).Problems));
    }

    [Fact]
    public void A_run_without_epochs_has_a_page()
    {
        var content = ReportContent.FromFolders([runs.Copy("starts", epochs: 0, points: 1)]);
        Assert.Contains("no epoch is done yet", Assert.Single(content.Unfinished));
        string page = Report.LivePage(content);
        Assert.Contains("wrn-10-1 was trained for 3 epochs at batch size", page);
        Assert.DoesNotContain("% of the variance", page); // one point is no path
        Assert.DoesNotContain("id=\"curves\"", page);
    }

    [Fact]
    public void Without_accuracies_the_curve_is_the_loss_and_each_network_has_its_colour()
    {
        var content = ReportContent.FromFolders([runs.Copy("measures-nothing", epochs: 2, points: 3)]);
        Assert.Equal(["student", "alone", "scratch-teacher"], content.Groups[0].Networks);
        var loss = Assert.Single(ReportPage.ChartsOf(content), chart => chart.Name == "loss");
        Assert.Equal(["student", "alone", "scratch-teacher"], loss.Series.Select(series => series.Label));
        Assert.Equal(3, Enumerable.Range(0, 3).Select(i => ChartDrawing.ColourOf(loss, i)).Distinct().Count());
        Assert.Equal([false, false, true], loss.Series.Select(series => series.IsDashed));
        Assert.Contains("<section id=\"curves\"", Report.LivePage(content));
        var path = Assert.Single(ReportPage.ChartsOf(content), chart => chart.Name == "path");
        int[] lengths = [.. path.Series.OrderBy(series => series.IsPoint).Select(series => series.X.Length)];
        Assert.Equal([3, 3, 3, 1], lengths); // the expert has one point
    }

    [Fact]
    public void The_lines_of_many_methods_are_all_distinct()
    {
        var one = ReportContent.FromFolders([runs.Finished]).Groups[0];
        var groups = Enumerable.Range(0, 12).Select(i => one with { Label = $"method {i}" }).ToList();
        var all = from found in groups
                  from network in found.Networks
                  select new ChartSeries("", [1, 2], [1, 2])
                  {
                      Tint = ReportContent.TintOf(groups, found, network),
                      IsDashed = found.RoleOf(network) == NetworkRole.Companion,
                  };
        var chart = new Chart("x", "", "", "", [.. all]);
        var looks = chart.Series.Select((_, i) => (ChartDrawing.ColourOf(chart, i), ChartDrawing.DashesOf(chart, i)));
        Assert.Equal(36, looks.Distinct().Count());
    }

    [Fact]
    public void The_result_table_has_the_difference_to_the_student_alone_with_its_interval()
    {
        var content = ReportContent.FromFolders([runs.Finished]);
        var group = content.Groups[0];
        var results = RunGroup.Over(group.Finished).ToDictionary(found => found.Network.Name);
        var difference = AloneDifference.OfStudent(content, group, results["student"])!;
        var summary = group.Finished[0];
        double[] shares = [Share("student"), Share("alone")];
        Assert.Equal(shares[0] - shares[1], difference.Mean, 12);
        Assert.True(difference.IsOfImages);
        Assert.Equal(1.96 * Math.Sqrt(shares.Sum(share => share * (1 - share) / summary.Images.Test)), difference.HalfWidth!.Value, 12);
        Assert.Null(AloneDifference.OfStudent(content, group, results["alone"]));
        Assert.Null(AloneDifference.OfStudent(content, group, results["scratch-teacher"]));
        Assert.Contains("− alone", Report.LivePage(content));

        double Share(string name) => summary.Networks.First(result => result.Network.Name == name).Last.Test.Top1;
    }

    [Fact]
    public void A_student_alone_with_other_settings_is_no_baseline()
    {
        var taught = ReportContent.FromFolders([runs.Finished]).Groups[0];
        var alone = ReportContent.FromFolders([runs.Alone]).Groups[0];
        var content = ReportContent.FromFolders([runs.Finished, runs.Alone]);
        // The group's own control is the baseline. The student of the other folder has another training.
        Assert.NotNull(AloneDifference.OfStudent(content, content.Groups[0], RunGroup.Over(taught.Finished)[0]));
        Assert.Null(AloneDifference.OfStudent(content, alone, RunGroup.Over(alone.Finished)[0]));
    }

    [Fact]
    public void Networks_have_the_same_name_in_all_tables_and_mistakes_come_before_maps()
    {
        string page = Report.LivePage(ReportContent.FromFolders([runs.Finished]));
        foreach (string table in new[] { "Test accuracy in percent", "Size and speed", "Attention inside the object" })
        {
            int start = page.IndexOf($"<caption>{table}", StringComparison.Ordinal);
            string rows = page[start..page.IndexOf("</table>", start, StringComparison.Ordinal)];
            string[] names = [.. Regex.Matches(rows, "<th scope=\"row\" dir=\"auto\">([^<]*)</th>").Select(match => match.Groups[1].Value)];
            Assert.Equal(["alone", "expert", "scratch-teacher", "student"],
                names.SelectMany(name => name.Split(", ")).Order(StringComparer.Ordinal));
        }
        Assert.True(page.IndexOf("id=\"mistakes\"", StringComparison.Ordinal) < page.IndexOf("id=\"attention\"", StringComparison.Ordinal));
    }

    [Fact]
    public void A_run_and_its_expert_s_run_have_a_sentence_each()
    {
        string page = Report.LivePage(ReportContent.FromFolders([runs.Finished, runs.Expert]));
        const string Images = "wrn-10-1 was trained on 40 images of shapes (0 held out, 20 for testing)";
        Assert.Contains($"{Images} for 3 epochs at batch size 32, method ctkd, seed 3. The expert, wrn-10-1, has a test accuracy of", page);
        Assert.Contains($"{Images} for 1 epoch at batch size 32, method supervised, seed", page);
    }

    /// <summary>A run that measures accuracy only at its end, its expert's run, and one of a student alone with other settings.</summary>
    public sealed class Runs : IDisposable
    {
        private readonly TemporaryFolder _folder = new();

        public Runs()
        {
            var stop = TestContext.Current.CancellationToken;
            var quiet = TinyRecipe.Ctkd with
            {
                Data = TinyRecipe.Ctkd.Data with { HeldOut = 0, TrainImages = 40 },
                Students =
                [
                    TinyRecipe.Ctkd.Students[0] with { Name = "student" },
                    TinyRecipe.Ctkd.Students[0] with { Name = "alone", Taught = false },
                ],
                Training = TinyRecipe.Ctkd.Training with { TestEvery = 0, BatchSize = 32 },
                Expert = TinyRecipe.Ctkd.Expert! with { Training = TinyRecipe.Ctkd.Expert.Training with { TestEvery = 0, BatchSize = 32 } },
            };
            quiet.Run(_folder, stop: stop);
            var other = quiet with
            {
                Name = "other",
                Method = new SupervisedOptions(),
                Expert = null,
                Students = [quiet.Students[0]],
                Training = quiet.Training with { Epochs = 1 },
            };
            other.Run(_folder, "alone", stop);
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
