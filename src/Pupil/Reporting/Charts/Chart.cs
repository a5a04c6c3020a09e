using System.Globalization;
using System.Text;

namespace Pupil.Reporting.Charts;

/// <summary>A line of a chart.</summary>
/// <param name="Label">The text in the legend.</param>
/// <param name="X">The X values of the points.</param>
/// <param name="Y">The Y values of the points: means where there are several seeds.</param>
internal sealed record ChartSeries(string Label, double[] X, double[] Y)
{
    /// <summary>The sample deviation over the seeds at each point; null for one seed.</summary>
    public double[]? Deviation { get; init; }

    /// <summary>The index of its colour, the same in all charts of a report; null for the index of the series.</summary>
    public int? Tint { get; init; }

    /// <summary>Whether the line is dashed, as those of companions are.</summary>
    public bool IsDashed { get; init; }

    /// <summary>Whether the points have markers, with special ones at both ends.</summary>
    public bool IsMarked { get; init; }

    /// <summary>Whether the series has one point and so no line.</summary>
    public bool IsPoint => X.Length == 1;
}

/// <summary>The data and texts of a chart.</summary>
/// <param name="Name">A name for files and links; other characters become hyphens.</param>
/// <param name="Title">The title.</param>
/// <param name="XLabel">The title of the X axis, with its unit.</param>
/// <param name="YLabel">The title of the Y axis, with its unit.</param>
/// <param name="Series">The lines, at least one.</param>
internal sealed record Chart(string Name, string Title, string XLabel, string YLabel, IReadOnlyList<ChartSeries> Series)
{
    private const int LongestName = 160;

    /// <summary>A name for files and links: letters, digits, dots, underscores and hyphens, a letter or digit first.</summary>
    public string Name { get; init => field = SafeName(value); } = SafeName(Name);

    /// <summary>A note for readers; may be empty.</summary>
    public string Note { get; init; } = "";

    /// <summary>Whether both axes have the same scale.</summary>
    public bool IsSquare { get; init; }

    /// <summary>Whether all X values are whole numbers.</summary>
    public bool HasWholeX => Series.All(series => series.X.All(double.IsInteger));

    /// <summary>Writes the numbers as CSV: a line for each point, in the invariant culture.</summary>
    public string ToCsv()
    {
        var text = new StringBuilder("series,x,y,deviation\n");
        foreach (var series in Series)
        {
            for (int i = 0; i < series.X.Length; i++)
            {
                text.Append(CultureInfo.InvariantCulture,
                    $"{Quoted(series.Label)},{series.X[i]:R},{series.Y[i]:R},{series.Deviation?[i]:R}\n");
            }
        }
        return text.ToString();
    }

    // File names, links and element names take a name only from here, so that no name in a record can inject markup or a path.
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
