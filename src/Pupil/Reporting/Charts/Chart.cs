using System.Globalization;
using System.Text;

namespace Pupil.Reporting.Charts;

/// <summary>A line of a chart.</summary>
/// <param name="Label">What the legend calls it.</param>
/// <param name="X">Where its points lie.</param>
/// <param name="Y">Their values: means where there are several seeds.</param>
public sealed record ChartSeries(string Label, double[] X, double[] Y)
{
    /// <summary>The sample deviation over the seeds at each point; null for one seed.</summary>
    public double[]? Deviation { get; init; }

    /// <summary>Which colour it has, so that charts of one report agree; null for that of its place.</summary>
    public int? Tint { get; init; }

    /// <summary>Whether it is dashed: what learns beside a student.</summary>
    public bool IsDashed { get; init; }

    /// <summary>Whether its points are marked, and its first and last more.</summary>
    public bool IsMarked { get; init; }

    /// <summary>Whether it is one point, which no line joins to anything.</summary>
    public bool IsPoint => X.Length == 1;
}

/// <summary>A chart before it is drawn: its numbers and its words.</summary>
/// <param name="Name">A name for files and links; what has no place in those becomes hyphens, whatever a record says.</param>
/// <param name="Title">What it shows.</param>
/// <param name="XLabel">What goes to the right, with its unit.</param>
/// <param name="YLabel">What goes up, with its unit.</param>
/// <param name="Series">Its lines, at least one.</param>
public sealed record Chart(string Name, string Title, string XLabel, string YLabel, IReadOnlyList<ChartSeries> Series)
{
    private const int LongestName = 160;

    /// <summary>A name for files and links: letters, digits, dots, underscores and hyphens, a letter or digit first.</summary>
    public string Name { get; init => field = SafeName(value); } = SafeName(Name);

    /// <summary>What must be known to read it; empty for nothing.</summary>
    public string Note { get; init; } = "";

    /// <summary>Whether both axes have one scale.</summary>
    public bool IsSquare { get; init; }

    /// <summary>Whether only whole numbers lie on the axis to the right.</summary>
    public bool HasWholeX => Series.All(series => series.X.All(double.IsInteger));

    /// <summary>The numbers: a line for each point, in the invariant culture.</summary>
    public string ToCsv()
    {
        var text = new StringBuilder("series,x,y,deviation\n");
        foreach (var series in Series)
        {
            for (int i = 0; i < series.X.Length; i++)
                text.Append(CultureInfo.InvariantCulture, $"{Quoted(series.Label)},{series.X[i]:R},{series.Y[i]:R},{series.Deviation?[i]:R}\n");
        }
        return text.ToString();
    }

    // The one list of what a file's name, a link and an element's name may hold: a name from a record reaches none of them by another way.
    private static string SafeName(string name)
    {
        var safe = new StringBuilder(name.Length > LongestName ? name[..LongestName] : name);
        for (int i = 0; i < safe.Length; i++)
        {
            if (!(char.IsAsciiLetterOrDigit(safe[i]) || (i > 0 && safe[i] is '.' or '_' or '-')))
                safe[i] = '-';
        }
        return safe.Length > 0 && safe[0] != '-' ? safe.ToString() : $"x{safe}";
    }

    private static string Quoted(string text) => $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal).ReplaceLineEndings(" ")}\"";
}
