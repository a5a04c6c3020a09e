using Pupil.Experiments.Exhibits;
using Pupil.Experiments.Runs;
using Pupil.Reporting.Content;

namespace Pupil.Reporting.Page;

/// <summary>What the students take for what, and what they are most certain and wrong about.</summary>
internal static class MistakesFigure
{
    // A larger matrix is a wall of numbers: its largest confusions are listed in its place.
    private const int MatrixClasses = 20, ListedConfusions = 15, Mistakes = 8;

    /// <summary>One fold for each student; empty where no run kept its answers.</summary>
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
        int[,] counts = Count(exhibit, network);
        var pictures = exhibit.Mistakes(network).Take(Mistakes).Select(mistake => Html.Format($"""
            <li>{(showsPictures ? Html.Format($"<img loading=\"lazy\" alt=\"\" src=\"{AttentionFigure.Data(HeatMap.Picture(exhibit, mistake.Picture))}\">") : Html.Empty)}<span dir="auto"><strong>{exhibit.Classes[mistake.Answer]}</strong>, {100 * mistake.Probability:0} %<br>is {exhibit.Classes[mistake.Picture.Label]}</span></li>

            """));
        return Html.Format($"""
            <details{Html.Markup(open ? " open" : "")}><summary><span dir="auto">{label}</span>, seed {run.Seed}</summary>
            {(exhibit.Classes.Count <= MatrixClasses ? Matrix(exhibit, counts) : Largest(exhibit, counts))}
            <h3>Most confident mistakes</h3>
            <ul class="pictures">
            {pictures}</ul>
            </details>

            """);
    }

    private static int[,] Count(Exhibit exhibit, string network)
    {
        int[,] counts = new int[exhibit.Classes.Count, exhibit.Classes.Count];
        int[] answers = exhibit.Answers[network].Classes;
        for (int i = 0; i < answers.Length; i++)
            counts[exhibit.Labels[i], answers[i]]++;
        return counts;
    }

    private static Html Matrix(Exhibit exhibit, int[,] counts)
    {
        int classes = exhibit.Classes.Count;
        int[] totals = [.. Enumerable.Range(0, classes).Select(row => Enumerable.Range(0, classes).Sum(column => counts[row, column]))];
        var rows = Enumerable.Range(0, classes).Select(row => Html.Format($"<tr><th scope=\"row\" dir=\"auto\">{exhibit.Classes[row]}</th>{Enumerable.Range(0, classes).Select(column => Cell(row, column))}</tr>\n"));
        return Html.Format($"""
            <div class="scroll" tabindex="0" role="group" aria-label="Confusion matrix"><table class="confusion">
            <caption>Confusion matrix: rows are the classes, columns the answers, numbers are test images</caption>
            <thead><tr><td></td>{exhibit.Classes.Select(name => Html.Format($"<th scope=\"col\" dir=\"auto\"><span>{name}</span></th>"))}</tr></thead>
            <tbody>
            {rows}</tbody></table></div>

            """);

        Html Cell(int row, int column)
        {
            double share = totals[row] == 0 ? 0 : (double)counts[row, column] / totals[row];
            return Html.Format($"<td class=\"{(row == column ? "right" : "wrong")}\" style=\"--share:{share:0.000}\">{counts[row, column]}</td>");
        }
    }

    private static Html Largest(Exhibit exhibit, int[,] counts)
    {
        int classes = exhibit.Classes.Count;
        var largest = (from row in Enumerable.Range(0, classes)
                       from column in Enumerable.Range(0, classes)
                       where row != column && counts[row, column] > 0
                       orderby counts[row, column] descending
                       select (row, column)).Take(ListedConfusions);
        return HtmlTable.OfRows($"The largest confusions of {classes} classes", ["class", "taken for", "test images"],
            largest.Select(pair => new[] { Html.Format($"{exhibit.Classes[pair.row]}"), Html.Format($"{exhibit.Classes[pair.column]}"), Html.Format($"{counts[pair.row, pair.column]}") }));
    }
}
