using System.Security.Cryptography;
using System.Text;
using Pupil.Experiments.Runs;
using Pupil.Reporting.Charts;
using Pupil.Reporting.Comparisons;
using Pupil.Reporting.Content;
using Pupil.Settings;

namespace Pupil.Reporting.Page;

/// <summary>Writes a report as one self-contained page: styles, scripts, charts and pictures are inside.</summary>
/// <param name="content">The content.</param>
/// <param name="isLive">Whether the page polls the server that served it for changes.</param>
internal sealed class ReportPage(ReportContent content, bool isLive = false)
{
    /// <summary>Returns the whole page.</summary>
    public string Write()
    {
        Section[] sections =
        [
            new("unfinished", "Unfinished runs", Paragraphs(content.Unfinished)),
            new("results", "Results", Results()),
            new("curves", "Curves", EachPart(part => Charts(part, Curves(part)))),
            new("classes", "Results of each class", EachPart(ClassTable.OfReport)),
            new("mistakes", "Confusions and mistakes", EachPart(MistakesFigure.OfReport)),
            new("disagreements", "Student and expert", EachPart(DisagreementFigure.OfReport)),
            new("attention", "Attention", EachPart(Attention)),
            new("path", "Paths to the final logits", EachPart(part => Charts(part, Path(part)))),
            new("terms", "Terms of the losses", EachPart(part => Charts(part, Terms(part)))),
            new("choices", "Chosen settings", EachPart(ChoiceTable.OfReport)),
            new("weights", "Trained weights at the start", EachPart(WeightsTable.OfReport)),
            new("cost", "Cost", CostTable.OfReport(content)),
            new("repeat", "Commands and recipes", Repeat()),
            new("problems", "Records that could not be read", Paragraphs(content.Problems)),
        ];
        Section[] shown = [.. sections.Where(section => section.Body.ToString().Length > 0)];
        var links = shown.Select(section => Html.Format($"<a href=\"#{section.Name}\">{section.Title}</a> "));
        var bodies = shown.Select(section => Html.Format($"""
            <section id="{section.Name}" aria-labelledby="{section.Name}-title">
            <h2 id="{section.Name}-title">{section.Title}</h2>
            {section.Body}</section>

            """));
        string style = $"\n{Resource("report.css")}", script = $"\n{Resource("report.js")}{(isLive ? Resource("report-live.js") : "")}";
        return Html.Format($"""
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta http-equiv="Content-Security-Policy" content="{Policy(style, script)}">
            <title>{content.Title} – Pupil</title>
            <link rel="icon" href="data:,">
            <style>{Html.Markup(style)}</style>
            </head>
            <body>
            <header>
            <h1 dir="auto">{content.Title}</h1>
            <button type="button" id="theme" aria-pressed="false">Dark</button>
            {ReportWords.About(content)}
            <nav aria-label="Sections">{links}</nav>
            </header>
            <main>
            {bodies}</main>
            <footer><p>Written by Pupil from the records in the run folders.</p></footer>
            <script>{Html.Markup(script)}</script>
            </body>
            </html>

            """).ToString();
    }

    /// <summary>Returns all charts of a report.</summary>
    public static IEnumerable<Chart> ChartsOf(ReportContent content) =>
        content.Parts.SelectMany(part => Named(part, [.. Curves(part), .. Terms(part), .. Focus(part), .. Path(part)]));

    // Allows only the page's own styles and scripts, and nothing that a record contains.
    private string Policy(string style, string script) => string.Join("; ",
        "default-src 'none'", "base-uri 'none'", "form-action 'none'", $"style-src '{HashOf(style)}'", $"script-src '{HashOf(script)}'",
        $"img-src data:{(isLive ? "; connect-src 'self'" : "")}");

    private static string HashOf(string text) => $"sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(text)))}";

    private static Html Paragraphs(IEnumerable<string> sentences) =>
        Html.Join(sentences.Select(sentence => Html.Format($"<p class=\"problem\">{sentence}</p>\n")));

    private static Html Attention(ReportContent part) =>
        Html.Join([AttentionFigure.OfReport(part), FocusTable.OfReport(part), Charts(part, Focus(part))]);

