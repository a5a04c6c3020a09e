using System.CommandLine;
using Pupil.Cli.Display;
using Pupil.Cli.Hosting;
using Pupil.Reporting.Content;
using Pupil.Reporting.Page;

namespace Pupil.Cli.Commands;

/// <summary><c>pupil report</c>: writes one page about run folders or a comparison.</summary>
internal static class ReportCommand
{
    public static Command Create()
    {
        var command = new Command("report",
            """
            Writes one self-contained HTML file from run folders or a comparison:
            results, curves with bands over the seeds, every term of the losses,
            attention maps, paths of the logits, confusions and mistakes, cost, and the
            commands to repeat it. Runs that are unfinished or damaged are shown as far
            as they can be read.

            Examples:
              pupil report runs/smoke-20261123-101500
              pupil report runs/mine-seed0 runs/mine-seed1 runs/mine-seed2 --out mine.html
              pupil report runs/compare-smoke --charts charts        (each chart as SVG and PNG, its numbers as CSV)
            """);
        var runs = new Argument<string[]>("run")
        {
            Description = "Run folders, or the folder of a comparison.",
            Arity = ArgumentArity.OneOrMore,
        };
        var to = new Option<string?>("--out")
        {
            Description = "The page to write. Default: report.html in the (first) folder.",
            HelpName = "FILE",
        };
        var charts = new Option<string?>("--charts")
        {
            Description = "Also write every chart as SVG, PNG and CSV into this folder.",
            HelpName = "FOLDER",
        };
        var noPictures = new Option<bool>("--no-pictures")
        {
            Description = "Leave the pictures of the data set out: attention maps alone, mistakes by name. For a page to publish.",
        };
        command.Arguments.Add(runs);
        command.Options.Add(noPictures);
        command.Options.Add(to);
        command.Options.Add(charts);
        command.SetAction(parsed =>
        {
            string[] folders = parsed.GetValue(runs)!;
            var content = ReportContent.FromFolders(folders) with { ShowsPictures = !parsed.GetValue(noPictures) };
            string page = parsed.GetValue(to) ?? Path.Combine(folders[0], "report.html");
            Report.WritePage(content, page);
            foreach (string problem in content.Unfinished.Concat(content.Problems))
                Output.Aside(problem);
            Output.Line($"Report: {page} ({new FileInfo(page).Length / 1e6:0.0} MB)");
            if (parsed.GetValue(charts) is { } folder)
                Output.Line($"Charts: {Report.WriteCharts(content, folder)} as SVG, PNG and CSV in {folder}");
            return ExitCode.Done;
        });
        return command;
    }
}
