using Pupil.Experiments.Exhibits;
using Pupil.Experiments.Runs;
using Pupil.Reporting.Content;

namespace Pupil.Reporting.Page;

/// <summary>The confusions of the students and their mistakes with the highest probability.</summary>
internal static class MistakesFigure
{
    // A larger matrix is unreadable; its largest confusions are listed instead.
    private const int MatrixClasses = 20, ListedConfusions = 15, Mistakes = 8;

    /// <summary>Makes one collapsible part for each student; empty where no run has predictions.</summary>
    public static Html OfReport(ReportContent content)
    {
        bool alone = content.Groups.Count == 1;
        return Html.Join(
            from entry in content.Groups
            from run in entry.Runs.Where(run => run.Exhibit is not null).Take(1)
            from network in run.Exhibit!.Answers.Keys
            where entry.Networks.Contains(network) && entry.RoleOf(network) != NetworkRole.Companion
            select Student(entry.NameOf(network, alone), run, network, alone, content.ShowsPictures));
    }

    private static Html Student(string label, ReportRun run, string network, bool open, bool showsPictures)
    {
        var exhibit = run.Exhibit!;
        var counts = Count(exhibit, network);
        var mistakes = exhibit.Mistakes(network).Take(Mistakes)
            .Select(mistake => (mistake, PictureList.Prediction(exhibit, network, mistake)));
        return Html.Format($"""
            <details{Html.Markup(open ? " open" : "")}><summary><span dir="auto">{label}</span>, seed {run.Seed}</summary>
            {(exhibit.Names.Count <= MatrixClasses ? Matrix(exhibit, counts) : Largest(exhibit, counts))}
            <h3>Most confident mistakes</h3>
            {PictureList.Of(exhibit, mistakes, showsPictures)}</details>

            """);
    }

    // The counts by class and prediction, sparse: most pairs of many classes do not occur.
    private static Dictionary<(int Class, int Answer), int> Count(Exhibit exhibit, string network) =>
        exhibit.Labels.Zip(exhibit.Answers[network].Classes).CountBy(pair => pair).ToDictionary();

    private static Html Matrix(Exhibit exhibit, Dictionary<(int Class, int Answer), int> counts)
    {
        int classes = exhibit.Names.Count;
        var all = Enumerable.Range(0, classes);
        int[] totals = [.. all.Select(row => all.Sum(column => counts.GetValueOrDefault((row, column))))];
        var rows = all.Select(row =>
            Html.Format($"<tr><th scope=\"row\" dir=\"auto\">{exhibit.Names[row]}</th>{all.Select(column => Cell(row, column))}</tr>\n"));
        var heads = exhibit.Names.Select(name => Html.Format($"<th scope=\"col\" dir=\"auto\"><span>{name}</span></th>"));
        return Html.Format($"""
            <div class="scroll" tabindex="0" role="group" aria-label="Confusion matrix"><table class="confusion">
            <caption>Confusion matrix: rows are labels, columns are predictions, values are numbers of test images</caption>
            <thead><tr><td></td>{heads}</tr></thead>
            <tbody>
            {rows}</tbody></table></div>

            """);

        Html Cell(int row, int column)
        {
            // The page's policy forbids inline styles, so the shares have classes in steps of 5 %.
            int count = counts.GetValueOrDefault((row, column));
            int twentieths = totals[row] == 0 ? 0 : (int)Math.Ceiling(20.0 * count / totals[row]);
            return Html.Format($"<td class=\"{(row == column ? "right" : "wrong")} s{twentieths}\">{count}</td>");
        }
    }

    private static Html Largest(Exhibit exhibit, Dictionary<(int Class, int Answer), int> counts)
    {
        var largest = counts.Where(entry => entry.Key.Class != entry.Key.Answer)
            .OrderByDescending(entry => entry.Value).ThenBy(entry => entry.Key.Class).ThenBy(entry => entry.Key.Answer)
            .Take(ListedConfusions);
        string[] columns = ["label", "prediction", "test images"];
        string what = exhibit.Combinations is null ? "classes" : "combinations of labels";
        return HtmlTable.OfRows($"The largest confusions of {exhibit.Names.Count} {what}", columns, largest.Select(entry => new[]
        {
            Html.Format($"{exhibit.Names[entry.Key.Class]}"),
            Html.Format($"{exhibit.Names[entry.Key.Answer]}"),
            Html.Format($"{entry.Value}"),
        }));
    }
}