    // Shows the loss until an accuracy is measured.
    private static IEnumerable<Chart> Curves(ReportContent part)
    {
        var charts = new ReportCharts(part.Groups);
        var accuracy = charts.Accuracy().ToList();
        return accuracy.Count > 0 ? accuracy : charts.Loss();
    }

    private static IEnumerable<Chart> Terms(ReportContent part) => new ReportCharts(part.Groups).Terms();

    private static IEnumerable<Chart> Focus(ReportContent part) => new ReportCharts(part.Groups).Focus();

    private static IEnumerable<Chart> Path(ReportContent part) => new[] { PathChart.OfGroups(part.Groups) }.OfType<Chart>();

    // Makes the names unique in a page and in a folder of charts.
    private static IEnumerable<Chart> Named(ReportContent part, IEnumerable<Chart> charts) =>
        part.Part.Length == 0 ? charts : charts.Select(chart => chart with { Name = $"{part.Part}-{chart.Name}" });

    private Html EachPart(Func<ReportContent, Html> body)
    {
        var bodies = content.Parts.Select(part => (part.Part, Body: body(part))).Where(entry => entry.Body.ToString().Length > 0);
        return Html.Join(bodies.Select(entry =>
            entry.Part.Length == 0 ? entry.Body : Html.Format($"<h3 dir=\"auto\">{entry.Part}</h3>\n{entry.Body}")));
    }

    private Html Results() => content.Comparison is { } comparison
        ? Html.Format($"{comparison.Tables.Select(Table)}<ul class=\"notes\">{comparison.Notes.Select(Note)}</ul>\n")
        : ResultTable.OfReport(content);

    private static Html Note(TextNote note) => Html.Format($"<li>{(note.Mark.Length > 0 ? $"[{note.Mark}] " : "")}{note.Text}</li>\n");

    private static Html Table(TextTable table) => HtmlTable.OfRows(table.Title, table.Columns,
        table.Lines.Select(line => line.Cells.Select((cell, i) => Cell(cell, isIndented: i == 0 && line.IsPart))));

    private static Html Cell(TextCell cell, bool isIndented)
    {
        var text = cell.IsMarked ? Html.Format($"<strong>{cell.Text}</strong>") : Html.Format($"{cell.Text}");
        return Html.Format($"{(isIndented ? "↳ " : "")}{text}");
    }

    private static Html Charts(ReportContent part, IEnumerable<Chart> charts)
    {
        Html[] figures = [.. Named(part, charts).Select(ChartFigure.OfChart)];
        return figures.Length == 0 ? Html.Empty : Html.Format($"<div class=\"charts\">\n{figures}</div>\n");
    }

    private Html Repeat() => Html.Join(content.Groups.Select(group =>
    {
        var run = group.Runs[0];
        var commands = group.Runs.SelectMany(each => each.Environments.Take(1)).Select(environment => environment.Command).Distinct();
        var machines = group.Runs.SelectMany(each => each.Environments).Select(Machine).Distinct();
        string recipe = run.Recipe is null ? "" : SettingsWriter.Write(run.Recipe);
        return Html.Format($"""
            <details{Html.Markup(content.Groups.Count == 1 ? " open" : "")}><summary>{group.FullLabel}</summary>
            <pre class="command" tabindex="0">{string.Join("\n", commands)}</pre>
            <ul>{machines.Select(machine => Html.Format($"<li>{machine}</li>"))}</ul>
            <details><summary>Recipe as run, seed {run.Seed}</summary><pre tabindex="0">{recipe}</pre></details>
            </details>

            """);
    }));

    private static string Machine(RunEnvironment machine) =>
        $"{machine.Processor}, {machine.Cores} cores, {machine.Threads} threads, {machine.Device}; "
        + $"{machine.System}, {machine.Runtime}; Pupil {machine.Pupil}, TorchSharp {machine.TorchSharp}, libtorch {machine.LibTorch}";

    private static string Resource(string name)
    {
        using var stream = typeof(ReportPage).Assembly.GetManifestResourceStream($"reports/{name}")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    private sealed record Section(string Name, string Title, Html Body);
}
