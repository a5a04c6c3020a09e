using System.Globalization;
using System.Xml.Linq;
using Pupil.Core;
using Pupil.Experiments.Runs;
using Pupil.Reporting.Charts;

namespace Pupil.Reporting.Descriptions;

/// <summary>
/// Draws networks as rows of boxes and the terms of the losses as lines between them, as SVG. A line shows which outputs a term joins and
/// where its gradient stops. A line that passes a row runs between two columns.
/// </summary>
internal sealed class Drawing
{
    private const int BoxWidth = 112, BoxHeight = 58, Pitch = 150, Left = 20, TitleHeight = 26, LabelsGap = 150, LabelsWidth = 64;
    private const int Header = 44, LineHeight = 15, LegendLine = 20, SmallestGap = 30, LegendColumn = 330;

    private const string Key = "An arrow points at an output that a term moves; at a bar its gradient stops. Dashed frame: frozen. "
        + "Dotted line: preliminary phase. In a box: parameters · multiply-adds.";

    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";

    private const string Style = """
        svg { --ink: #1b1d21; --quiet: #55595f; --paper: #ffffff; --box: #f4f5f7; --line: #9aa0a8; }
        svg { font: 12px system-ui, "DejaVu Sans", sans-serif; }
        @media (prefers-color-scheme: dark) {
          svg { --ink: #e8eaee; --quiet: #aab0b9; --paper: #14161a; --box: #1e2127; --line: #6a717b; }
        }
        text { fill: var(--ink); paint-order: stroke; stroke: var(--paper); stroke-width: 4px; stroke-linejoin: round; }
        .quiet { fill: var(--quiet); } .paper { fill: var(--paper); }
        .head { font-size: 17px; font-weight: 600; } .part { font-weight: 600; }
        .box { fill: var(--box); stroke: var(--line); } .frozen { stroke-dasharray: 5 3; }
        .flow { stroke: var(--line); fill: none; } .flow-head { fill: var(--line); }
        .inside { stroke: none; } .term { fill: none; stroke-width: 2; } .stop { stroke-width: 4; } .name { font-size: 11px; }
        .before { stroke-dasharray: 2 4; }
        """;

    private readonly string _title;
    private readonly IReadOnlyList<DrawnNetwork> _rows;
    private readonly IReadOnlyList<DrawnTerm> _terms;
    private readonly IReadOnlyList<string> _notes;
    private readonly int _columns;
    private readonly int[] _tops;
    private readonly int _bottom;
    private readonly Dictionary<(int Row, int Column, bool Above), int> _used = [];
    private readonly Dictionary<(int Row, int Column, bool Above), int> _all;

    private Drawing(string title, IReadOnlyList<DrawnNetwork> rows, IReadOnlyList<DrawnTerm> terms, IReadOnlyList<string> notes)
    {
        (_title, _rows, _terms) = (title, rows, terms);
        _columns = rows.Max(row => row.Boxes[^1].Column) + 1;
        _notes = [.. notes.SelectMany(Wrapped)];
        _all = Lines().SelectMany(line => new[] { line.From, line.To }).CountBy(end => end).ToDictionary();
        _tops = new int[rows.Count];
        int y = Header;
        for (int row = 0; row < rows.Count; row++)
        {
            int above = _all.Where(end => end.Key.Row == row && end.Key.Above).Select(end => end.Value).DefaultIfEmpty().Max();
            y += (row == 0 ? 0 : SmallestGap + (above > 0 ? LineHeight * above : 0)) + TitleHeight;
            _tops[row] = y;
            y += Math.Max(BoxHeight, LineHeight * (_terms.Count(term => term.Learner == row && term.ReadsLabels) + 1));
        }
        _bottom = y;
    }

    /// <summary>Draws one network.</summary>
    public static string OfNetwork(DescribedNetwork network) =>
        new Drawing(DescriptionText.Title(network), [DrawnNetwork.OfNetwork(network, network.Stages)], [], []).ToText();

    /// <summary>Draws the networks of a recipe and the terms between them.</summary>
    public static string OfTeaching(TeachingDescription teaching)
    {
        int stages = teaching.Networks.Max(network => network.Stages);
        var controls = teaching.Networks.Where(network => network.Role == NetworkRole.Control);
        var rows = teaching.Networks.Except(controls).Select(network => DrawnNetwork.OfNetwork(network, stages)).ToList();
        foreach (var extra in teaching.Extras.Where(extra => extra.Beside is null))
        {
            var links = teaching.Terms.Where(term => term.Name.Owner == extra.Name).SelectMany(term => term.Links);
            rows.Add(DrawnNetwork.OfExtra(extra, links.SelectMany(link => ColumnsOf(link.Teacher)).FirstOrDefault()));
        }
        rows.AddRange(controls.Select(network => DrawnNetwork.OfNetwork(network, stages)));
        var terms = teaching.Terms
            .Select((term, i) => DrawnTerm.OfTerm(term, rows, ChartDrawing.Palette[i % ChartDrawing.Palette.Count])).ToList();
        return new Drawing(DescriptionText.Title(teaching), rows, terms, [Key, .. DescriptionText.Notes(teaching)]).ToText();

        IEnumerable<int> ColumnsOf(Place? teacher) =>
            from row in rows
            where row.Name == teacher?.Network
            from box in row.Boxes
            where box.Part == teacher?.Part
            select box.Column;
    }

