using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Pupil.Experiments.Exhibits;
using Pupil.Experiments.Recipes;
using Pupil.Experiments.Runs;
using Pupil.Reporting.Content;
using Pupil.Reporting.Page;
using Pupil.Settings;
using Pupil.Tests.Cli;

namespace Pupil.Tests.Reporting.Page;

/// <summary>Tests of reports of real run folders, complete and damaged.</summary>
public sealed partial class ReportTests(ToolRun finished)
{
    [GeneratedRegex("(?:src|href)=\"([^\"]*)\"|url\\(([^)]*)\\)|https?://[^\\s\"<]+")]
    private static partial Regex Links();

    [Fact]
    public void A_page_contains_every_section_and_loads_nothing()
    {
        string page = PageOf(finished.Folder.Path);

        string[] sections = ["results", "curves", "attention", "path", "terms", "mistakes", "disagreements", "cost", "repeat"];
        foreach (string section in sections)
            Assert.Contains($"<section id=\"{section}\"", page);
        Assert.DoesNotContain("id=\"problems\"", page);
        var summary = finished.Folder.ReadSummary()!;
        foreach (var result in summary.Networks)
            NumbersInText.AssertContains(FormattableString.Invariant($"<td>{100 * result.Last.Test.Top1:0.00}</td>"), page);
        Assert.Contains("student/attention"[8..], page);
        Assert.All(Links().Matches(page).Select(match => match.Value), link => Assert.True(IsInside(link), link));

        static bool IsInside(string link) =>
            link.StartsWith("href=\"#", StringComparison.Ordinal) || link.Contains("=\"data:", StringComparison.Ordinal)
            || link.StartsWith("url(#", StringComparison.Ordinal) || link.StartsWith("http://www.w3.org/", StringComparison.Ordinal);
    }

    [Fact]
    public void Disagreements_of_student_and_expert_are_shown_with_what_teaching_gave_and_cost()
    {
        string page = PageOf(finished.Folder.Path);
        string part = page[page.IndexOf("<section id=\"disagreements\"", StringComparison.Ordinal)..];
        part = part[..part.IndexOf("</section>", StringComparison.Ordinal)];
        var exhibit = Exhibit.Read(finished.Folder.ExhibitFile);
        var found = Agreement.Of(exhibit.Labels, exhibit.Answers["student"], exhibit.Answers["expert"]);
        foreach (int count in new[] { found.Same, found.Gains, found.Losses, found.Gains - found.Losses })
            NumbersInText.AssertContains(FormattableString.Invariant($"<td>{100.0 * count / found.Images:0.00}</td>"), part);
        Assert.Equal(Math.Min(8, found.Gains) + Math.Min(8, found.Losses), Regex.Count(part, "<li><img"));
    }

    [Fact]
    public void Names_with_markup_stay_text()
    {
        using var folder = new TemporaryFolder();
        Copy(finished.Folder.Path, folder["run"]);
        const string Evil = "<script>alert(1)</script>\" onload='x' مرحبا";
        string recipe = Path.Combine(folder["run"], "recipe.json"), evil = System.Text.Json.JsonSerializer.Serialize(Evil);
        File.WriteAllText(recipe, File.ReadAllText(recipe).Replace("\"For tests.\"", evil, StringComparison.Ordinal));

        string page = PageOf(folder["run"]);

        Assert.Contains(Evil, System.Net.WebUtility.HtmlDecode(page));
        Assert.DoesNotContain("<script>alert", page);
    }

    [Fact]
    public void Choices_are_shown_with_their_reasons()
    {
        using var folder = new TemporaryFolder();
        Copy(finished.Folder.Path, folder["run"]);
        Assert.DoesNotContain("id=\"choices\"", PageOf(folder["run"]));
        var plan = new Plan([new Choice("data.input", "input", "32×32", "small & <simple>")], 60, 5, 50);
        File.WriteAllText(new RunFolder(folder["run"]).PlanFile, JsonSerializer.Serialize(plan, SettingsJson.Options));
        string page = PageOf(folder["run"]);
        Assert.Contains("<section id=\"choices\"", page);
        Assert.Contains("small &amp; &lt;simple&gt;", page);
    }

    [Theory]
    [InlineData("run.json", "{ broken", "cannot be read")]
    [InlineData("recipe.json", "{\"name\": \"x\", \"fromTheFuture\": 1}", "fromTheFuture")]
    [InlineData("exhibit.safetensors", "cut off", "exhibit.safetensors")]
    [InlineData("path/step-000000003.safetensors", "", "step-000000003")]
    [InlineData("epochs.jsonl", null, "line 3 of 3")]
    [InlineData("environment.json", "nonsense", "environment.json")]
    public void Damaged_records_are_reported_and_the_rest_is_shown(string file, string? content, string message)
    {
        using var folder = new TemporaryFolder();
        Copy(finished.Folder.Path, folder["run"]);
        string path = Path.Combine(folder["run"], file);
        string text = File.ReadAllText(path);
        File.WriteAllText(path, content ?? text[..^40]);

        var report = ReportContent.FromFolders([folder["run"]]);
        string page = PageOf(folder["run"]);

        Assert.Contains(report.Problems, problem => problem.Contains(message, StringComparison.Ordinal));
        Assert.Contains("id=\"problems\"", page);
        Assert.Contains("<section id=\"curves\"", page);
    }

