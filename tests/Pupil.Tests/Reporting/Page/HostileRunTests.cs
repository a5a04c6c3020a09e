using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Pupil.Core;
using Pupil.Reporting.Content;
using Pupil.Reporting.Page;
using Pupil.Tests.Cli;
using Pupil.Tests.Experiments.Runs;
using static TorchSharp.torch;

namespace Pupil.Tests.Reporting.Page;

/// <summary>Tests of foreign run folders: names with markup or paths, and records that are valid JSON but no valid records.</summary>
public sealed class HostileRunTests : IDisposable
{
    private const string Script = "x\"/><script>document.title='taken';document.body.dataset.taken=1</script><x y=\"";

    private readonly TemporaryFolder _folder = new();

    public HostileRunTests(ToolRun finished)
    {
        var files = TinyRecipe.Files(finished.Folder.Path).Where(file => !file.StartsWith("students", StringComparison.Ordinal));
        foreach (string file in files)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_folder[$"run/{file}"])!);
            File.Copy(Path.Combine(finished.Folder.Path, file), _folder[$"run/{file}"]);
        }
    }

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string> Names => new(
        "/../../../taken", "..", "C:\\taken", "a/b", "con", "a\nb", "\0", Script, new string('n', 3000), "‮", "");

    [Theory]
    [MemberData(nameof(Names))]
    public void No_name_leads_a_file_elsewhere_or_breaks_a_chart_s_markup(string name)
    {
        Rename("stage1", name);
        Rename("student/path", $"student/{name}");
        Directory.CreateDirectory(_folder["out/charts"]);
        var content = ReportContent.FromFolders([_folder["run"]]);
        // A term's name has at most three parts; a line with another name is reported and left out.
        Assert.Equal(name.Count(letter => letter == '/') > 1, content.Problems.Count > 0);
        Assert.All(content.Problems, problem => Assert.Contains("epochs.jsonl", problem));
        string[] before = [.. TinyRecipe.Files(_folder.FullPath)];

        int count = Report.WriteCharts(content, _folder["out/charts"]);

        string[] written = [.. TinyRecipe.Files(_folder.FullPath).Except(before)];
        Assert.Equal(3 * count, written.Length);
        Assert.All(written, file => Assert.Matches("^out/charts/[A-Za-z0-9][A-Za-z0-9._-]*\\.(svg|png|csv)$", file));
        foreach (string svg in written.Where(file => file.EndsWith(".svg", StringComparison.Ordinal)))
        {
            var picture = System.Xml.Linq.XDocument.Load(_folder[svg]);
            Assert.DoesNotContain(picture.Descendants(), element => element.Name.LocalName == "script");
        }
    }

    [Fact]
    public void Stages_with_the_same_file_name_have_separate_files()
    {
        Rename("stage1", "a?b");
        Rename("stage2", "a*b");
        Rename("stage3", "a-b");
        Report.WriteCharts(ReportContent.FromFolders([_folder["run"]]), _folder["charts"]);
        Assert.Equal(["focus-test-a-b-2.csv", "focus-test-a-b-3.csv", "focus-test-a-b.csv"],
            Directory.GetFiles(_folder["charts"], "focus-*.csv").Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_name_runs_no_script_and_the_policy_forbids_all_other_scripts()
    {
        Rename("stage1", Script);
        Rename("student/path", $"student/{Script}");
        Report.WritePage(ReportContent.FromFolders([_folder["run"]]), _folder["report.html"]);
        string page = File.ReadAllText(_folder["report.html"]);
        Assert.DoesNotContain("unsafe-inline", page);
        Assert.DoesNotContain("<script>document", page);
        Assert.DoesNotContain(" style=", page);

        // The page's policy alone must block inserted scripts.
        const string Inserted = "<main><script>document.title='taken'</script><img src=x onerror=\"document.title='taken'\">";
        File.WriteAllText(_folder["report.html"], page.Replace("<main>", Inserted, StringComparison.Ordinal));
        await using var browser = await Chromium.OpenAsync(_folder["report.html"]);
        Assert.Equal("tiny – Pupil", await browser.Page.TitleAsync());
        Assert.Null(await browser.Page.EvaluateAsync<string?>("document.body.dataset.taken ?? null"));
        Assert.Contains(browser.Complaints, complaint => complaint.Contains("Content Security Policy", StringComparison.Ordinal));
    }

    [Fact]
    public void An_exhibit_of_very_many_classes_makes_no_larger_page()
    {
        Report.WritePage(ReportContent.FromFolders([_folder["run"]]), _folder["before.html"]);
        string file = new Pupil.Experiments.Runs.RunFolder(_folder["run"]).ExhibitFile;
        using (var exhibit = SafeTensors.Read(file))
        {
            var card = JsonNode.Parse(exhibit.Metadata["pupil.exhibit"])!;
            card["classes"] = new JsonArray([.. Enumerable.Range(0, 30_000).Select(i => (JsonNode)$"{i}")]);
            var texts = exhibit.Metadata.ToDictionary();
            texts["pupil.exhibit"] = card.ToJsonString();
            SafeTensors.Write(file, exhibit.Tensors, texts);
        }
        var content = ReportContent.FromFolders([_folder["run"]]);
        Assert.Empty(content.Problems);
        Report.WritePage(content, _folder["after.html"]);
        Assert.InRange(new FileInfo(_folder["after.html"]).Length, 1, new FileInfo(_folder["before.html"]).Length + 100_000);
    }

    public static TheoryData<string, string, string> OddRecords => new()
    {
        { "epochs.jsonl", "", "null" },
        { "epochs.jsonl", "test.student", "null" },
        { "epochs.jsonl", "test.student.top1", "3" },
        { "epochs.jsonl", "test.student.top1", "1e999" },
        { "epochs.jsonl", "terms", "{\"student/path\": 1e300}" },
        { "epochs.jsonl", "epoch", "-1" },
        { "epochs.jsonl", "test.student.focus.stage1.images", "0" },
        { "run.json", "", "null" },
        { "run.json", "", "[]" },
        { "run.json", "networks", "[null]" },
        { "run.json", "networks", "[]" },
        { "run.json", "seed", "4" },
        { "run.json", "method", "\"kd\"" },
        { "run.json", "trainingSeconds", "0" },
        { "run.json", "images.train", "-5" },
        { "run.json", "expert.test.top1", "1e999" },
        { "run.json", "networks.0.network.name", "\"somebody\"" },
        { "environment.json", "", "[null]" },
        { "environment.json", "", "null" },
    };

    [Theory]
    [MemberData(nameof(OddRecords))]
    public void An_invalid_record_is_reported_and_left_out_and_the_rest_is_shown(string file, string place, string value)
    {
        string path = _folder[$"run/{file}"];
        // In a file of several lines, the last line is changed.
        string[] lines = file == "epochs.jsonl" ? File.ReadAllLines(path) : [File.ReadAllText(path)];
        lines[^1] = place.Length == 0 ? value : With(lines[^1], place, value);
        File.WriteAllText(path, string.Join('\n', lines) + "\n");

        var content = ReportContent.FromFolders([_folder["run"]]);

        Assert.Contains(file, Assert.Single(content.Problems));
        Assert.Equal(file == "epochs.jsonl" ? 2 : 3, content.Groups[0].Runs[0].Epochs.Count);
        Assert.Equal(file != "run.json", content.Groups[0].Runs[0].Summary is not null);
        string page = PageOf(content);
        foreach (string section in new[] { "problems", "curves", "mistakes", "attention", "path" })
            Assert.Contains($"<section id=\"{section}\"", page);
        // Scripts contain isNaN, and base64 any letters.
        Assert.DoesNotContain("NaN", Regex.Replace(page, "base64,[^\"]*|<script.*?</script>", "", RegexOptions.Singleline));
    }

    public static TheoryData<string> OddTensors => new(
        "labels of another type", "a label that is no class", "shares that are no numbers", "answers for other images",
        "pictures of no size", "logits that are no numbers", "logits of other classes");

    [Theory]
    [MemberData(nameof(OddTensors))]
    public void Invalid_tensors_are_reported_and_the_rest_is_shown(string odd)
    {
        string file = odd.StartsWith("logits", StringComparison.Ordinal) ? "path/step-000000009.safetensors" : "exhibit.safetensors";
        using (var content = SafeTensors.Read(_folder[$"run/{file}"]))
        {
            var tensors = content.Tensors.ToDictionary();
            var (name, change) = odd switch
            {
                "labels of another type" => ("labels", (Func<Tensor, Tensor>)(values => values.to_type(ScalarType.Int64))),
                "a label that is no class" => ("labels", values => values + 100),
                "shares that are no numbers" => ("attention/student/stage1", values => values * double.NaN),
                "answers for other images" => ("answers/student", values => values[..5].clone()),
                "pictures of no size" => ("pictures/pixels", values => values[.., ..0].contiguous()),
                "logits that are no numbers" => ("student", values => values / 0),
                _ => ("student", values => values[.., ..5].contiguous()),
            };
            tensors[name] = change(tensors[name]);
            SafeTensors.Write(_folder[$"run/{file}"], tensors, content.Metadata);
        }

        var read = ReportContent.FromFolders([_folder["run"]]);

        Assert.Contains(Path.GetFileName(file), Assert.Single(read.Problems));
        Assert.Contains("<section id=\"curves\"", PageOf(read));
    }

    [Fact]
    public void A_run_that_is_given_twice_counts_once()
    {
        foreach (string file in TinyRecipe.Files(_folder["run"]).ToList())
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_folder[$"copy/{file}"])!);
            File.Copy(_folder[$"run/{file}"], _folder[$"copy/{file}"]);
        }
        var content = ReportContent.FromFolders([_folder["run"], _folder["copy"]]);
        Assert.Single(Assert.Single(content.Groups).Runs);
        Assert.Contains($"{_folder["copy"]}: has the recipe and seed of {_folder["run"]}", Assert.Single(content.Problems));
        PageOf(content);
    }

    [Theory]
    [InlineData(20)]
    [InlineData(150, Explicit = true)]
    public void Any_value_in_any_place_causes_no_unexpected_exception(int values)
    {
        string[] odd = ["null", "-1", "0", "1e308", "1e999", "2147483647", "\"\"", "\"..\"", "[]", "{}", "[null]", "true"];
        var random = new Random(5);
        foreach (string file in new[] { "run.json", "epochs.jsonl", "environment.json" })
        {
            string path = _folder[$"run/{file}"], valid = File.ReadAllText(path);
            for (int i = 0; i < values; i++)
            {
                string[] lines = file == "epochs.jsonl" ? valid.TrimEnd().Split('\n') : [valid];
                int line = random.Next(lines.Length);
                string[] places = [.. Places(JsonNode.Parse(lines[line])!, "")];
                lines[line] = With(lines[line], places[random.Next(places.Length)], odd[random.Next(odd.Length)]);
                File.WriteAllText(path, string.Join('\n', lines));
                var content = ReportContent.FromFolders([_folder["run"]]);
                // Whole pages are slow.
                if (i % 10 == 0)
                    PageOf(content);
            }
            File.WriteAllText(path, valid);
        }
    }

    private static string PageOf(ReportContent content) => Report.LivePage(content);

    // Renames in all records.
    private void Rename(string from, string to)
    {
        foreach (string file in new[] { "run.json", "epochs.jsonl" })
        {
            string path = _folder[$"run/{file}"];
            string text = File.ReadAllText(path), json = System.Text.Json.JsonSerializer.Serialize(to);
            File.WriteAllText(path, text.Replace($"\"{from}\"", json, StringComparison.Ordinal));
        }
    }

    private static string With(string json, string place, string value)
    {
        var root = JsonNode.Parse(json)!;
        string[] steps = place.Split('.');
        var node = steps[..^1].Aggregate(root, (at, step) => at is JsonArray array ? array[Index(step)]! : at[step]!);
        // Inserted as text, because JSON allows numbers beyond the range of double.
        const string Mark = "\"the place\"";
        if (node is JsonArray list)
            list[Index(steps[^1])] = "the place";
        else
            node[steps[^1]] = "the place";
        return root.ToJsonString().Replace(Mark, value, StringComparison.Ordinal);

        static int Index(string step) => int.Parse(step, System.Globalization.CultureInfo.InvariantCulture);
    }

    private static IEnumerable<string> Places(JsonNode node, string place)
    {
        IEnumerable<(string, JsonNode?)> parts = node switch
        {
            JsonObject entries => entries.Select(entry => (entry.Key, entry.Value)),
            JsonArray elements => elements.Select((element, i) => (FormattableString.Invariant($"{i}"), element)),
            _ => [],
        };
        foreach (var (name, part) in parts.Where(part => !part.Item1.Contains('.', StringComparison.Ordinal)))
        {
            string inner = place.Length == 0 ? name : $"{place}.{name}";
            yield return inner;
            foreach (string deeper in part is null ? [] : Places(part, inner))
                yield return deeper;
        }
    }
}