    private IEnumerable<((int Row, int Column, bool Above) From, (int Row, int Column, bool Above) To, DrawnTerm Term, DrawnLine Line)>
        Lines() =>
        from term in _terms
        from line in term.Lines
        orderby line.FromColumn, line.ToColumn
        let isDown = line.FromRow < term.Learner
        select ((line.FromRow, line.FromColumn, !isDown), (term.Learner, line.ToColumn, isDown), term, line);

    private int Width =>
        Left + (_columns - 1) * Pitch + BoxWidth + (_terms.Any(term => term.ReadsLabels) ? LabelsGap + LabelsWidth : 0) + Left;

    private static int X(int column) => Left + column * Pitch;

    private string ToText()
    {
        int perRow = Math.Max(1, (Width - 2 * Left) / LegendColumn);
        int legend = _terms.Count == 0 ? 0 : 1 + (_terms.Count + perRow - 1) / perRow;
        int height = _bottom + (legend + _notes.Count) * LegendLine + 30;
        var svg = new XElement(Svg + "svg",
            new XAttribute("viewBox", $"0 0 {Width} {height}"), new XAttribute("width", Width), new XAttribute("height", height),
            new XAttribute("role", "img"),
            new XElement(Svg + "title", _title), new XElement(Svg + "style", Style),
            new XElement(Svg + "rect", new XAttribute("width", "100%"), new XAttribute("height", "100%"), new XAttribute("class", "paper")),
            Text(Left, 28, _title, "head"));
        var labels = _terms.GroupBy(term => term.Learner)
            .SelectMany(terms => LabelsOf(terms.Key, [.. terms.Where(term => term.ReadsLabels)]));
        var all = _rows.SelectMany(Row).Concat(Lines().SelectMany(line => Line(line.From, line.To, line.Term, line.Line)))
            .Concat(labels).ToList();
        // Text is drawn last, above all shapes.
        svg.Add(all.OrderBy(element => element.Name.LocalName == "text"));
        svg.Add(Legend(perRow));
        return svg + "\n";
    }

    private IEnumerable<XElement> Row(DrawnNetwork network, int row)
    {
        int y = _tops[row];
        yield return Text(X(network.Boxes[0].Column), y - 9, network.Title, "quiet");
        for (int i = 0; i < network.Boxes.Count; i++)
        {
            var box = network.Boxes[i];
            int x = X(box.Column);
            if (i > 0)
            {
                int from = X(network.Boxes[i - 1].Column) + BoxWidth;
                yield return Path($"M {from} {y + BoxHeight / 2} H {x - 5}", "flow");
                yield return Path($"M {x} {y + BoxHeight / 2} l -7 -4 v 8 z", "flow-head");
            }
            yield return Rectangle(x, y, BoxWidth, BoxHeight,
                new XAttribute("rx", 6), new XAttribute("class", network.IsFrozen ? "box frozen" : "box"));
            yield return Text(x + 9, y + 18, box.Part, "part inside");
            yield return Text(x + 9, y + 34, box.Size, "inside");
            if (box.Cost.Parameters > 0)
                yield return Text(x + 9, y + 50, CostOf(box), "quiet inside");
        }
    }

    private static string CostOf(DrawnBox box)
    {
        string parameters = ShortNumber.Format(box.Cost.Parameters);
        return box.Cost.MultiplyAdds > 0 ? $"{parameters} · {ShortNumber.Format(box.Cost.MultiplyAdds)}" : parameters;
    }

    // The ends of lines at one side of a box are spaced evenly.
    private int Place((int Row, int Column, bool Above) end)
    {
        int turn = _used[end] = _used.GetValueOrDefault(end) + 1;
        return X(end.Column) + BoxWidth * turn / (_all[end] + 1);
    }

