using Pupil.Core;
using Pupil.Reporting.Charts;
using Pupil.Reporting.Content;

namespace Pupil.Reporting.Page;

/// <summary>Writes reports: HTML pages of runs and comparisons, and their charts.</summary>
public static class Report
{
    /// <summary>Writes a self-contained HTML file.</summary>
    /// <param name="content">The content of the page.</param>
    /// <param name="path">The file; its folder must exist.</param>
    /// <exception cref="UserErrorException">The file cannot be written.</exception>
    public static void WritePage(ReportContent content, string path) => AtomicFile.WriteText(path, new ReportPage(content).Write());

    /// <summary>Returns the page for a server. The page requests <c>version</c> from that server, and itself after each change.</summary>
    /// <param name="content">The content of the page.</param>
    internal static string LivePage(ReportContent content) => new ReportPage(content, isLive: true).Write();

    /// <summary>Writes every chart as SVG and PNG, and its numbers as CSV.</summary>
    /// <param name="content">The content with the charts.</param>
    /// <param name="folder">The folder of the files; created if it does not exist.</param>
    /// <returns>The number of charts.</returns>
    /// <exception cref="UserErrorException">A file cannot be written.</exception>
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
