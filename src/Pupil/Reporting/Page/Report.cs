using Pupil.Core;
using Pupil.Reporting.Charts;
using Pupil.Reporting.Content;

namespace Pupil.Reporting.Page;

/// <summary>Writes what people look at.</summary>
public static class Report
{
    /// <summary>Writes one HTML file that needs nothing else.</summary>
    /// <param name="content">What it shows.</param>
    /// <param name="path">The file; its folder must exist.</param>
    /// <exception cref="UserErrorException">It cannot be written.</exception>
    public static void WritePage(ReportContent content, string path) => AtomicFile.WriteText(path, new ReportPage(content).Write());

    /// <summary>The same page for a server: it asks that server for news (<c>version</c>), and for itself once there are some.</summary>
    /// <param name="content">What it shows.</param>
    public static string LivePage(ReportContent content) => new ReportPage(content, isLive: true).Write();

    /// <summary>Writes every chart as SVG and PNG, and its numbers as CSV.</summary>
    /// <param name="content">What they show.</param>
    /// <param name="folder">Where they go; made if need be.</param>
    /// <returns>How many charts there are.</returns>
    /// <exception cref="UserErrorException">They cannot be written.</exception>
    public static int WriteCharts(ReportContent content, string folder)
    {
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"{folder}: cannot be created ({error.Message}); choose another folder.", error);
        }
        int count = 0;
        foreach (var chart in ReportPage.ChartsOf(content))
        {
            AtomicFile.WriteText(Path.Combine(folder, $"{chart.Name}.svg"), ChartDrawing.ToSvg(chart));
            AtomicFile.Write(Path.Combine(folder, $"{chart.Name}.png"), stream => stream.Write(ChartDrawing.ToPng(chart)));
            AtomicFile.WriteText(Path.Combine(folder, $"{chart.Name}.csv"), chart.ToCsv());
            count++;
        }
        return count;
    }
}