    private IEnumerable<XElement> Line(
        (int Row, int Column, bool Above) from, (int Row, int Column, bool Above) to, DrawnTerm term, DrawnLine line)
    {
        int direction = to.Above ? 1 : -1;
        int x1 = Place(from), x2 = Place(to);
        int y1 = _tops[from.Row] + (from.Above ? 0 : BoxHeight), y2 = _tops[to.Row] + (to.Above ? 0 : BoxHeight);
        int bend = direction * (SmallestGap + TitleHeight) / 2;
        string way = Math.Abs(from.Row - to.Row) == 1
            ? $"M {x1} {y1} C {x1} {(y1 + y2) / 2} {x2} {(y1 + y2) / 2} {x2} {y2 - direction * 7}"
            : Around(Math.Min(from.Column, to.Column));
        yield return Path(way, "term" + (term.IsPreliminary ? " before" : ""), term.Colour);
        yield return Path($"M {x2} {y2} l -5 {-direction * 9} h 10 z", null, term.Colour, isFilled: true);
        yield return line.MovesTeacher
            ? Path($"M {x1} {y1} l -5 {direction * 9} h 10 z", null, term.Colour, isFilled: true)
            : Path($"M {x1 - 7} {y1 + direction * 5} h 14", "stop", term.Colour);
        if (line.IsNamed)
        {
            int turn = _used[to];
            int y = to.Above ? y2 - TitleHeight - 6 - LineHeight * (turn - 1) : y2 + 22 + LineHeight * (turn - 1);
            yield return Text(x2 + 7, y, term.Name, "name");
        }

        // Passes the rows between, to the right of the column.
        string Around(int column)
        {
            int channel = X(column) + BoxWidth + (Pitch - BoxWidth) / 2;
            return $"M {x1} {y1} C {x1} {y1 + bend} {channel} {y1 + bend / 2} {channel} {y1 + bend} V {y2 - bend} "
                + $"C {channel} {y2 - bend / 2} {x2} {y2 - bend} {x2} {y2 - direction * 7}";
        }
    }

    private IEnumerable<XElement> LabelsOf(int row, IReadOnlyList<DrawnTerm> terms)
    {
        if (terms.Count == 0)
            yield break;
        int right = X(_columns - 1) + BoxWidth, x = right + LabelsGap;
        int height = LineHeight * (terms.Count + 1);
        int top = _tops[row] + BoxHeight / 2 - height / 2;
        yield return Rectangle(x, top, LabelsWidth, height, new XAttribute("rx", 12), new XAttribute("class", "box"));
        yield return Text(x + 13, top + height / 2 + 4, "labels", "inside");
        for (int i = 0; i < terms.Count; i++)
        {
            int y = top + height * (i + 1) / (terms.Count + 1) + 4;
            yield return Path($"M {x} {y} H {right + 7}", "term", terms[i].Colour);
            yield return Path($"M {right} {y} l 9 -5 v 10 z", null, terms[i].Colour, isFilled: true);
            yield return Text(right + 14, y - 4, terms[i].Name, "name");
        }
    }

    private IEnumerable<XElement> Legend(int perRow)
    {
        int y = _bottom + 34;
        for (int i = 0; i < _terms.Count; i++)
        {
            int x = Left + i % perRow * LegendColumn, line = y + i / perRow * LegendLine;
            yield return Rectangle(x, line - 9, 12, 10, new XAttribute("fill", _terms[i].Colour));
            yield return Text(x + 19, line, _terms[i].Legend, null);
        }
        y += (_terms.Count + perRow - 1) / perRow * LegendLine + (_terms.Count == 0 ? -8 : 4);
        foreach (string note in _notes)
        {
            yield return Text(Left, y, note, "quiet");
            y += LegendLine;
        }
    }

    private IEnumerable<string> Wrapped(string note)
    {
        const double LetterWidth = 6.2;
        int longest = (int)((Width - 2 * Left) / LetterWidth);
        while (note.Length > longest && note.LastIndexOf(' ', longest) is var end and > 0)
        {
            yield return note[..end];
            note = note[(end + 1)..];
        }
        yield return note;
    }

    private static XElement Text(int x, int y, string text, string? style) =>
        new(Svg + "text", new XAttribute("x", x), new XAttribute("y", y), style is null ? null : new XAttribute("class", style), text);

    private static XElement Rectangle(int x, int y, int width, int height, params XAttribute[] look) =>
        new(Svg + "rect", new XAttribute("x", x), new XAttribute("y", y),
            new XAttribute("width", width), new XAttribute("height", height), look);

    private static XElement Path(string way, string? style, string? colour = null, bool isFilled = false) =>
        new(Svg + "path", new XAttribute("d", way.ToString(CultureInfo.InvariantCulture)),
            style is null ? null : new XAttribute("class", style),
            colour is null ? null : new XAttribute(isFilled ? "fill" : "stroke", colour));
}