    [Fact]
    public void An_unfinished_run_is_shown_so_far()
    {
        using var folder = new TemporaryFolder();
        Copy(finished.Folder.Path, folder["run"]);
        File.Delete(Path.Combine(folder["run"], "run.json"));
        File.Delete(Path.Combine(folder["run"], "exhibit.safetensors"));
        string page = PageOf(folder["run"]);
        Assert.Contains("is not finished", page);
        Assert.Contains("<section id=\"path\"", page);
        Assert.DoesNotContain("<section id=\"mistakes\"", page);
    }

    [Fact]
    public void A_folder_without_a_run_is_refused()
    {
        using var folder = new TemporaryFolder();
        var error = Assert.Throws<UserErrorException>(() => ReportContent.FromFolders([folder.FullPath]));
        Assert.Contains("neither a run nor a comparison", error.Message);
        Assert.IsType<FolderWithoutRuns>(error.Cause);
    }

    [Fact]
    public void Every_chart_is_written_with_its_numbers()
    {
        using var folder = new TemporaryFolder();
        int count = Report.WriteCharts(ReportContent.FromFolders([finished.Folder.Path]), folder["charts"]);

        Assert.Equal(3 * count, Directory.GetFiles(folder["charts"]).Length);
        string[] lines = File.ReadAllLines(Path.Combine(folder["charts"], "test-accuracy-1.csv"));
        Assert.Equal("series,x,y,deviation", lines[0]);
        var epochs = finished.Folder.ReadEpochs();
        string[][] points = [.. lines.Select(line => line.Split(',')).Where(fields => fields[0] == "\"student\"")];
        Assert.Equal(epochs.Select(epoch => $"{epoch.Epoch}"), points.Select(fields => fields[1]));
        Tensors.AssertNear([.. epochs.Select(epoch => 100 * epoch.Test["student"].Top1)],
            [.. points.Select(fields => double.Parse(fields[2], CultureInfo.InvariantCulture))], 1e-9, "accuracy");
        Assert.Contains("stroke-dasharray", File.ReadAllText(Path.Combine(folder["charts"], "test-accuracy-1.svg")));
        Assert.Equal(0x89, File.ReadAllBytes(Path.Combine(folder["charts"], "path.png"))[0]);
    }

    [Fact]
    public void Runs_of_several_recipes_share_no_chart()
    {
        using var folder = new TemporaryFolder();
        var content = ReportContent.FromFolders([finished.Folder.Path]);
        int charts = Report.WriteCharts(content, folder["one"]);
        content = content with { Groups = [content.Groups[0] with { Part = "first" }, content.Groups[0] with { Part = "second" }] };
        Assert.Equal(2 * charts, Report.WriteCharts(content, folder["two"]));
        Assert.Equal(3 * 2 * charts, Directory.GetFiles(folder["two"]).Length);
        // Each chart is the same as in a report of that recipe alone.
        Assert.Equal(File.ReadAllText(folder["one/path.csv"]), File.ReadAllText(folder["two/second-path.csv"]));
        Report.WritePage(content, folder["report.html"]);
        string page = File.ReadAllText(folder["report.html"]);
        Assert.Equal(7, Regex.Count(page, "<h3 dir=\"auto\">second</h3>"));
        Assert.All(Regex.Matches(page, " id=\"([^\"]+)\"").CountBy(id => id.Groups[1].Value), id => Assert.Equal(1, id.Value));
    }

    [Fact]
    public void A_page_without_pictures_contains_no_pictures_of_the_data_set()
    {
        string page = PageOf(finished.Folder.Path), without = PageOf(finished.Folder.Path, showsPictures: false);

        var pictures = PicturesIn(page);
        Assert.NotEmpty(PicturesIn(without));
        Assert.Empty(pictures.Intersect(PicturesIn(without)));
        Assert.True(PicturesIn(without).Count < pictures.Count);
        Assert.Contains("The page contains no pictures of the data set.", without);
        Assert.Contains("Confusion matrix", without);

        static HashSet<string> PicturesIn(string text) =>
            [.. Regex.Matches(text, "data:image/webp;base64,[^\"]+").Select(match => match.Value)];
    }

    internal static string PageOf(string run, bool showsPictures = true)
    {
        using var folder = new TemporaryFolder();
        Report.WritePage(ReportContent.FromFolders([run]) with { ShowsPictures = showsPictures }, folder["report.html"]);
        return File.ReadAllText(folder["report.html"]);
    }

    private static void Copy(string from, string to)
    {
        foreach (string file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            string target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }
}
